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
from directory.imports import changes, queries, rules, words
from directory.imports.applying import apply
from directory.imports.counting import closes_too_much, count, nothing_closed
from directory.imports.rules import (
    BatchClosed,
    LinesForgotten,
    NoSuchBatch,
    NotTheLast,
    Reading,
    SourceFile,
    StaleBatch,
    UsedSince,
)
from directory.imports.schemas import ImportAnswer
from directory.imports.touched import uses_since
from directory.schools import operations as schools
from kit.actor import Actor
from kit.clock import now, today
from kit.database import execute, fetch_one, transaction
from kit.i18n import kept
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
    async with transaction(who), changes.planning():
        await _take_turns(shared=dry_run)
        total, listed_on = await _plan(reading, partial=partial, as_of=as_of)
        answer = await count(reading, total, listed_on)
        if dry_run:
            return answer
        at_once = kind == "headcounts" or partial or (accept and not await closes_too_much(answer))
        batch = await _stage(who, answer, [source.name for source in sources], partial=partial)
        return await _apply(who, batch) if at_once else answer


async def accept(who: Actor, number: int) -> ImportAnswer:
    """Apply a staged batch. Raises NoSuchBatch, BatchClosed, and StaleBatch when the network has changed since it was staged."""
    who.must(RIGHT)
    async with transaction(who), changes.planning():
        batch = await _batch_in("staged", number)
        if not await queries.is_stale(batch):
            await changes.take_up(batch["id"])
            return await _apply(who, batch)
        await execute("UPDATE import_batch SET state = 'stale' WHERE id = $1", batch["id"])
    raise StaleBatch(number=number)  # outside, so that the batch stays marked


async def undo(who: Actor, number: int) -> ImportAnswer:
    """Take back an applied batch: what it changed is as before, what it made is closed.

    Raises NoSuchBatch, BatchClosed, LinesForgotten, NotTheLast, UsedSince.
    """
    who.must(RIGHT)
    async with transaction(who), changes.planning():
        batch = await _batch_in("applied", number)
        if batch["forgotten_at"]:
            raise LinesForgotten(number=number)
        if later := await queries.later_batch(batch["id"]):
            raise NotTheLast(number=number, later=later)
        if uses := await uses_since(batch["id"]):
            raise UsedSince(number=number, uses=words.use_words(uses))
        await changes.take_back(batch["id"], on=today())
        await apply(who, on=today(), why=kept("Annulation : {why}", why=_why(batch)))
        await _close(batch, "undone", who, version=await queries.network_version() + 1)
        return await queries.answer(number)


async def _batch_in(state: str, number: int) -> Any:
    await _take_turns()
    batch = await fetch_one(
        "SELECT id, number, kind, state, network_version, listed_on, forgotten_at FROM import_batch WHERE number = $1 FOR UPDATE",
        number,
    )
    if batch is None:
        raise NoSuchBatch(number=number)
    if batch["state"] == "stale":
        raise StaleBatch(number=number)
    if batch["state"] != state:
        raise BatchClosed(number=number)
    return batch


async def _take_turns(*, shared: bool = False) -> None:
    """One import at a time: the next one waits here, then sees what this one did.

    Statistics of the tables that an import fills are those of before it: a plan of nested loops, right for a handful of rows,
    then takes minutes over the province.
    """
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    await execute(f"SELECT {lock}($1), set_config('enable_nestloop', 'off', true)", LOCK)


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
        reading.notes.append(nothing_closed(reading.unnamed))
    await _PLANS[kind](found, reading, listed_on=listed_on, full=not partial and not reading.unnamed)
    return total, listed_on


async def _stage(who: Actor, answer: ImportAnswer, names: Sequence[str], *, partial: bool) -> Any:
    """Keep the plan as a staged batch; its row, and its number in `answer`."""
    answer.batch, answer.state = await next_number("import"), "staged"
    counts = {name: getattr(answer, name) for name in queries.COUNTS}
    batch = await fetch_one(
        "INSERT INTO import_batch (number, kind, files, listed_on, partial, state, network_version, counts, refused, notes,"
        " made_by, made_at) VALUES ($1, $2, $3::jsonb, $4, $5, 'staged', $6, $7::jsonb, $8::jsonb, $9::jsonb, $10, $11)"
        " RETURNING id, number, kind, listed_on",
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
    assert batch is not None
    await changes.keep(batch["id"])
    return batch


async def _apply(who: Actor, batch: Any) -> ImportAnswer:
    """Make the planned changes of a batch, under the lock. The network's version moves only when something changes."""
    done = await apply(who, on=batch["listed_on"], why=_why(batch))
    version = await queries.network_version()
    moved = done > 0 and batch["kind"] != "headcounts"
    await _close(batch, "applied", who, version=version + 1 if moved else version)
    return await queries.answer(batch["number"])


async def _close(batch: Any, state: str, who: Actor, *, version: int) -> None:
    await execute(
        "UPDATE import_batch SET state = $2, applied_by = $3, applied_at = $4, network_version = $5 WHERE id = $1",
        batch["id"],
        state,
        who.name,
        now(),
        version,
    )


def _why(batch: Any) -> str:
    title, day = rules.list_kind(batch["kind"]).title, batch["listed_on"].isoformat()
    return kept("{title} du {day}, lot {number}", title=title, day=day, number=batch["number"])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
