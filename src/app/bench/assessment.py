"""Bench `assessment`: the nightly scan of every school, a few of whose devices have changed, against the bare aggregate."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from app.bench.measuring import Pair
from app.bench.province import Size, boards, schools
from app.bench.scratch import Scratch, by_hand
from directory.imports.operations import import_list
from directory.imports.rules import SourceFile
from inventory.floor.bench import BARE_AGGREGATE, PLANNER
from inventory.floor.operations import scan
from inventory.floor.queries import standard_in_force
from inventory.floor.rules import latest_count_day, oldest_count_day
from kit.actor import system
from kit.clock import school_year, today
from kit.database import transaction

# $1 units a school; a school in ten has no headcount, a device in seven does not work, a school in five awaits devices.
FILLING = (
    """
    INSERT INTO headcount (school, board, year, level, counted_on, pupils)
    SELECT code, board, $2, 'primary', $3::date, 40 + (hashtext(code) & 511) FROM school WHERE hashtext(code) % 10 <> 0
    """,
    """
    INSERT INTO asset (tag, label_code, board, school, category, name, state)
    SELECT s.code || '-' || n, lpad((row_number() OVER ())::text, 8, '0'), s.board, s.code,
        (ARRAY['flotte-appareils', 'flotte-appareils', 'flotte-appareils', 'robotique', 'laboratoire-creatif'])[n % 5 + 1],
        'Appareil', CASE WHEN n % 7 = 0 THEN 'out_of_service' ELSE 'in_service' END
    FROM school s, generate_series(1, $1::int) n
    """,
    """
    INSERT INTO expected_delivery (source, board, school, category, quantity, expected_on, label, updated_at)
    SELECT code, board, code, 'flotte-appareils', 10, $1::date + 10, '', now() FROM school WHERE hashtext(code) % 5 = 0
    """,
)

# One device in five thousand comes back or goes out, as in an ordinary night: some fifty schools of the province to write again.
NIGHT = """
UPDATE asset SET state = CASE state WHEN 'in_service' THEN 'out_of_service' ELSE 'in_service' END
WHERE hashtext(tag) % 5000 = $1 AND state IN ('in_service', 'out_of_service')
"""


@asynccontextmanager
async def bench(scratch: Scratch, size: Size) -> AsyncIterator[Pair]:
    name = await scratch.new()
    async with scratch.using(name):
        for kind, content in ("boards", boards(size)), ("schools", schools(size)):
            await import_list(system(), kind, [SourceFile(f"{kind}.csv", io.BytesIO(content))], accept=True)
    counted = latest_count_day(today())
    async with scratch.owning(name) as owner:
        await owner.execute(FILLING[0].replace("$2", f"'{school_year(counted)}'").replace("$3", f"'{counted}'"))
        await owner.execute(FILLING[1], size.assets_of_school)
        await owner.execute(FILLING[2], today())
        await owner.execute("VACUUM ANALYZE")
        async with scratch.using(name), transaction(system()):
            standard = (await standard_in_force(today()))["id"]
        nights = count()

        async def night() -> None:
            await owner.execute(NIGHT, next(nights))

        async def bare() -> None:
            async with by_hand() as connection:
                await connection.execute(PLANNER)
                await connection.fetch(BARE_AGGREGATE, standard, today(), oldest_count_day(today()))

        async with scratch.using(name):
            await scan(system())
            yield Pair(bare=bare, ours=lambda: scan(system()), between=night)
    await scratch.drop(name)
