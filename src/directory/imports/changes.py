"""Changes to the network as rows: planned in a temporary table, kept with their batch, taken up again, taken back.

A planned change holds only the fields that differ (`before`, `after`); a created record holds them all. Fields that a list does
not have are not in it, so they keep what they were. Absence is asked with NOT IN: a hashed list, whatever the planner believes of
tables that were filled a moment ago.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from directory.imports.records import FIGURES, RECORDS, quoted
from kit.database import copy, execute

_TEMPORARY = ("planned", "settled", "incoming_link", "incoming_headcount", *(f"incoming_{name}" for name in RECORDS))


@asynccontextmanager
async def planning() -> AsyncIterator[None]:
    """The tables in which changes are planned, for the block. Dropped at its end, as another import may follow in a savepoint."""
    await execute(
        "CREATE TEMP TABLE planned (record text, key text, action text, before jsonb, after jsonb) ON COMMIT DROP"
    )
    yield
    await execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in dict.fromkeys(_TEMPORARY))}")


async def take_in(name: str, record: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """COPY rows (Structs with at least `columns`) into the temporary table `name`, typed as the record's own table."""
    shape = RECORDS[record]
    await execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {quoted(columns)} FROM {shape.name} WHERE false")
    await copy(name, columns, ([getattr(row, column) for column in columns] for row in rows))
    await execute(f"ANALYZE {name}")


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


async def take_up(batch: UUID) -> None:
    """Plan again what a batch has kept."""
    await execute(
        "INSERT INTO planned (record, key, action, before, after)"
        " SELECT record, key, action, before, after FROM import_change WHERE batch = $1",
        batch,
    )


async def take_back(batch: UUID, *, on: date) -> None:
    """Plan the contrary of what a batch did. What it made is closed, never deleted; a headcount that it made loses its figures."""
    await execute(
        """
        INSERT INTO planned (record, key, action, before, after)
        SELECT record, key,
               CASE action WHEN 'create' THEN CASE record WHEN 'headcount' THEN 'change' ELSE 'close' END
                           WHEN 'close' THEN 'reopen' WHEN 'reopen' THEN 'close' ELSE 'change' END,
               CASE WHEN action <> 'create' THEN after WHEN record = 'headcount' THEN f.counted
                    ELSE '{"closed_on": null}' END,
               CASE WHEN action <> 'create' THEN before WHEN record = 'headcount' THEN f.blank
                    ELSE jsonb_build_object('closed_on', $2::date) END
        FROM import_change CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, value) AS counted, jsonb_object_agg(key, NULL) AS blank
            FROM jsonb_each(after) WHERE key = ANY ($3::text[])
        ) f
        WHERE batch = $1
        """,
        batch,
        on,
        list(FIGURES),
    )
