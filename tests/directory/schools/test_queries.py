"""Finding schools, boards and buildings: by code, words, names of before; and only one's own."""

from datetime import date

import pytest

from directory.boards import queries as boards
from directory.buildings import queries as buildings
from directory.schools import queries as schools
from directory.schools.schemas import SchoolOut
from kit.actor import Actor, Scope, system
from kit.errors import Forbidden, Invalid, NotFound
from kit.paging import Page
from tests.directory.imports.lists import board, building, headcount, load, school
from tests.factories import make_actor

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def network(db: None) -> None:
    """Two boards; a building of one houses a school of the other; one school was renamed, one closed."""
    await load("boards", board(), board("991000", "Commission scolaire Maple", NOM_COURT="CS Maple"))
    lines = [
        school("990001", "990101", name="École de l'Érable"),
        school("990002", "990102", name="École Saint-Joseph", NOM_MUNCP_GDUNO_ORGNS="Trois-Pistoles"),
        school("990003", "990103", name="École Saint-Joseph", levels="SEC"),
        school("991001", "990101", name="Maple Elementary School", board="991000"),
        *(school(f"9901{n:02}", f"9902{n:02}", name=f"Centre {n:02}", levels="ADULTE") for n in range(20)),
    ]
    await load("schools", *lines)
    await load(
        "buildings", building("990101", name="Pavillon Cœur-Vaillant"), *(building(f"9902{n:02}") for n in range(20))
    )
    await load("headcounts", headcount("990001"), headcount("990001", "98", year="2024-2025"))
    renamed = [school("990001", "990101", name="École du Grand-Vent"), *lines[1:2], *lines[3:]]
    await load("schools", *renamed, as_of=date(2023, 9, 1))


def codes(found: Page[SchoolOut]) -> list[str]:
    return [school.code for school in found.items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("990002", ["990002"]),
        ("grand vent", ["990001"]),
        ("VENT école", ["990001"]),
        ("érable", ["990001"]),
        ("l'erable", ["990001"]),
        ("saint joseph", ["990002", "990003"]),
        ("joseph trois-pistoles", ["990002"]),
        ("99000", ["990001", "990002", "990003"]),
        ("rien de tel", []),
        ("100%_", []),
        ("\0", None),
    ],
)
@pytest.mark.usefixtures("network")
async def test_a_school_is_found_by_code_or_words_accents_ignored(text: str, expected: list[str] | None) -> None:
    found = codes(await schools.search(system(), text=text))
    assert sorted(found) == expected if expected is not None else len(found) == 24


@pytest.mark.usefixtures("network")
async def test_a_name_of_before_is_said_beside_the_name_of_today() -> None:
    (found,) = (await schools.search(system(), text="érable")).items
    assert (found.name, found.found_as) == ("École du Grand-Vent", "École de l'Érable")
    (found,) = (await schools.search(system(), text="grand-vent")).items
    assert found.found_as == ""


@pytest.mark.usefixtures("network")
async def test_lists_are_filtered_and_paged_without_gap_or_repeat() -> None:
    assert codes(await schools.search(system(), board="991000")) == ["991001"]
    assert codes(await schools.search(system(), closed=True)) == ["990003"]
    assert len(codes(await schools.search(system(), level="adult"))) == 20
    assert len(codes(await schools.search(system(), region="01"))) == 24
    assert codes(await schools.search(system(), region="02")) == []
    seen: list[str] = []
    after = None
    while True:
        found = await schools.search(system(), limit=7, after=after)
        seen += codes(found)
        if (after := found.next) is None:
            break
    assert len(seen) == len(set(seen)) == 24
    whole = (await schools.search(system(), limit=100)).items
    assert seen == [school.code for school in whole]
    assert [school.name for school in whole][-4:] == [
        "École du Grand-Vent", "École Saint-Joseph", "École Saint-Joseph", "Maple Elementary School",
    ]  # fmt: skip


@pytest.mark.usefixtures("network")
async def test_what_a_list_cannot_be_asked_is_refused() -> None:
    with pytest.raises(Invalid):
        await schools.search(system(), level="cégep")
    with pytest.raises(Invalid):
        await schools.search(system(), limit=501)
    with pytest.raises(Invalid):
        await schools.search(system(), after="rien")


@pytest.mark.usefixtures("network")
async def test_a_school_shows_its_buildings_headcounts_former_names_and_history() -> None:
    found = await schools.one(system(), "990001")
    assert (found.board_name, found.region_name, found.levels) == (
        "CSS des Essais",
        "Bas-Saint-Laurent",
        ["preschool", "primary"],
    )
    assert [place.name for place in found.buildings] == ["Pavillon Cœur-Vaillant"]
    assert [(count.year, count.pupils) for count in found.headcounts] == [("2025-2026", 105), ("2024-2025", 98)]
    assert [(former.name, former.until) for former in found.former_names] == [("École de l'Érable", date(2023, 9, 1))]
    assert found.history[0].what == "school.changed"
    closed = await schools.one(system(), "990003")
    assert closed.closed_on == date(2023, 9, 1)
    assert [place.closed_on for place in closed.buildings] == [date(2023, 9, 1)]


@pytest.mark.usefixtures("network")
async def test_boards_and_buildings_are_found_too() -> None:
    assert [found.code for found in (await boards.search(system(), text="maple")).items] == ["991000"]
    assert [found.code for found in (await boards.search(system(), text="cs maple")).items] == ["991000"]
    assert [found.code for found in (await buildings.search(system(), text="coeur vaillant")).items] == ["990101"]
    (found,) = (await buildings.search(system(), text="pavillon 990101")).items
    assert (found.name, found.found_as) == ("Pavillon Cœur-Vaillant", "Pavillon 990101")
    one = await boards.one(system(), "990")
    assert (one.code, one.schools, one.former_names) == ("990000", 22, [])
    place = await buildings.one(system(), "990101")
    assert [tenant.code for tenant in place.tenants] == ["990001", "991001"]
    assert place.former_names[0].name == "Pavillon 990101"


@pytest.mark.usefixtures("network")
async def test_a_board_sees_its_own_and_what_its_schools_are_in() -> None:
    maple = await make_actor("technician", board="991000")
    assert codes(await schools.search(maple, limit=100)) == ["991001"]
    assert [found.code for found in (await boards.search(maple)).items] == ["991000"]
    assert [found.code for found in (await buildings.search(maple)).items] == ["990101"]
    assert [tenant.code for tenant in (await buildings.one(maple, "990101")).tenants] == ["991001"]
    for look in (schools.one(maple, "990001"), boards.one(maple, "990000"), buildings.one(maple, "990102")):
        with pytest.raises(NotFound):
            await look
    assert codes(await schools.search(maple, board="990000")) == []


@pytest.mark.usefixtures("network")
async def test_a_school_team_sees_its_school_alone() -> None:
    team = await make_actor("school_team", school="990002")
    assert codes(await schools.search(team, limit=100)) == ["990002"]
    assert [found.code for found in (await buildings.search(team)).items] == ["990102"]
    assert (await boards.one(team, "990000")).schools == 1
    assert (await schools.one(team, "990002")).name == "École Saint-Joseph"
    with pytest.raises(NotFound):
        await schools.one(team, "990001")
    assert codes(await schools.search(team, text="érable")) == []


@pytest.mark.usefixtures("network")
async def test_the_ministry_sees_all_and_who_has_no_right_nothing() -> None:
    assert len(codes(await schools.search(await make_actor("ministry"), limit=100))) == 24
    nobody = Actor(scope=Scope.board, name="essai", board="990000")
    with pytest.raises(Forbidden):
        await schools.search(nobody)
    with pytest.raises(Forbidden):
        await buildings.one(nobody, "990101")
    with pytest.raises(Forbidden):
        await boards.one(nobody, "990000")
