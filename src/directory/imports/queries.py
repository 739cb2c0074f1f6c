"""Imports as they are planned, staged and applied."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from directory.imports.rules import NoSuchBatch, too_many_closed
from directory.imports.schemas import BatchDetail, BatchOut, ChangeOut, ImportAnswer, Look, Tally
from directory.imports.touched import uses_since
from kit.actor import Actor
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page
from kit.tabular import Refusal

RIGHT = "import.write"
COUNTS = ("read", "created", "changed", "unchanged", "closed")
_TABLES = {"boards": "board", "schools": "school", "buildings": "building"}

_BATCH = (
    "number, kind, files, listed_on, partial, state, counts, refused, notes, made_by, made_at, applied_by, applied_at"
)


async def network_version() -> int:
    """Counts the batches that changed boards, schools or buildings."""
    return int(
        await fetch_value(
            "SELECT coalesce(max(network_version), 0) FROM import_batch WHERE state IN ('applied', 'undone')"
        )
    )


async def newest_list(kind: str) -> date | None:
    """The date of the newest applied list of a kind."""
    found: date | None = await fetch_value(
        "SELECT max(listed_on) FROM import_batch WHERE kind = $1 AND state = 'applied'", kind
    )
    return found


async def later_batch(batch: UUID) -> int | None:
    """The number of the last batch applied after this one that changed what its kind changes (network, or headcounts)."""
    found: int | None = await fetch_value(
        "SELECT max(l.number) FROM import_batch l JOIN import_batch b ON b.id = $1 AND l.id <> b.id"
        " AND (l.kind = 'headcounts') = (b.kind = 'headcounts') AND l.applied_at >= b.applied_at"
        " WHERE l.state = 'applied' AND EXISTS (SELECT FROM import_change c WHERE c.batch = l.id)",
        batch,
    )
    return found


async def planned_counts(record: str) -> dict[str, int]:
    """What the plan in hand does to records of one kind; a school that changes buildings has changed.

    A school that the list does not hold may follow its building into another region: told in the batch, not counted here.
    """
    listed = "true" if record == "headcount" else f"action = 'close' OR key IN (SELECT code FROM incoming_{record})"
    row = await fetch_one(
        f"""
        WITH own AS (SELECT key, action FROM planned WHERE record = $1 AND ({listed})),
        moved AS (
            SELECT DISTINCT split_part(key, '/', 1) AS key FROM planned WHERE $1 = 'school' AND record = 'link'
        )
        SELECT count(*) FILTER (WHERE action = 'create') AS created,
               count(*) FILTER (WHERE action IN ('change', 'reopen'))
                 + (SELECT count(*) FROM moved WHERE key NOT IN (SELECT key FROM own)) AS changed,
               count(*) FILTER (WHERE action = 'close') AS closed,
               count(*) FILTER (WHERE action = 'reopen') AS reopened
        FROM own
        """,
        record,
    )
    assert row is not None
    return dict(row)


async def open_records(kind: str) -> int:
    """How many boards, schools or buildings are open."""
    return int(await fetch_value(f"SELECT count(*) FROM {_TABLES[kind]} WHERE closed_on IS NULL"))


async def answer(number: int) -> ImportAnswer:
    """What the import of a batch answered, with the state that it is in now. Call inside a transaction."""
    row = await _row(number)
    return ImportAnswer(
        kind=row["kind"],
        **json.loads(row["counts"]),
        refused=msgspec.json.decode(row["refused"], type=list[Refusal]),
        notes=json.loads(row["notes"]),
        batch=row["number"],
        state=row["state"],
        listed_on=row["listed_on"],
    )


async def one(who: Actor, number: int) -> BatchDetail:
    """A batch with its refused lines and notes. Raises NoSuchBatch."""
    who.must(RIGHT)
    async with transaction(who):
        row = await _row(number)
        changes = await fetch_value(
            "SELECT count(*) FROM import_change c JOIN import_batch b ON b.id = c.batch WHERE b.number = $1", number
        )
    return BatchDetail(
        **_batch(row),
        lines_refused=msgspec.json.decode(row["refused"], type=list[Refusal]),
        notes=json.loads(row["notes"]),
        changes=changes,
    )


async def batches(who: Actor, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[BatchOut]:
    """The imports, newest first."""
    who.must(RIGHT)
    last = decode(after, keys=1)
    async with transaction(who):
        rows = await fetch(
            f"SELECT {_BATCH} FROM import_batch WHERE $1::int IS NULL OR number < $1 ORDER BY number DESC LIMIT $2",
            last[0] if last else None,
            check_limit(limit) + 1,
        )
    return page([BatchOut(**_batch(row)) for row in rows], limit, lambda batch: (batch.number,))


async def look(who: Actor, number: int) -> Look:
    """What to know of a batch before it is applied or taken back. Raises NoSuchBatch."""
    who.must(RIGHT)
    async with transaction(who):
        row = await fetch_one(
            "SELECT id, kind, state, network_version, listed_on, (counts ->> 'closed')::int AS closed"
            " FROM import_batch WHERE number = $1",
            number,
        )
        if row is None:
            raise NoSuchBatch(number=number)
        staged = row["state"] == "staged"
        counted = await fetch_as(
            Tally,
            "SELECT record, action, count(*) AS n FROM import_change WHERE batch = $1 GROUP BY record, action",
            row["id"],
        )
        open_before = await open_records(row["kind"]) if staged and row["kind"] in _TABLES else 0
        return Look(
            tallies=counted,
            open_before=open_before,
            closes_much=staged and too_many_closed(row["closed"], open_before),
            stale=staged and await is_stale(row),
            later=await later_batch(row["id"]) if row["state"] == "applied" else None,
            uses=await uses_since(row["id"]) if row["state"] == "applied" else [],
        )


async def is_stale(batch: Any) -> bool:
    """Whether the network has changed since this staged batch was made, or a newer list of its kind is applied."""
    newest = await newest_list(batch["kind"])
    moved = batch["network_version"] != await network_version()
    return moved or (newest is not None and newest > batch["listed_on"])


async def changes(
    who: Actor,
    number: int,
    *,
    record: str | None = None,
    action: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ChangeOut]:
    """What a batch changes, record by record: the diff that a person looks at. Raises NoSuchBatch."""
    who.must(RIGHT)
    last = decode(after, keys=2)
    async with transaction(who):
        await _row(number)
        rows = await fetch(
            """
            SELECT c.record, c.key, c.action, c.before, c.after,
                   coalesce(c.after ->> 'name', s.name, g.name, o.name, '') AS name
            FROM import_change c JOIN import_batch b ON b.id = c.batch
            LEFT JOIN school s ON c.record IN ('school', 'link', 'headcount') AND s.code = split_part(c.key, '/', 1)
            LEFT JOIN building g ON c.record = 'building' AND g.code = c.key
            LEFT JOIN board o ON c.record = 'board' AND o.code = c.key
            WHERE b.number = $1 AND ($2::text IS NULL OR (c.record, c.key) > ($2, $3))
              AND ($5::text IS NULL OR c.record = $5) AND ($6::text IS NULL OR c.action = $6)
            ORDER BY c.record, c.key LIMIT $4
            """,
            number,
            last[0] if last else None,
            last[1] if last else None,
            check_limit(limit) + 1,
            record,
            action,
        )
    found = [
        ChangeOut(
            record=row["record"],
            key=row["key"],
            action=row["action"],
            name=row["name"],
            before=json.loads(row["before"]) if row["before"] else None,
            after=json.loads(row["after"]) if row["after"] else None,
        )
        for row in rows
    ]
    return page(found, limit, lambda change: (change.record, change.key))


async def _row(number: int) -> Any:
    row = await fetch_one(f"SELECT {_BATCH} FROM import_batch WHERE number = $1", number)
    if row is None:
        raise NoSuchBatch(number=number)
    return row


def _batch(row: Any) -> dict[str, Any]:
    own = {name: row[name] for name in BatchOut.__struct_fields__ if name not in ("files", "counts", "refused")}
    return own | {
        "files": json.loads(row["files"]),
        "counts": json.loads(row["counts"]),
        "refused": len(json.loads(row["refused"])),
    }
