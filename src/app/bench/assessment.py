"""Bench `assessment`: the nightly scan of every school, a few of whose devices have changed, against the bare aggregate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from inventory.floor.bench import BARE_AGGREGATE, PLANNER
from inventory.floor.operations import scan
from inventory.floor.queries import standard_in_force
from inventory.floor.rules import oldest_count_day
from kit.actor import system
from kit.clock import today
from kit.database import transaction

# One device in five thousand comes back or goes out, as in an ordinary night: some two hundred schools of the province move.
NIGHT = """
UPDATE asset SET state = CASE state WHEN 'in_service' THEN 'out_of_service' ELSE 'in_service' END
WHERE hashtext(tag) % 5000 = $1 AND state IN ('in_service', 'out_of_service')
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data, where each night leaves its rows."""
    work = await scratch.new(like=kept)
    async with scratch.administering(work) as run, scratch.using(work):
        await run.execute("VACUUM ANALYZE asset")
        async with transaction(system()):
            standard = (await standard_in_force(today()))["id"]
        nights = count()

        async def night() -> None:
            await run.execute(NIGHT, next(nights))

        async def bare() -> None:
            async with by_hand() as connection:
                await connection.execute(PLANNER)
                await connection.fetch(BARE_AGGREGATE, standard, today(), oldest_count_day(today()))

        await scan(system())
        yield {"": Pair(bare=bare, ours=lambda: scan(system()), between=night)}
    await scratch.drop(work)
