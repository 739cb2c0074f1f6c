"""Making planned changes, in sets: rows, former names, one event a change."""

import json
from datetime import date

from directory.imports.records import RECORDS, quoted
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_value


async def apply(who: Actor, *, on: date, why: str) -> int:
    """Make the planned changes, keep the names that they replace (`on`: until when), write one event a change; how many there were."""
    await execute("ANALYZE planned")
    for record in RECORDS:
        if await fetch_value("SELECT EXISTS (SELECT FROM planned WHERE record = $1)", record):
            await _insert(record)
            await _update(record)
            await _tell(who, record, why)
    await _keep_former_names(on)
    await _follow_board()
    return int(await fetch_value("SELECT count(*) FROM planned"))


async def _insert(record: str) -> None:
    shape = RECORDS[record]
    await execute(
        f"INSERT INTO {shape.name} ({quoted(shape.columns)}) SELECT {quoted(shape.columns, 'n.')} FROM planned c"
        f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{shape.name}, $2::jsonb || c.after) n"
        " WHERE c.record = $1 AND c.action = 'create'",
        record,
        json.dumps(shape.defaults),
    )


async def _update(record: str) -> None:
    shape = RECORDS[record]
    key = "code" if shape.versioned else "id"
    values = ", ".join(f'"{column}" = n."{column}"' for column in shape.columns)
    counted = ", version = t.version + 1" if shape.versioned else ""
    await execute(
        f"UPDATE {shape.name} t SET {values}{counted} FROM planned c JOIN {shape.name} r ON {shape.matches}"
        " CROSS JOIN LATERAL jsonb_populate_record(r, c.after) n"
        f" WHERE c.record = $1 AND c.action <> 'create' AND t.{key} = r.{key}",
        record,
    )


async def _tell(who: Actor, record: str, why: str) -> None:
    shape = RECORDS[record]
    await execute(
        "INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, before, after, why, request)"
        f" SELECT $6, $2, $3, '{record}.' || CASE c.action WHEN 'create' THEN 'created' WHEN 'change' THEN 'changed'"
        f"  WHEN 'close' THEN 'closed' ELSE 'reopened' END, '{shape.subject_kind or record}', {shape.subject},"
        f"  {shape.board}, {shape.school}, c.before, c.after, $4, $5"
        f" FROM planned c JOIN {shape.name} r ON {shape.matches} WHERE c.record = $1",
        record,
        who.key,
        who.name,
        why,
        who.request,
        now(),
    )


async def _keep_former_names(until: date) -> None:
    for record in ("board", "building", "school"):
        shape = RECORDS[record]
        await execute(
            "INSERT INTO former_name (kind, code, board, name, until)"
            f" SELECT c.record, c.key, {shape.board}, c.before ->> 'name', $2 FROM planned c"
            f" JOIN {shape.name} r ON {shape.matches}"
            " WHERE c.record = $1 AND c.before ? 'name' AND c.before ->> 'name' <> ''"
            " ON CONFLICT (kind, code, name, until) DO NOTHING",
            record,
            until,
        )


async def _follow_board() -> None:
    """A school that goes to another board takes along the rows that repeat its board for row-level security."""
    for table in ("school_building", "headcount"):
        await execute(
            f"UPDATE {table} t SET board = s.board FROM school s JOIN planned c ON c.key = s.code"
            " WHERE c.record = 'school' AND c.before ? 'board' AND t.school = s.code"
        )
