"""What the demonstration holds."""

import pytest

from app.demo.load import load_once
from app.demo.people import DESKS, OTHERS
from directory.people.queries import actor_of_person
from inventory.floor.queries import list_schools
from kit.actor import system
from kit.database import fetch, fetch_value, transaction


@pytest.fixture(scope="module")
async def loaded(committed_by_all: None) -> list[str]:
    """The demonstration in a database of this file's; what was said meanwhile."""
    said: list[str] = []
    await load_once(said.append)
    return said


async def counts(sql: str) -> dict[str, int]:
    async with transaction(system()):
        return {row[0]: row[1] for row in await fetch(sql)}


async def test_every_stage_of_the_loop_is_there(loaded: list[str]) -> None:
    states = await counts("SELECT state, count(*) FROM selection GROUP BY state")
    assert states.keys() == {"draft", "submitted", "approved", "refused", "withdrawn", "ordered"}
    orders = await counts("SELECT state, count(*) FROM purchase_order GROUP BY state")
    assert orders.keys() == {"draft", "sent", "part_received", "received"}
    assets = await counts("SELECT state, count(*) FROM asset GROUP BY state")
    assert assets.keys() >= {"received", "in_service", "out_of_service", "in_repair", "lost"}
    tickets = await counts("SELECT state, count(*) FROM ticket GROUP BY state")
    assert tickets.keys() == {"open", "in_progress", "waiting", "closed"}
    flags = await counts("SELECT state, count(*) FROM floor_flag GROUP BY state")
    assert flags.keys() == {"told", "acknowledged", "closed"}


async def test_schools_stand_in_every_way_on_the_floor(loaded: list[str]) -> None:
    found = (await list_schools(system(), limit=None)).items

    assert {school.status for school in found} == {"met", "below", "on_order", "not_assessable", "exempt"}
    assert len(found) == 39  # a vocational centre is outside the example standard
    assert {school.board for school in found} == {"990000", "991000", "992000"}


async def test_its_network_is_invented_and_shares_buildings(loaded: list[str]) -> None:
    async with transaction(system()):
        schools = await fetch("SELECT code, region FROM school ORDER BY code")
        shared = await fetch_value(
            "SELECT count(*) FROM (SELECT building FROM school_building GROUP BY building HAVING count(*) > 1) s"
        )
        unpublished = await fetch_value("SELECT count(*) FROM headcount WHERE pupils IS NULL")
        people = await fetch_value("SELECT count(*) FROM person WHERE email NOT LIKE '%@exemple.ca'")
    assert len(schools) == 40 and all("990001" <= row["code"] <= "992010" for row in schools)
    assert {row["region"] for row in schools} == {"01", "07", "11"}
    assert (shared, unpublished, people) == (4, 4, 0)


async def test_each_desk_acts_in_its_place(loaded: list[str]) -> None:
    for person in (*DESKS.values(), *OTHERS):
        who = await actor_of_person(person.email)
        assert person.role in who.roles
        if person.role != "ministry":
            assert who.board == (person.board or person.schools[0][:3] + "000")


async def test_loaded_again_it_is_left_as_it_is(loaded: list[str]) -> None:
    events = await counts("SELECT what, count(*) FROM event GROUP BY what")

    await load_once(lambda words: pytest.fail(words))

    assert await counts("SELECT what, count(*) FROM event GROUP BY what") == events
    assert len(loaded) == 4
