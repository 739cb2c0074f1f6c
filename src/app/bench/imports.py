"""Bench `import`: the ministry's list of schools into an empty network, against COPY and the same set-based SQL by hand."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.bench.measuring import Pair
from app.bench.province import Size, boards
from app.bench.scratch import Scratch, by_hand
from directory.imports.operations import import_list
from directory.imports.rules import SourceFile
from kit.actor import system

LEVELS = {"PRESC": "preschool", "PRIM": "primary", "SEC": "secondary", "FORM_PRO": "vocational", "ADULTE": "adult"}
LEVEL_COLUMNS = ", ".join(f'"{column}"' for column in LEVELS.values())
SCHOOL = f"code, board, name, short_name, address_1, address_2, postal_code, municipality, municipality_name, website, {LEVEL_COLUMNS}"
BUILDING = f"code, board, name, address_1, address_2, postal_code, municipality, municipality_name, longitude, latitude, {LEVEL_COLUMNS}"

STAGING = f"""
CREATE TEMP TABLE i_school ON COMMIT DROP AS SELECT {SCHOOL} FROM school WHERE false;
CREATE TEMP TABLE i_building ON COMMIT DROP AS SELECT {BUILDING} FROM building WHERE false;
CREATE TEMP TABLE i_link (school text, building text) ON COMMIT DROP;
"""

WRITING = f"""
INSERT INTO building ({BUILDING}, ownership, region, described_by, listed_on)
    SELECT {BUILDING}, '', region_of(municipality), 'schools', '2026-09-15' FROM i_building
    ON CONFLICT (code) DO UPDATE SET name = excluded.name;
INSERT INTO school ({SCHOOL}, region, listed_on)
    SELECT {", ".join(f"s.{column}" for column in SCHOOL.split(", "))}, g.region, '2026-09-15' FROM i_school s LEFT JOIN (
        SELECT DISTINCT ON (school) school, region FROM (
            SELECT l.school, b.region, count(*) AS n FROM i_link l JOIN building b ON b.code = l.building GROUP BY 1, 2) c
        ORDER BY school, n DESC) g ON g.school = s.code
    ON CONFLICT (code) DO UPDATE SET name = excluded.name;
INSERT INTO school_building (school, building, board, opened_on)
    SELECT l.school, l.building, s.board, '2026-09-15' FROM i_link l JOIN i_school s ON s.code = l.school ON CONFLICT DO NOTHING;
INSERT INTO event (actor, actor_name, what, subject_kind, subject, board, school, after, why, request)
    SELECT 'system', 'système', 'building.created', 'building', code, board, NULL, to_jsonb(i_building), '', '' FROM i_building
    UNION ALL SELECT 'system', 'système', 'school.created', 'school', code, board, code, to_jsonb(i_school), '', '' FROM i_school
    UNION ALL SELECT 'system', 'système', 'link.created', 'school', l.school, s.board, l.school,
        jsonb_build_object('building', l.building), '', '' FROM i_link l JOIN i_school s ON s.code = l.school;
"""


@asynccontextmanager
async def bench(
    scratch: Scratch, size: Size, file: bytes, board_list: bytes | None = None
) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a database that holds the boards alone, emptied before each run."""
    name = await scratch.new()
    async with scratch.administering(name) as owner, scratch.using(name):
        source = SourceFile("boards.csv", io.BytesIO(board_list or boards(size)))
        await import_list(system(), "boards", [source], accept=True)

        async def empty() -> None:
            await owner.execute("TRUNCATE school, building, import_batch, event CASCADE")

        yield {"": Pair(bare=lambda: _by_hand(file), ours=lambda: _ours(file), between=empty)}
    await scratch.drop(name)


async def _ours(file: bytes) -> None:
    answer = await import_list(system(), "schools", [SourceFile("schools.csv", io.BytesIO(file))], accept=True)
    if answer.state != "applied":
        raise RuntimeError(f"the list was not applied: {answer.notes} {answer.refused[:3]}")


async def _by_hand(file: bytes) -> None:
    schools, buildings, links = _read(file)
    async with by_hand() as connection:
        await connection.execute(STAGING)
        for table, columns, rows in (
            ("i_school", SCHOOL, schools), ("i_building", BUILDING, buildings), ("i_link", "school, building", links),
        ):  # fmt: skip
            names = [column.strip('"') for column in columns.split(", ")]
            await connection.copy_records_to_table(table, columns=names, records=rows)
        await connection.execute(WRITING)


def _read(file: bytes) -> tuple[list[list[Any]], list[list[Any]], list[tuple[str, str]]]:
    """Organisations and buildings, each with the levels of all its lines, and who is where."""
    schools: dict[str, list[Any]] = {}
    buildings: dict[str, list[Any]] = {}
    links = []
    for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig"))):
        levels = [row[level] == "1" for level in LEVELS]
        code, building = row["CD_ORGNS"], row["CD_IMM"]
        _put(schools, code, levels, [
            code, row["CD_CS"], row["NOM_OFFCL_ORGNS"].strip(), row["NOM_COURT_ORGNS"].strip(), row["ADRS_GEO_L1_GDUNO_ORGNS"],
            row["ADRS_GEO_L2_GDUNO_ORGNS"], row["CD_POSTL_GDUNO_ORGNS"], row["CD_MUNCP_GDUNO_ORGNS"],
            row["NOM_MUNCP_GDUNO_ORGNS"], row["SITE_WEB_ORGNS"],
        ])  # fmt: skip
        _put(buildings, building, levels, [
            building, building[:3] + "000", row["NOM_IMM"], row["ADRS_GEO_L1_GDUNO_IMM"], row["ADRS_GEO_L2_GDUNO_IMM"],
            row["CD_POSTL_GDUNO_IMM"], row["CD_MUNCP_GDUNO_IMM"], row["NOM_MUNCP_GDUNO_IMM"], float(row["COORD_X_LL84_IMM"]),
            float(row["COORD_Y_LL84_IMM"]),
        ])  # fmt: skip
        links.append((code, building))
    return list(schools.values()), list(buildings.values()), links


def _put(rows: dict[str, list[Any]], code: str, levels: list[bool], fields: list[Any]) -> None:
    if (row := rows.get(code)) is None:
        rows[code] = fields + levels
    else:
        row[-5:] = [a or b for a, b in zip(row[-5:], levels, strict=True)]
