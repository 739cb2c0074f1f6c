"""Coverage: counts that add up from school to province, by whoever may see them, today and on a past day."""

from datetime import date, timedelta

import httpx
import pytest
import time_machine

from inventory.coverage import queries
from inventory.coverage.rules import counts_of, shown
from inventory.floor import operations
from inventory.floor.rules import Status
from kit.actor import Actor, system
from kit.database import execute
from kit.errors import Forbidden, NotFound
from kit.i18n import NBSP
from tests.factories import make_actor, make_board, make_school, make_token
from tests.inventory.floor.schools import NOON, make_equipped, make_sized


@pytest.fixture
async def network(db: None) -> None:
    """Two regions, two boards: one school below and one met in 01, one below in 06, one nowhere."""
    await make_sized("990001")
    await make_equipped("990002")
    await make_sized("991001", board="991000")
    await make_sized("991002", board="991000")
    for code, region in (("990001", "01"), ("990002", "01"), ("991001", "06")):
        await execute("UPDATE school SET region = $2 WHERE code = $1", code, region)
    await operations.scan(system(), at=NOON)
    await execute("UPDATE asset SET state = 'lost'")
    await operations.scan(system(), at=NOON + timedelta(days=2))


@pytest.mark.usefixtures("network")
@time_machine.travel(NOON + timedelta(days=3))
async def test_the_province_by_region_adds_up() -> None:
    found = await queries.province(await make_actor("ministry"))
    assert (found.day, found.counts.assessed, found.counts.by_status[Status.below]) == (date(2026, 11, 26), 4, 4)
    assert [(place.code, place.name, place.counts.assessed) for place in found.places] == [
        ("", "Région inconnue", 1), ("01", "Bas-Saint-Laurent", 2), ("06", "Montréal", 1)
    ]  # fmt: skip
    assert sum(place.counts.assessed for place in found.places) == found.counts.assessed
    assert [(day.day.day, day.by_status[Status.below], day.by_status[Status.met]) for day in found.trend] == [
        (24, 3, 1), (26, 4, 0)
    ]  # fmt: skip


@pytest.mark.usefixtures("network")
@time_machine.travel(NOON + timedelta(days=3))
async def test_a_past_day_shows_the_last_scan_before_it() -> None:
    found = await queries.province(system(), at=date(2026, 11, 25))
    assert (found.day, found.counts.by_status[Status.met], found.counts.share[Status.met]) == (
        date(2026, 11, 24),
        1,
        0.25,
    )
    assert [place.code for place in found.places] == ["", "06", "01"]  # the largest share below first
    assert (await queries.province(system(), at=date(2026, 11, 23))).day is None
    past = await queries.board(system(), "990000", at=date(2026, 11, 25))
    assert (past.counts.by_status[Status.met], past.schools) == (1, [])


@pytest.mark.usefixtures("network")
@time_machine.travel(NOON + timedelta(days=3))
async def test_a_region_by_board_and_a_board_by_school() -> None:
    region = await queries.region(system(), "01")
    assert (region.name, [(place.code, place.counts.assessed) for place in region.places]) == (
        "Bas-Saint-Laurent", [("990000", 2)]
    )  # fmt: skip
    board = await queries.board(await make_actor("technician", board="990000"), "990")
    assert board.counts.assessed == 2 and [school.school for school in board.schools] == ["990001", "990002"]
    assert all(school.reason for school in board.schools)
    empty = await queries.region(system(), "17")
    assert (empty.counts.assessed, empty.counts.share, empty.places) == (0, {}, [])
    with pytest.raises(NotFound):
        await queries.region(system(), "88")


@pytest.mark.usefixtures("network")
async def test_the_worst_schools_come_first() -> None:
    await execute("UPDATE asset SET state = 'in_service'")
    await execute("UPDATE school SET name = 'A' WHERE code = '990002'")
    await operations.scan(system(), at=NOON + timedelta(days=3))
    with time_machine.travel(NOON + timedelta(days=3)):
        found = await queries.board(system(), "990000")
    assert [(school.school, school.status) for school in found.schools] == [("990001", "below"), ("990002", "met")]


@pytest.mark.usefixtures("network")
async def test_each_sees_what_is_theirs() -> None:
    board = await make_actor("purchasing", board="990000")
    with pytest.raises(NotFound):
        await queries.board(board, "991000")
    for read in (queries.province(board), queries.region(board, "01")):
        with pytest.raises(Forbidden):
            await read
    team = await make_actor("school_team", school="990001")
    with pytest.raises(Forbidden):
        await queries.board(team, "990000")
    with pytest.raises(NotFound):
        await queries.board(team, "991000")
    with pytest.raises(NotFound):
        await queries.board(await make_actor("ministry"), "995000")


@pytest.mark.usefixtures("db")
async def test_before_the_first_scan_nothing_is_counted() -> None:
    await make_school()
    found = await queries.province(system())
    assert (found.day, found.counts.assessed, found.places, found.trend) == (None, 0, [], [])
    assert (await queries.board(system(), await make_board())).schools == []


@pytest.mark.parametrize(("n", "words"), [(0, "0"), (1, "moins de 5"), (4, "moins de 5"), (5, "5"), (1234, "1 234")])
def test_small_counts_are_not_shown(n: int, words: str) -> None:
    assert shown(n).replace(NBSP, " ") == words


def test_shares_are_of_all_that_was_assessed() -> None:
    found = counts_of({"below": 1, "met": 3})
    assert found.share == {"below": 0.25, "on_order": 0, "not_assessable": 0, "met": 0.75, "exempt": 0}


async def bearer(who: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {await make_token(who.email)}"}


async def test_over_http(client: httpx.AsyncClient, network: None) -> None:
    paths = ("/coverage", "/coverage/regions/01", "/coverage/boards/990000")
    for path in paths:
        assert (await client.get(f"/api/v1{path}")).status_code == 401
    ministry = await bearer(await make_actor("ministry"))
    with time_machine.travel(NOON + timedelta(days=3)):
        found = [(await client.get(f"/api/v1{path}", headers=ministry)).json() for path in paths]
        past = (await client.get("/api/v1/coverage?at=2026-11-24", headers=ministry)).json()
    assert [one["counts"]["assessed"] for one in found] == [4, 2, 2]
    assert past["counts"]["by_status"]["met"] == 1
    board = await bearer(await make_actor("technician", board="991000"))
    assert [(await client.get(f"/api/v1{path}", headers=board)).status_code for path in paths] == [403, 403, 404]
    assert (await client.get("/api/v1/coverage/boards/991000", headers=board)).status_code == 200
