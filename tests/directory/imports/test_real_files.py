"""The published files, whole: the counts that were agreed on. Read where they are; never copied."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from directory.imports import operations
from directory.imports.rules import SourceFile
from directory.imports.schemas import ImportAnswer
from directory.schools import queries
from kit.actor import system
from kit.database import fetch, fetch_value

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.real_files]

FILES = {
    "boards": "meq/boards_2016-04-14.csv",
    "schools": "meq/pps_public_ecole_2022-12-05.csv",
    "buildings": "meq/pps_public_immeuble_2022-12-05.csv",
    "headcounts": "imse/defav_ecole_prim_public_2025-2026_extrait.csv",
}


async def load(folder: Path, kind: str, **options: Any) -> ImportAnswer:
    path = folder / FILES[kind]
    with path.open("rb") as file:
        return await operations.import_list(system(), kind, [SourceFile(path.name, file)], accept=True, **options)


@pytest.mark.parametrize("order", [("schools", "buildings"), ("buildings", "schools")])
async def test_the_published_lists_give_their_counts_in_any_order_and_nothing_the_second_time(
    shared_data: Path, order: tuple[str, str]
) -> None:
    boards = await load(shared_data, "boards", as_of=date(2016, 4, 14))
    assert (boards.read, boards.created, boards.refused) == (72, 72, [])
    answers = {kind: await load(shared_data, kind) for kind in (*order, "headcounts")}
    schools, buildings, headcounts = answers["schools"], answers["buildings"], answers["headcounts"]
    assert (schools.read, schools.created, schools.refused) == (5358, 2745, [])
    assert schools.listed_on == date(2022, 12, 5)
    assert (buildings.read, buildings.created + buildings.changed, buildings.refused) == (4664, 4664, [])
    assert (headcounts.read, headcounts.created, len(headcounts.refused)) == (82, 74, 8)
    assert await fetch_value("SELECT count(*) FROM building") == 4664
    assert await fetch_value("SELECT count(*) FROM school_building WHERE closed_on IS NULL") == 5358
    assert await fetch_value("SELECT count(*) FROM headcount WHERE pupils IS NULL") == 3
    assert await fetch_value("SELECT count(*) FROM headcount WHERE pupils = 0") == 0
    assert await fetch_value("SELECT count(*) FROM school WHERE region IS NULL") == 0
    # 200 organisations differ between their lines; the floor's default levels reach 2,567 of them.
    assert await fetch_value('SELECT count(*) FROM school WHERE preschool OR "primary" OR secondary OR adult') == 2567
    assert await fetch_value("SELECT name FROM school WHERE code = '711009'")
    for kind in ("boards", *order, "headcounts"):
        again = await load(shared_data, kind, **({"as_of": date(2016, 4, 14)} if kind == "boards" else {}))
        assert (again.created, again.changed, again.closed) == (0, 0, 0)
        assert again.unchanged == {"boards": 72, "schools": 2745, "buildings": 4664, "headcounts": 74}[kind]


async def test_every_region_prefix_is_the_published_one(shared_data: Path) -> None:
    lines = (shared_data / "meq" / "region_by_municipality_prefix.csv").read_text("utf-8-sig").splitlines()[1:]
    published = {line.split(",")[0]: line.split(",")[1] for line in lines}
    assert {
        row["prefix"]: row["region"] for row in await fetch("SELECT prefix, region FROM municipality_prefix")
    } == published


async def test_namesakes_are_found_and_told_apart_by_code(shared_data: Path) -> None:
    await load(shared_data, "boards", as_of=date(2016, 4, 14))
    await load(shared_data, "schools")
    found = (await queries.search(system(), text="ecole st joseph".replace("st", "saint"), limit=100)).items
    same = [school for school in found if school.name == "École Saint-Joseph"]
    assert len(same) > 10
    assert len({school.code for school in same}) == len(same)
