"""The bench's province, kept between runs: filled once in minutes, made anew only when the schema or the filling has changed.

It is never written to: whoever measures writes does so on a copy.
"""

import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from time import perf_counter

import asyncpg

from app.bench import equipment, purchases
from app.bench.province import Size, boards, schools
from app.bench.scratch import Scratch
from catalog.imports.cli import STARTER
from catalog.imports.operations import File, import_catalogue
from directory.imports.operations import import_list
from directory.imports.rules import SourceFile
from inventory.floor.operations import scan
from inventory.floor.rules import latest_count_day
from kit.actor import system
from kit.cli import say
from kit.clock import school_year, today
from kit.i18n import _, number
from kit.migrating import MIGRATIONS

# Filled without their indexes, which are then made again from their own definitions: the schema is the same, in a third of the time.
HEAVY = ("asset", "event")
KEPT = "bench_{size}"


async def province(scratch: Scratch, name: str, size: Size, *, fresh: bool) -> str:
    """The filled database of a size, found or made; its name."""
    kept, key = KEPT.format(size=name), _key(size)
    if not fresh and await scratch.key_of(kept) == key:
        return kept
    began = perf_counter()
    say(_("Préparation des données « {size} » : quelques minutes, une seule fois.").format(size=name))
    made = await scratch.new()
    await _fill(scratch, made, size)
    await scratch.keep(made, kept, key=key)
    say(_("Données prêtes en {seconds} s.").format(seconds=number(round(perf_counter() - began))))
    return kept


def _key(size: Size) -> str:
    """What the data depend on: the migrations, the size, the statements that fill them (the school year of the day is in these)."""
    digest = hashlib.sha256(repr((size, _statements(size, today()))).encode())
    digest.update(boards(size) + schools(size) + STARTER.read_bytes())
    for path in sorted(MIGRATIONS.glob("*/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


async def _fill(scratch: Scratch, made: str, size: Size) -> None:
    async with scratch.using(made):
        for kind, content in ("boards", boards(size)), ("schools", schools(size)):
            await import_list(system(), kind, [SourceFile(f"{kind}.csv", io.BytesIO(content))], accept=True)
        await import_catalogue(system(), [File(STARTER.name, STARTER.read_bytes())])
    async with scratch.administering(made) as run, _without_indexes(run, HEAVY):
        await run.execute(
            "SET session_replication_role = replica"
        )  # rows refer to rows that they were made of: nothing to check
        await run.execute("SET maintenance_work_mem = '1GB'")
        for words, sql in _statements(size, today()):
            say(f"  {words}…")
            await run.execute(sql)
        say(_("  index…"))
    async with scratch.administering(made) as run:
        await run.execute("VACUUM ANALYZE")
    async with scratch.using(made):
        await scan(system())
    async with scratch.administering(made) as run:
        await run.execute("VACUUM ANALYZE")
        await run.execute("CHECKPOINT")


def _statements(size: Size, day: date) -> list[tuple[str, str]]:
    year, counted = school_year(day), latest_count_day(day)
    last_year = school_year(date(day.year - 1, day.month, 1))
    waves = [
        equipment.TRAIL.format(days=days, what=what, before=before, after=after, why=why)
        for days, what, before, after, why in equipment.WAVES[: -(-size.events // size.assets)]
    ]
    return [
        (_("écoles et effectifs"), equipment.NUMBERED),
        (_("effectifs"), equipment.HEADCOUNTS.format(counted_year=counted.year)),
        (_("personnes"), equipment.PEOPLE),
        (_("biens"), equipment.ASSETS.format(assets=size.assets)),
        (_("numéros"), equipment.SERIES),
        (_("livraisons attendues"), equipment.DELIVERIES),
        (_("billets"), equipment.TICKETS),
        (_("enveloppes"), purchases.ENVELOPES.format(year=year, last_year=last_year)),
        (_("paniers"), purchases.SELECTIONS.format(year=year)),
        (_("commandes et réceptions"), purchases.ORDERS.format(year=year)),
        *((_("événements ({part})").format(part=part), wave) for part, wave in enumerate(waves, 1)),
    ]  # fmt: skip


@asynccontextmanager
async def _without_indexes(run: asyncpg.Connection, tables: tuple[str, ...]) -> AsyncIterator[None]:
    """Fill tables without the indexes that no constraint needs; the same ones are there afterwards."""
    found = await run.fetch(
        "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i"
        " WHERE i.indrelid = ANY($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        list(tables),
    )
    for index in found:
        await run.execute(f"DROP INDEX {index['name']}")
    yield
    for index in found:
        await run.execute(index["definition"])
