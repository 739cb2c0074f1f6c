"""Headcounts come from published lists; each is kept by school, year and level."""

import asyncio
from datetime import date

from directory.headcounts.rules import HeadcountRow, Key, Known, counted_on, merge
from directory.imports.records import FIGURES, quoted
from directory.imports.rules import LEVELS, Reading
from kit.clock import school_year
from kit.database import copy, execute, fetch

Headcounts = dict[Key, HeadcountRow]


async def read(reading: Reading, *, as_of: date | None) -> Headcounts:
    """The headcounts of a list. The year of `as_of` stands where the file has none."""
    rows = await fetch(f"SELECT code, board, {quoted(LEVELS)} FROM school")
    schools = {row["code"]: Known(row["board"], frozenset(level for level in LEVELS if row[level])) for row in rows}
    year = school_year(as_of) if as_of else None
    return await asyncio.to_thread(merge, reading, schools=schools, year=year)


async def plan(headcounts: Headcounts, reading: Reading) -> None:
    """Plan new headcounts, and those whose figures differ. A figure that a list has no column for stays as it was."""
    figures = [figure for figure in FIGURES if figure in reading.given]
    columns = ", ".join(["school", "year", "level", "counted_on", *figures])
    await execute(f"CREATE TEMP TABLE incoming_headcount ON COMMIT DROP AS SELECT {columns} FROM headcount WHERE false")
    await copy(
        "incoming_headcount",
        ["school", "year", "level", "counted_on", *figures],
        ((*key, counted_on(key[1]), *(getattr(row, figure) for figure in figures)) for key, row in headcounts.items()),
    )
    await execute("ANALYZE incoming_headcount")
    await execute(
        """
        INSERT INTO planned (record, key, action, before, after)
        SELECT 'headcount', concat_ws('/', i.school, i.year, i.level), CASE WHEN r.id IS NULL THEN 'create' ELSE 'change' END,
               d.before, coalesce(d.after, w.wanted || jsonb_build_object('board', s.board))
        FROM incoming_headcount i JOIN school s ON s.code = i.school
        LEFT JOIN headcount r ON r.school = i.school AND r.year = i.year AND r.level = i.level
        CROSS JOIN LATERAL (SELECT to_jsonb(i) AS wanted, to_jsonb(r) AS was) w
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(f.key, w.was -> f.key) AS before, jsonb_object_agg(f.key, f.value) AS after
            FROM jsonb_each(w.wanted) f WHERE r.id IS NOT NULL AND f.value IS DISTINCT FROM w.was -> f.key
        ) d ON true
        WHERE r.id IS NULL OR NOT w.was @> w.wanted
        """
    )
