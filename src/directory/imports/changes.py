"""Changes to the network as rows: planned in a temporary table, kept with their batch, applied and told in sets.

Absence is asked with NOT IN: a hashed list, whatever the planner believes of tables that were filled a moment ago.

A planned change holds only the fields that differ (`before`, `after`); a created record holds them all. Fields that a list does
not have are not in it, so they keep what they were.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from piccolo.table import Table

from directory.boards.tables import Board
from directory.buildings.tables import Building, SchoolBuilding
from directory.headcounts.tables import Headcount
from directory.schools.tables import School
from kit.actor import Actor
from kit.database import copy, execute, fetch_value


class Record(NamedTuple):
    """How rows of a table are named in changes and events. SQL over the aliases `r` (the row) and `c` (the change)."""

    table: type[Table]
    matches: str = "r.code = c.key"
    board: str = "r.board"
    school: str = "NULL"
    subject_kind: str = ""
    subject: str = "c.key"
    versioned: bool = True

    @property
    def name(self) -> str:
        return str(self.table._meta.tablename)

    @property
    def columns(self) -> tuple[str, ...]:
        """What a change may hold: all but the key that the database makes, and the version that counts changes."""
        return tuple(c._meta.name for c in self.table._meta.columns if c._meta.name not in ("id", "version"))

    @property
    def defaults(self) -> dict[str, Any]:
        """What a new row says where the list says nothing."""
        found = {}
        for column in self.table._meta.columns:
            if column._meta.name in self.columns and not column._meta.null:
                found[column._meta.name] = column.get_default_value()
        return {name: value for name, value in found.items() if isinstance(value, str | bool | int)}


_LINKED = "r.school = split_part(c.key, '/', 1) AND r.building = split_part(c.key, '/', 2)"
_COUNTED = "r.school = split_part(c.key, '/', 1) AND r.year = split_part(c.key, '/', 2) AND r.level = split_part(c.key, '/', 3)"

# In the order in which they can be written: what is referred to first.
RECORDS: Mapping[str, Record] = {
    "board": Record(Board, board="r.code"),
    "building": Record(Building),
    "school": Record(School, school="r.code"),
    "link": Record(
        SchoolBuilding, matches=_LINKED, school="r.school", subject_kind="school", subject="r.school", versioned=False
    ),
    "headcount": Record(
        Headcount, matches=_COUNTED, school="r.school", subject_kind="school", subject="r.school", versioned=False
    ),
}


async def begin() -> None:
    """Start planning. The tables last until the transaction ends; one inside a savepoint may be left from the import before."""
    await execute("DROP TABLE IF EXISTS pg_temp.planned")
    await execute(
        "CREATE TEMP TABLE planned (record text, key text, action text, before jsonb, after jsonb) ON COMMIT DROP"
    )


async def take_in(name: str, record: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """COPY rows (Structs with at least `columns`) into the temporary table `name`, typed as the record's own table."""
    shape = RECORDS[record]
    await execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    await execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {quoted(columns)} FROM {shape.name} WHERE false")
    await copy(name, columns, ([getattr(row, column) for column in columns] for row in rows))
    await execute(f"ANALYZE {name}")


def quoted(columns: Iterable[str], alias: str = "") -> str:
    """Columns as SQL: `primary` is a reserved word."""
    return ", ".join(f'{alias}"{column}"' for column in columns)


async def plan(
    record: str,
    incoming: str,
    *,
    listed_on: date,
    also: str = "'{}'::jsonb",
    only_new: Sequence[str] = (),
    joined: str = "",
    where: str = "true",
) -> None:
    """Plan what makes the table say what `incoming` (alias `i`) says: create, change, reopen; nothing where it says so already.

    `also`: SQL of more fields, as jsonb, null where they are to be null (a null in `incoming` says nothing). `only_new`: fields
    set once, when the record is made. `joined`, `where`: SQL that narrows or enriches `incoming`.
    """
    table = RECORDS[record].name
    kept = "".join(f" - '{column}'" for column in only_new)
    await execute(
        f"""
        INSERT INTO planned (record, key, action, before, after)
        SELECT $2, i.code,
               CASE WHEN r.code IS NULL THEN 'create' WHEN r.closed_on IS NULL THEN 'change' ELSE 'reopen' END,
               d.before, coalesce(d.after, w.wanted) || jsonb_build_object('listed_on', $1::date)
        FROM {incoming} i LEFT JOIN {table} r ON r.code = i.code {joined}
        CROSS JOIN LATERAL (
            SELECT jsonb_strip_nulls(to_jsonb(i)) || {also} || '{{"closed_on": null}}' AS said, to_jsonb(r) AS was
        ) s
        CROSS JOIN LATERAL (SELECT CASE WHEN r.code IS NULL THEN s.said ELSE s.said{kept} END AS wanted) w
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(f.key, s.was -> f.key) || jsonb_build_object('listed_on', r.listed_on) AS before,
                   jsonb_object_agg(f.key, f.value) AS after
            FROM jsonb_each(w.wanted) f
            WHERE r.code IS NOT NULL AND f.value IS DISTINCT FROM s.was -> f.key
        ) d ON true
        WHERE (r.code IS NULL OR NOT s.was @> w.wanted) AND {where}
        """,
        listed_on,
        record,
    )


async def plan_closing(
    record: str, incoming: str, *, listed_on: date, shielded: Iterable[str], where: str = "true"
) -> None:
    """Plan the closing of what is open, absent from a full list, and not younger than it."""
    await execute(
        f"""
        INSERT INTO planned (record, key, action, before, after)
        SELECT $2, r.code, 'close', '{{"closed_on": null}}', jsonb_build_object('closed_on', $1::date)
        FROM {RECORDS[record].name} r
        WHERE r.closed_on IS NULL AND (r.listed_on IS NULL OR r.listed_on <= $1) AND r.code <> ALL ($3::text[])
          AND r.code NOT IN (SELECT code FROM {incoming}) AND {where}
        """,
        listed_on,
        record,
        list(shielded),
    )


async def keep(batch: UUID) -> None:
    """Keep what is planned as the changes of a batch."""
    await execute(
        "INSERT INTO import_change (batch, record, key, action, before, after)"
        " SELECT $1, record, key, action, before, after FROM planned",
        batch,
    )


async def apply(who: Actor, batch: UUID, *, listed_on: date, why: str) -> int:
    """Make the changes of a batch, keep the names that they replace, and write one event a change; how many there were."""
    for record in RECORDS:
        if await fetch_value(
            "SELECT EXISTS (SELECT FROM import_change WHERE batch = $1 AND record = $2)", batch, record
        ):
            await _insert(record, batch)
            await _update(record, batch)
            await _tell(who, record, batch, why)
    await _keep_former_names(batch, listed_on)
    await _follow_board(batch)
    return int(await fetch_value("SELECT count(*) FROM import_change WHERE batch = $1", batch))


async def _insert(record: str, batch: UUID) -> None:
    shape = RECORDS[record]
    await execute(
        f"INSERT INTO {shape.name} ({quoted(shape.columns)}) SELECT {quoted(shape.columns, 'n.')} FROM import_change c"
        f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{shape.name}, $3::jsonb || c.after) n"
        " WHERE c.batch = $1 AND c.record = $2 AND c.action = 'create'",
        batch,
        record,
        json.dumps(shape.defaults),
    )


async def _update(record: str, batch: UUID) -> None:
    shape = RECORDS[record]
    key = "code" if shape.versioned else "id"
    values = ", ".join(f'"{column}" = n."{column}"' for column in shape.columns)
    counted = ", version = t.version + 1" if shape.versioned else ""
    await execute(
        f"UPDATE {shape.name} t SET {values}{counted} FROM import_change c JOIN {shape.name} r ON {shape.matches}"
        f" CROSS JOIN LATERAL jsonb_populate_record(r, c.after) n"
        f" WHERE c.batch = $1 AND c.record = $2 AND c.action <> 'create' AND t.{key} = r.{key}",
        batch,
        record,
    )


async def _tell(who: Actor, record: str, batch: UUID, why: str) -> None:
    shape = RECORDS[record]
    await execute(
        "INSERT INTO event (actor, actor_name, what, subject_kind, subject, board, school, before, after, why, request)"
        f" SELECT $3, $4, '{record}.' || CASE c.action WHEN 'create' THEN 'created' WHEN 'change' THEN 'changed'"
        f"  WHEN 'close' THEN 'closed' ELSE 'reopened' END, '{shape.subject_kind or record}', {shape.subject},"
        f"  {shape.board}, {shape.school}, c.before, c.after, $5, $6"
        f" FROM import_change c JOIN {shape.name} r ON {shape.matches} WHERE c.batch = $1 AND c.record = $2",
        batch,
        record,
        who.key,
        who.name,
        why,
        who.request,
    )


async def _keep_former_names(batch: UUID, until: date) -> None:
    for record in ("board", "building", "school"):
        shape = RECORDS[record]
        await execute(
            "INSERT INTO former_name (kind, code, board, name, until)"
            f" SELECT c.record, c.key, {shape.board}, c.before ->> 'name', $3 FROM import_change c"
            f" JOIN {shape.name} r ON {shape.matches}"
            " WHERE c.batch = $1 AND c.record = $2 AND c.before ? 'name' AND c.before ->> 'name' <> ''"
            " ON CONFLICT (kind, code, name, until) DO NOTHING",
            batch,
            record,
            until,
        )


async def _follow_board(batch: UUID) -> None:
    """A school that goes to another board takes along the rows that repeat its board for row-level security."""
    for table in ("school_building", "headcount"):
        await execute(
            f"UPDATE {table} t SET board = s.board FROM school s JOIN import_change c ON c.key = s.code"
            " WHERE c.batch = $1 AND c.record = 'school' AND c.before ? 'board' AND t.school = s.code",
            batch,
        )
