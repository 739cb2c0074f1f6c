"""Buildings, links and regions follow both lists, in either order."""

from datetime import date
from typing import Any

import pytest

from kit.database import fetch, fetch_value
from tests.directory.imports.lists import building, headcount, load, school
from tests.directory.imports.network import MANY, boards, counts, events, open_links, row

pytestmark = pytest.mark.usefixtures("db")


async def test_a_school_has_levels_buildings_addresses_coordinates_and_region() -> None:
    await boards()
    answer = await load("schools", school(levels="PRIM"), school(building="990102", levels="SEC", town="99005"))
    assert (answer.read, counts(answer)) == (2, (1, 0, 0, 0))
    made = await row("990001")
    assert (made["name"], made["board"], made["address_1"]) == (
        "École de l'Érable",
        "990000",
        "12, rue des Pins, bureau 3",
    )
    assert [made[level] for level in ("preschool", "primary", "secondary", "vocational", "adult")] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert (made["region"], made["listed_on"]) == ("01", date(2022, 12, 5))
    place = await row("990102", "building")
    assert (place["region"], place["longitude"], place["described_by"]) == ("10", -68.5, "schools")
    assert await open_links() == {("990001", "990101"), ("990001", "990102")}
    assert await events("990001") == {"school.created": 1, "link.created": 2}


@pytest.mark.parametrize("order", [("schools", "buildings"), ("buildings", "schools")])
async def test_schools_and_buildings_load_in_any_order(order: tuple[str, str]) -> None:
    """The buildings list describes; the schools list adds what it needs; a school follows its building's region."""
    await boards()
    lists: dict[str, list[Any]] = {
        "schools": [school(town="10043"), school("990002", "990109", town="66023")],
        "buildings": [building(name="Le Grand Érable", town="66023"), building("990108")],
    }
    for kind in order:
        assert (await load(kind, *lists[kind])).refused == []
    assert (await row("990101", "building"))["name"] == "Le Grand Érable"
    assert (await row("990101", "building"))["described_by"] == "buildings"
    assert (await row("990001"))["region"] == "06"
    assert (await row("990109", "building"))["closed_on"] is None
    assert await open_links() == {("990001", "990101"), ("990002", "990109")}
    for kind in order:
        assert (await load(kind, *lists[kind])).changed == 0


async def test_a_refused_line_neither_changes_nor_closes_its_school_nor_takes_its_building() -> None:
    await boards()
    await load("schools", *MANY, school("990001", "990150"))
    answer = await load(
        "schools", *MANY[2:], school("990001", name="Renommée", SEC="peut-être"), school("990001", "990177"),
        as_of=date(2023, 9, 1),
    )  # fmt: skip
    assert [(refusal.line, refusal.column, refusal.value) for refusal in answer.refused] == [(30, "SEC", "peut-être")]
    assert (answer.state, answer.closed) == ("applied", 1)
    one = await row("990001")
    assert (one["name"], one["closed_on"]) == ("École 1", None)
    assert {place for code, place in await open_links() if code == "990001"} == {"990101", "990150"}
    assert await row("990177", "building") is None
    assert (await row("990002"))["closed_on"] == date(2023, 9, 1)


async def test_a_schools_list_never_changes_a_building_that_a_buildings_list_described() -> None:
    await boards()
    await load("buildings", building(name="Le Grand Érable"))
    await load("schools", school(NOM_IMM="Érable", town="66023"))
    place = await row("990101", "building")
    assert (place["name"], place["municipality"], place["version"]) == ("Le Grand Érable", "10043", 1)


async def test_a_schools_list_changes_a_building_that_only_it_described() -> None:
    await boards()
    await load("schools", school())
    await load("schools", school(NOM_IMM="Nouveau nom"), as_of=date(2023, 9, 1))
    assert (await row("990101", "building"))["name"] == "Nouveau nom"
    assert await fetch_value("SELECT name FROM former_name WHERE kind = 'building'") == "Pavillon 990101"


async def test_a_building_closes_with_its_list_unless_a_school_is_in_it() -> None:
    await boards()
    await load("schools", school())
    await load("buildings", building(), *(building(f"9902{n:02}") for n in range(30)))
    answer = await load("buildings", *(building(f"9902{n:02}") for n in range(1, 30)), as_of=date(2023, 9, 1))
    assert answer.closed == 1
    assert (await row("990101", "building"))["closed_on"] is None
    assert (await row("990200", "building"))["closed_on"] == date(2023, 9, 1)
    assert any("1 immeuble" in note for note in answer.notes)
    back = await load("schools", school(), school("990002", "990200"), as_of=date(2023, 9, 1))
    assert back.created == 1
    assert (await row("990200", "building"))["closed_on"] is None


async def test_the_region_is_that_of_the_buildings_and_of_the_exception_never_of_the_board() -> None:
    await boards()
    kawawa = school("990003", "990103", town="99065")
    await load(
        "schools", school(town="66023"), school("990002", "990102", town="99005"), kawawa,
        school("990004", "990104", town="24000"), school("990005", "", CD_MUNCP_GDUNO_ORGNS="65005"),
    )  # fmt: skip
    regions = {found["code"]: found["region"] for found in await fetch("SELECT code, region FROM school")}
    assert regions == {"990001": "06", "990002": "10", "990003": "09", "990004": None, "990005": "13"}


async def test_buildings_in_several_regions_give_that_of_the_own_address_else_of_most() -> None:
    await boards()
    far = [school("990001", f"99011{n}", town="66023", CD_MUNCP_GDUNO_ORGNS="10043") for n in range(3)]
    near = school("990001", "990120", town="10043")
    elsewhere = [school("990002", f"99013{n}", town="65005", CD_MUNCP_GDUNO_ORGNS="10043") for n in range(2)]
    await load(
        "schools", *far, near, *elsewhere, school("990002", "990140", town="66023", CD_MUNCP_GDUNO_ORGNS="10043")
    )
    assert ((await row("990001"))["region"], (await row("990002"))["region"]) == ("01", "13")


async def test_an_unknown_municipality_is_said() -> None:
    await boards()
    answer = await load("buildings", building(town="24000"))
    assert any("24000" in note for note in answer.notes)
    assert (await row("990101", "building"))["region"] is None


async def test_a_school_that_changes_boards_takes_its_links_and_headcounts_along() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    await load("schools", school(board="991000"), as_of=date(2023, 9, 1))
    assert (await row("990001"))["board"] == "991000"
    assert await fetch_value("SELECT board FROM school_building") == "991000"
    assert await fetch_value("SELECT board FROM headcount") == "991000"
