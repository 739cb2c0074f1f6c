"""A school's floor as it stands now: every figure from rows, the sentence from the figures."""

from datetime import date

import pytest
import time_machine

from inventory.floor import operations, queries
from inventory.floor.rules import Status
from inventory.floor.schemas import Expected, RuleStatus
from kit.actor import system
from kit.database import execute
from kit.errors import NotFound
from tests.factories import make_actor, make_building, make_headcount, make_school

NOON = "2026-11-24T17:00:00Z"
pytestmark = [pytest.mark.usefixtures("db")]


async def make_assets(
    school: str,
    category: str,
    n: int,
    *,
    state: str = "in_service",
    useful_until: date | None = None,
    since: str = "2026-10-15T12:00:00Z",
) -> None:
    await execute(
        "INSERT INTO asset (tag, label_code, board, school, category, name, state, state_since, useful_until)"
        " SELECT t, t, s.board, s.code, $2, 'Appareil', $3, $4::text::timestamptz, $5 FROM school s,"
        " LATERAL (SELECT substr(md5(random()::text), 1, 8) AS t FROM generate_series(1, $6::int)) x WHERE s.code = $1",
        school, category, state, since, useful_until, n,
    )  # fmt: skip


async def of(school: str, category: str) -> RuleStatus:
    return next(rule for rule in await queries.gaps_of_school(system(), school) if rule.category == category)


async def victor() -> str:
    """The school of the desk's table: 144 pupils, one building."""
    school = await make_school()
    await make_building(school=school)
    await make_headcount(school, 144)
    await make_assets(school, "robotique", 14)
    await make_assets(school, "flotte-appareils", 23, useful_until=date(2026, 11, 24))
    await make_assets(school, "flotte-appareils", 2, state="in_repair")
    await make_assets(school, "flotte-appareils", 6, useful_until=date(2026, 11, 23))
    await operations.expect([
        Expected("BC-1/1", "990000", school, "laboratoire-creatif", 1, date(2027, 2, 20), "BC-1"),
        Expected("BC-1/2", "990000", school, "flotte-appareils", 4, date(2027, 3, 12), "BC-1"),
    ])  # fmt: skip
    return school


@time_machine.travel(NOON)
async def test_the_table_of_the_desk_holds_figure_for_figure() -> None:
    school = await victor()
    floor = await queries.floor_of_school(system(), school)
    robots, lab, fleet = floor.rules
    assert floor.status is Status.below and floor.example
    assert (robots.required, robots.counted, robots.gap, robots.status) == (12, 14, 0, Status.met)
    assert (lab.required, lab.counted, lab.gap, lab.on_order, lab.left, lab.status) == (1, 0, 1, 1, 0, Status.on_order)
    assert (fleet.required, fleet.counted, fleet.gap, fleet.on_order, fleet.left) == (29, 23, 6, 4, 2)
    assert (fleet.not_counted_out_of_service, fleet.not_counted_past_life, fleet.status) == (2, 6, Status.below)
    assert (fleet.pupils, fleet.headcount_on) == (144, date(2025, 9, 30))
    print(robots.sentence, lab.sentence, fleet.sentence)


@time_machine.travel(NOON)
async def test_scan_smoke() -> None:
    await victor()
    print(await operations.scan(system()))
    print(await operations.scan(system()))
