"""Importing the published lists of the network: read, plan, then stage for a person or apply. One import at a time.

Nothing is deleted. A list that cannot be read changes nothing; refused lines leave their records alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from directory.boards import operations as boards
from directory.buildings import operations as buildings
from directory.headcounts import operations as headcounts
from directory.headcounts.rules import counted_on
from directory.imports import changes, queries, rules
from directory.imports.rules import BatchClosed, NoSuchBatch, Reading, SourceFile, StaleBatch
from directory.imports.schemas import ImportAnswer
from directory.schools import operations as schools
from kit.actor import Actor
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.i18n import _, n_
from kit.numbers import next_number

RIGHT = "import.write"
LOCK = 7_110_002

Plan = Callable[..., Awaitable[None]]
_PLANS: dict[str, Plan] = {"boards": boards.plan, "schools": schools.plan, "buildings": buildings.plan}


async def import_list(
    who: Actor,
    kind: str,
    sources: Sequence[SourceFile],
    *,
    dry_run: bool = False,
    accept: bool = False,
    partial: bool = False,
    as_of: date | None = None,
) -> ImportAnswer:
    """Import a list of `kind` (boards, schools, buildings, headcounts), its files together one list.

    Staged, unless `accept`, `partial` or a list of headcounts. A full list that closes over 10 % of what is open is staged all the
    same. `dry_run` writes nothing. Raises Unreadable, OlderList, Forbidden.
    """
    who.must(RIGHT)
    rules.check_files(sources)
    reading = rules.open_list(kind, sources)
    async with transaction(who):
        await _take_turns(shared=dry_run)
        await changes.begin()
        total, listed_on = await _plan(reading, partial=partial, as_of=as_of)
        answer = await _count(reading, total, listed_on)
        if dry_run:
            return answer
        at_once = kind == "headcounts" or partial or (accept and not await _closes_too_much(answer))
        batch = await _stage(who, answer, [source.name for source in sources], partial=partial)
        return await _apply(who, batch) if at_once else answer


async def accept(who: Actor, number: int) -> ImportAnswer:
    """Apply a staged batch. Raises NoSuchBatch, BatchClosed, and StaleBatch when the network has changed since it was staged."""
    who.must(RIGHT)
    async with transaction(who):
        await _take_turns()
        batch = await fetch_one(
            "SELECT id, number, kind, state, network_version, listed_on FROM import_batch WHERE number = $1 FOR UPDATE",
            number,
        )
        if batch is None:
            raise NoSuchBatch(number=number)
        if batch["state"] == "stale":
            raise StaleBatch(number=number)
        if batch["state"] != "staged":
            raise BatchClosed(number=number)
        moved = batch["network_version"] != await queries.network_version()
        newest = await queries.newest_list(batch["kind"])
        if not moved and (newest is None or newest <= batch["listed_on"]):
            return await _apply(who, number)
        await execute("UPDATE import_batch SET state = 'stale' WHERE id = $1", batch["id"])
    raise StaleBatch(number=number)  # outside, so that the batch stays marked


async def _take_turns(*, shared: bool = False) -> None:
    """One import at a time: the next one waits here, then sees what this one did."""
    await execute(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}($1)", LOCK)


async def _plan(reading: Reading, *, partial: bool, as_of: date | None) -> tuple[int, date]:
    """Read the lines, date the list, plan its changes; how many records it holds, and its date."""
    kind = reading.kind.name
    if kind == "headcounts":
        counted = await headcounts.read(reading, as_of=as_of)
        await headcounts.plan(counted, reading)
        return len(counted), as_of or max((counted_on(key[1]) for key in counted), default=today())
    found: Any
    if kind == "schools":
        found = await schools.read(reading, partial=partial)
        total = len(found.schools)
    else:
        found = await (boards.read(reading) if kind == "boards" else buildings.read(reading))
        total = len(found)
    listed_on = as_of or reading.latest or today()
    rules.check_date(listed_on, await queries.newest_list(kind))
    if reading.unnamed and not partial:
        reading.notes.append(_nothing_closed(reading.unnamed))
    await _PLANS[kind](found, reading, listed_on=listed_on, full=not partial and not reading.unnamed)
    return total, listed_on


async def _count(reading: Reading, total: int, listed_on: date) -> ImportAnswer:
    counts = await queries.planned_counts(reading.kind.record)
    if counts["reopened"]:
        reading.notes.append(
            n_("{n} enregistrement rouvert.", "{n} enregistrements rouverts.", counts["reopened"]).format(
                n=counts["reopened"]
            )
        )
    if reading.shielded and reading.kind.name != "headcounts":
        n = len(reading.shielded)
        reading.notes.append(
            n_(
                "{n} code laissé tel quel, car une de ses lignes est refusée : {codes}.",
                "{n} codes laissés tels quels, car une de leurs lignes est refusée : {codes}.",
                n,
            ).format(n=n, codes=rules.some(sorted(reading.shielded)))
        )
    return ImportAnswer(
        kind=reading.kind.name,
        read=reading.read,
        created=counts["created"],
        changed=counts["changed"],
        unchanged=total - counts["created"] - counts["changed"],
        closed=counts["closed"],
        refused=reading.refused,
        notes=reading.notes,
        listed_on=listed_on,
    )


async def _closes_too_much(answer: ImportAnswer) -> bool:
    if not rules.too_many_closed(answer.closed, await queries.open_records(answer.kind)):
        return False
    answer.notes.append(
        n_(
            "Cette liste fermerait {n} enregistrement, plus de {percent} % de ce qui est ouvert : elle attend qu'une personne la regarde.",
            "Cette liste fermerait {n} enregistrements, plus de {percent} % de ce qui est ouvert : elle attend qu'une personne la regarde.",
            answer.closed,
        ).format(n=answer.closed, percent=rules.MOST_CLOSED_PERCENT)
    )
    return True


async def _stage(who: Actor, answer: ImportAnswer, names: Sequence[str], *, partial: bool) -> int:
    """Keep the plan as a staged batch; its number, also put into `answer`."""
    answer.batch, answer.state = await next_number("import"), "staged"
    counts = {name: getattr(answer, name) for name in queries.COUNTS}
    batch = await fetch_value(
        "INSERT INTO import_batch (number, kind, files, listed_on, partial, state, network_version, counts, refused, notes,"
        " made_by, made_at) VALUES ($1, $2, $3::jsonb, $4, $5, 'staged', $6, $7::jsonb, $8::jsonb, $9::jsonb, $10, $11)"
        " RETURNING id",
        answer.batch,
        answer.kind,
        _json(list(names)),
        answer.listed_on,
        partial,
        await queries.network_version(),
        _json(counts),
        _json(answer.refused),
        _json(answer.notes),
        who.name,
        now(),
    )
    await changes.keep(batch)
    return answer.batch


async def _apply(who: Actor, number: int) -> ImportAnswer:
    """Apply a staged batch, under the lock. The network's version moves only when something changes."""
    batch = await fetch_one("SELECT id, kind, listed_on FROM import_batch WHERE number = $1", number)
    assert batch is not None
    title = _(rules.list_kind(batch["kind"]).title)
    why = _("{title} du {day}, lot {number}").format(title=title, day=batch["listed_on"].isoformat(), number=number)
    done = await changes.apply(who, batch["id"], listed_on=batch["listed_on"], why=why)
    version = await queries.network_version()
    moved = done > 0 and batch["kind"] != "headcounts"
    await execute(
        "UPDATE import_batch SET state = 'applied', applied_by = $2, applied_at = $3, network_version = $4 WHERE id = $1",
        batch["id"],
        who.name,
        now(),
        version + 1 if moved else version,
    )
    return await queries.answer(number)


def _nothing_closed(lines: int) -> str:
    return n_(
        "{n} ligne refusée n'a pas de code lisible : elle pourrait être celle de n'importe qui, donc rien n'est fermé.",
        "{n} lignes refusées n'ont pas de code lisible : elles pourraient être celles de n'importe qui, donc rien n'est fermé.",
        lines,
    ).format(n=lines)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
