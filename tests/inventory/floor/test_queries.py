"""A school's floor as it stands now: every figure from rows, the sentence from the figures."""

from datetime import date

import pytest
import time_machine

from inventory.floor import operations, queries
from inventory.floor.rules import Status, Unit
from kit.actor import system
from kit.database import execute
from kit.errors import Forbidden, NotFound
from kit.i18n import NBSP
from tests.factories import make_actor, make_assets, make_board, make_building, make_headcount, make_school
from tests.inventory.floor.schools import FLEET, LAB, NOON, ROBOTS, expected, make_desk_school, make_sized, rule

pytestmark = [pytest.mark.usefixtures("db")]


@time_machine.travel(NOON)
async def test_the_table_of_the_desk_holds_figure_for_figure() -> None:
    floor = await queries.floor_of_school(system(), await make_desk_school())
    robots, lab, fleet = floor.rules
    assert floor.status is Status.below and floor.example
    assert (robots.required, robots.counted, robots.gap, robots.left, robots.status) == (12, 14, 0, 0, Status.met)
    assert (lab.required, lab.counted, lab.gap, lab.on_order, lab.left, lab.status) == (1, 0, 1, 1, 0, Status.on_order)
    assert (fleet.required, fleet.counted, fleet.gap, fleet.on_order, fleet.left) == (29, 23, 6, 4, 2)
    assert (fleet.not_counted_out_of_service, fleet.not_counted_past_life, fleet.status) == (2, 6, Status.below)
    assert (fleet.pupils, fleet.headcount_on, fleet.expected) == (144, date(2025, 9, 30), date(2027, 3, 12))
    assert fleet.sentence.replace(NBSP, " ") == (
        "Sous le plancher : il manque 6 appareils. 4 sont attendus le 12 mars 2027; restent 2 à choisir,"
        " ou 2 à faire revenir de réparation (40 jours)."
    )


@time_machine.travel(NOON)
async def test_levels_add_up_and_one_unpublished_figure_leaves_the_whole_unknown() -> None:
    school = await make_school()
    await make_headcount(school, 100, level="primary")
    await make_headcount(school, 44, level="secondary")
    assert (await rule(school, FLEET)).required == 29
    await make_headcount(school, None, level="preschool")
    unknown = await rule(school, FLEET)
    assert (unknown.required, unknown.pupils, unknown.status) == (None, None, Status.not_assessable)


@time_machine.travel(NOON)
async def test_the_latest_headcount_is_used_and_one_of_two_years_ago_is_not() -> None:
    school = await make_school()
    await make_headcount(school, 500, year="2024-2025")
    assert (await rule(school, FLEET)).required is None
    await make_headcount(school, 10, year="2025-2026")
    assert (await rule(school, FLEET)).required == 2
    await make_headcount(school, 20, year="2026-2027")
    found = await rule(school, FLEET)
    assert (found.required, found.headcount_on) == (4, date(2026, 9, 30))
    await make_headcount(school, 5000, year="2027-2028")
    assert (await rule(school, FLEET)).required == 4


@time_machine.travel(NOON)
async def test_each_open_building_counts_and_a_shared_one_for_each_school() -> None:
    one, two = await make_school("990001"), await make_school("990002")
    for code in ("990801", "990802", "990803"):
        await make_building(code, school=one)
    await execute("INSERT INTO school_building (school, building, board) VALUES ($1, '990801', '990000')", two)
    await execute("UPDATE school_building SET closed_on = '2026-06-30' WHERE building = '990803'")
    assert ((await rule(one, LAB)).required, (await rule(two, LAB)).required) == (2, 1)


async def test_a_school_of_no_known_building_cannot_be_assessed_by_building() -> None:
    found = await rule(await make_school(), LAB)
    assert (found.required, found.status) == (None, Status.not_assessable)
    assert "aucun immeuble" in found.sentence


async def test_a_vocational_centre_has_no_floor() -> None:
    school = await make_school()
    await execute('UPDATE school SET "primary" = false, vocational = true WHERE code = $1', school)
    floor = await queries.floor_of_school(system(), school)
    assert (floor.status, floor.rules) == (None, [])


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("received", 0),
        ("in_service", 1),
        ("on_loan", 1),
        ("out_of_service", 0),
        ("in_repair", 0),
        ("lost", 0),
        ("retired", 0),
    ],
)
async def test_only_what_works_counts(state: str, counts: int) -> None:
    school = await make_school()
    await make_assets(school, FLEET, 1, state=state)
    assert (await rule(school, FLEET)).counted == counts


async def test_an_asset_counts_for_whoever_holds_it() -> None:
    one, two = await make_school("990001"), await make_school("990002")
    await make_assets(one, FLEET, 2)
    assert ((await rule(one, FLEET)).counted, (await rule(two, FLEET)).counted) == (2, 0)


@time_machine.travel(NOON)
async def test_what_is_awaited_lasts_until_it_is_in_service() -> None:
    school = await make_sized(pupils=10)
    await operations.expect([expected(school, FLEET, 2, date(2027, 3, 12))])
    assert (await rule(school, FLEET)).status is Status.on_order
    await make_assets(school, FLEET, 2, state="received")  # received, not yet in service: nothing drops
    assert (await rule(school, FLEET)).status is Status.on_order
    await operations.less_expected({f"{school}/{FLEET}": 1})
    assert (await rule(school, FLEET)).on_order == 1
    await operations.less_expected({f"{school}/{FLEET}": 5, "unknown": 2})
    assert (await rule(school, FLEET)).on_order == 0


@time_machine.travel(NOON)
async def test_a_second_word_on_a_source_replaces_the_first() -> None:
    school = await make_sized(pupils=10)
    await operations.expect([expected(school, FLEET, 2, date(2027, 3, 12)), expected(school, ROBOTS, 1, None)])
    await operations.expect([expected(school, FLEET, 1, date(2027, 4, 1))])
    found = await rule(school, FLEET)
    assert (found.on_order, found.expected, found.status) == (1, date(2027, 4, 1), Status.below)
    await operations.expect([expected(school, FLEET, 0, None)])
    assert ((await rule(school, FLEET)).on_order, (await rule(school, ROBOTS)).on_order) == (0, 1)
    await operations.expect([])


async def test_the_standard_in_force_is_the_latest_that_has_begun() -> None:
    await execute(
        "INSERT INTO floor_standard (code, name, from_year, published_at) VALUES ('n-1', 'Norme', '2026-2027', now()),"
        " ('n-2', 'Norme', '2027-2028', now()), ('n-3', 'Brouillon', '2026-2027', NULL)"
    )
    found = {
        day: (await queries.standard_in_force(day))["code"]
        for day in (date(2026, 6, 30), date(2026, 7, 1), date(2027, 7, 1))
    }
    assert list(found.values()) == ["exemple-1", "n-1", "n-2"]


async def test_the_standard_is_read_with_its_rules_and_says_that_it_is_an_example() -> None:
    found = await queries.standard(system())
    assert found.example and found.code == "exemple-1"
    assert [(one.category, one.unit) for one in found.rules] == [
        (ROBOTS, Unit.pupils), (LAB, Unit.building), (FLEET, Unit.pupils)
    ]  # fmt: skip
    assert found.rules[2].sentence.replace(NBSP, " ") == "1 appareil par 5 élèves"
    assert "vocational" not in found.rules[0].levels and len(found.rules[0].levels) == 4


async def test_a_floor_is_read_by_its_school_its_board_and_the_ministry_alone() -> None:
    school = await make_sized()
    await make_school("990002")
    await make_school("991001", board="991000")
    for who in (
        await make_actor("school_team", school=school),
        await make_actor("technician", board="990000"),
        await make_actor("ministry"),
    ):
        assert (await queries.floor_of_school(who, school)).school == school
    for who in (await make_actor("school_team", school="990002"), await make_actor("technician", board="991000")):
        with pytest.raises(NotFound):
            await queries.floor_of_school(who, school)


async def test_a_role_without_the_right_reads_no_floor() -> None:
    school = await make_sized()
    await make_board()
    await execute("DELETE FROM role_right WHERE role = 'auditor' AND \"right\" = 'floor.read'")
    with pytest.raises(Forbidden):
        await queries.floor_of_school(await make_actor("auditor", board="990000"), school)
