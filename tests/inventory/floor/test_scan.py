"""The scan: what it finds, what it writes, what it leaves alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from inventory.floor import operations, queries
from inventory.floor.rules import NoStandard, OlderScan, Status
from inventory.floor.schemas import ListedSchool
from kit.actor import system
from kit.database import execute, fetch, fetch_one, fetch_value
from kit.errors import Forbidden, Invalid
from kit.events import timeline
from kit.i18n import NBSP
from tests.factories import make_actor, make_assets, make_school
from tests.inventory.floor.schools import (
    FLEET,
    LAB,
    NOON,
    ROBOTS,
    expected,
    flags,
    make_desk_school,
    make_equipped,
    make_sized,
)

pytestmark = [pytest.mark.usefixtures("db")]
TABLES = ("floor_assessment", "floor_status", "floor_flag", "floor_total")


async def listed(school: str) -> ListedSchool:
    (found,) = [one for one in (await queries.list_schools(system(), limit=None)).items if one.school == school]
    return found


async def rows() -> dict[str, list[Any]]:
    """Every stored row with the transaction that wrote it last."""
    return {table: await fetch(f"SELECT xmin::text, t.* FROM {table} t ORDER BY t.id") for table in TABLES}


async def status_of(school: str) -> str:
    found: str = await fetch_value("SELECT status FROM floor_status WHERE school = $1 AND until_at IS NULL", school)
    return found


@time_machine.travel(NOON)
async def test_every_open_school_of_the_standards_levels_is_assessed_once() -> None:
    await make_desk_school("990001")
    await make_equipped("990002")
    await make_sized("990003", pupils=None)
    for code, change in (("990004", "closed_on = '2026-06-30'"), ("990005", '"primary" = false, vocational = true')):
        await make_sized(code)
        await execute(f"UPDATE school SET {change} WHERE code = $1", code)
    await make_assets("990003", LAB)
    found = await operations.scan(system())
    assert found.by_status == {
        Status.below: 1, Status.on_order: 0, Status.not_assessable: 1, Status.met: 1, Status.exempt: 0
    }  # fmt: skip
    assert (found.standard, found.assessed, found.opened, found.closed) == ("exemple-1", 3, 1, 0)
    assert found.seconds > 0
    stored = await fetch_one("SELECT * FROM floor_scan")
    assert stored is not None and (stored["assessed"], stored["opened"], stored["on_day"]) == (3, 1, NOON.date())


@time_machine.travel(NOON)
async def test_a_second_scan_of_the_same_state_rewrites_nothing() -> None:
    await make_desk_school("990001")
    await make_equipped("990002")
    await operations.scan(system())
    before = await rows()
    again = await operations.scan(system())
    assert (again.assessed, again.opened, again.closed) == (2, 0, 0)
    assert await rows() == before
    assert await fetch_value("SELECT count(*) FROM floor_scan") == 2


@time_machine.travel(NOON)
async def test_the_list_shows_every_rule_and_the_reason() -> None:
    school = await make_desk_school()
    await operations.scan(system())
    found = await listed(school)
    assert (found.status, found.since) == (Status.below, NOON.date())
    assert (
        found.reason.replace(NBSP, " ")
        == "Sous le plancher depuis le 24 novembre : 2 en réparation, 4 attendus le 12 mars."
    )
    assert [(one.category, one.required, one.counted, one.gap, one.on_order, one.expected) for one in found.rules] == [
        (ROBOTS, 12, 14, 0, 0, None),
        (LAB, 1, 0, 1, 1, date(2027, 2, 20)),
        (FLEET, 29, 23, 6, 4, date(2027, 3, 12)),
    ]


async def test_one_device_out_of_service_puts_a_school_below_with_its_date_and_repair_lifts_it() -> None:
    school = await make_equipped()
    october, november = datetime(2026, 10, 11, 9, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert (await operations.scan(system(), at=october)).by_status[Status.met] == 1

    await execute(
        "UPDATE asset SET state = 'in_repair' WHERE tag = (SELECT min(tag) FROM asset WHERE category = $1)", FLEET
    )
    dropped = await operations.scan(system(), at=october + timedelta(days=1))
    assert (dropped.opened, dropped.closed, dropped.by_status[Status.below]) == (1, 0, 1)
    assert await flags(school) == {FLEET: ("open", 1)}
    with time_machine.travel(NOON):
        assert (await listed(school)).reason.replace(
            NBSP, " "
        ) == "Sous le plancher depuis le 12 octobre : 1 en réparation."

    await execute("UPDATE asset SET state = 'in_service'")
    lifted = await operations.scan(system(), at=november)
    assert (lifted.opened, lifted.closed, lifted.by_status[Status.met]) == (0, 1, 1)
    assert await flags(school) == {}
    closed = await fetch_one("SELECT state, closed_at, closed_reason FROM floor_flag")
    assert closed is not None and tuple(closed) == ("closed", november, "met")
    assert (await listed(school)).since == november.date()
    history = [row["status"] for row in await fetch("SELECT status FROM floor_status ORDER BY from_at")]
    assert history == ["met", "below", "met"]
    assert {event.what for event in await timeline("school", school)} == {"floor.below", "floor.no_longer_below"}


async def test_since_is_the_day_of_the_status_not_of_a_change_of_the_gap_or_of_the_standard() -> None:
    school = await make_sized()
    first = datetime(2026, 9, 1, 9, tzinfo=UTC)
    await operations.scan(system(), at=first)
    await make_assets(school, FLEET, 5)
    await operations.scan(system(), at=first + timedelta(days=10))
    await execute(
        "WITH next AS (INSERT INTO floor_standard (code, name, from_year, published_at)"
        " VALUES ('n-2', 'Norme', '2026-2027', now()) RETURNING id)"
        " INSERT INTO floor_rule (standard, category, unit, quantity, without_headcount, noun_one, noun_many, for_primary)"
        " SELECT id, $1, 'school', 50, 'not_assessable', 'appareil', 'appareils', true FROM next",
        FLEET,
    )
    changed = await operations.scan(system(), at=first + timedelta(days=20))
    assert changed.standard == "n-2" and changed.closed == 2  # two categories have no rule any more
    assert (await listed(school)).since == first.date()
    assert await flags(school) == {FLEET: ("open", 45)}
    reasons = await fetch("SELECT DISTINCT closed_reason FROM floor_flag WHERE closed_at IS NOT NULL")
    assert [row["closed_reason"] for row in reasons] == ["not_applicable"]


async def test_a_delivery_that_is_late_puts_a_school_below_again() -> None:
    school = await make_sized(pupils=10)
    await make_assets(school, ROBOTS, 1)
    await make_assets(school, LAB, 1)
    await operations.expect([expected(school, FLEET, 2, date(2026, 11, 15))])
    on_time = datetime(2026, 11, 15, 17, tzinfo=UTC)
    assert (await operations.scan(system(), at=on_time)).by_status[Status.on_order] == 1
    assert (await operations.scan(system(), at=NOON)).by_status[Status.below] == 1
    assert await flags(school) == {FLEET: ("open", 2)}
    with time_machine.travel(NOON):
        (fleet,) = [one for one in await queries.gaps_of_school(system(), school) if one.category == FLEET]
        assert fleet.sentence.replace(NBSP, " ").startswith(
            "Livraison en retard de 9 jours : de nouveau sous le plancher."
        )
        assert "2 en retard de livraison" in (await listed(school)).reason.replace(NBSP, " ")


async def test_a_device_past_its_life_counts_no_more() -> None:
    school = await make_sized(pupils=5)
    await make_assets(school, ROBOTS, 1)
    await make_assets(school, LAB, 1)
    await make_assets(school, FLEET, 1, useful_until=NOON.date())
    assert (await operations.scan(system(), at=NOON)).by_status[Status.met] == 1
    assert (await operations.scan(system(), at=NOON + timedelta(days=1))).by_status[Status.below] == 1


async def test_a_school_that_closes_leaves_the_count_and_its_flags_close() -> None:
    school = await make_sized()
    await make_equipped("990002")
    assert (await operations.scan(system(), at=NOON)).assessed == 2
    await execute("UPDATE school SET closed_on = '2026-11-24' WHERE code = $1", school)
    found = await operations.scan(system(), at=NOON + timedelta(hours=1))
    assert (found.assessed, found.closed) == (1, 3)
    assert [one.school for one in (await queries.list_schools(system(), limit=None)).items] == ["990002"]
    assert await fetch_value("SELECT schools FROM floor_total WHERE status = 'below'") == 0


async def test_a_school_that_changes_boards_is_the_new_boards_to_see() -> None:
    school = await make_sized()
    await make_school("991001", board="991000")
    await operations.scan(system(), at=NOON)
    await execute("UPDATE school SET board = '991000' WHERE code = $1", school)
    found = await operations.scan(system(), at=NOON + timedelta(hours=1))
    assert (found.opened, found.closed) == (0, 0)
    who = await make_actor("technician", board="991000")
    assert school in [one.school for one in (await queries.list_schools(who, limit=None)).items]
    assert (await queries.list_schools(await make_actor("technician", board="990000"), limit=None)).items == []


async def test_the_totals_of_a_day_are_those_of_its_last_scan() -> None:
    school = await make_equipped()
    await execute("UPDATE school SET region = '01'")
    await operations.scan(system(), at=NOON)
    await execute("UPDATE asset SET state = 'lost'")
    await operations.scan(system(), at=NOON + timedelta(hours=1))
    await operations.scan(system(), at=NOON + timedelta(days=1))
    found = await fetch("SELECT on_day, board, region, status, schools FROM floor_total ORDER BY on_day, status")
    assert [tuple(row) for row in found] == [
        (date(2026, 11, 24), "990000", "01", "below", 1),
        (date(2026, 11, 24), "990000", "01", "met", 0),
        (date(2026, 11, 25), "990000", "01", "below", 1),
    ]
    assert await status_of(school) == "below"


async def test_the_day_of_a_scan_is_that_of_montreal() -> None:
    await make_sized()
    await operations.scan(system(), at=datetime(2026, 11, 25, 4, 59, tzinfo=UTC))
    assert await fetch_value("SELECT on_day FROM floor_scan") == date(2026, 11, 24)


async def test_no_scan_before_the_last_one() -> None:
    await make_sized()
    await operations.scan(system(), at=NOON)
    with pytest.raises(OlderScan):
        await operations.scan(system(), at=NOON - timedelta(minutes=1))


async def test_without_a_standard_there_is_no_scan() -> None:
    await execute("UPDATE floor_standard SET published_at = NULL")
    with pytest.raises(NoStandard):
        await operations.scan(system())
    assert await fetch_value("SELECT count(*) FROM floor_scan") == 0


async def test_two_rules_of_a_category_open_one_flag_with_the_worse_gap() -> None:
    school = await make_sized()
    await execute(
        "INSERT INTO floor_rule (standard, category, unit, quantity, without_headcount, for_primary, position)"
        " SELECT id, $1, 'school', 40, 'not_assessable', true, 9 FROM floor_standard",
        FLEET,
    )
    found = await operations.scan(system(), at=NOON)
    assert (found.opened, (await flags(school))[FLEET]) == (3, ("open", 40))
    assert len((await listed(school)).rules) == 4


async def test_only_the_ministry_and_the_service_scan() -> None:
    await make_sized()
    assert (await operations.scan(await make_actor("ministry"))).assessed == 1
    with pytest.raises(Forbidden):
        await operations.scan(await make_actor("board_admin", board="990000"))


class TestTheList:
    """Filters, order, pages, scope."""

    @pytest.fixture(autouse=True)
    async def network(self, db: None) -> None:
        for code, name in (("990001", "École Zoé"), ("990002", "École de l'Île"), ("990003", "École Élise")):
            await make_sized(code, name=name)
        await make_equipped("991001", board="991000")
        await execute("UPDATE school SET region = '01' WHERE board = '990000'")
        await execute("UPDATE school SET region = '06' WHERE board = '991000'")
        await operations.scan(system(), at=NOON)

    async def codes(self, **filters: Any) -> list[str]:
        return [one.school for one in (await queries.list_schools(system(), **filters)).items]

    async def test_by_board_then_name_as_french_sorts(self) -> None:
        assert await self.codes() == ["990002", "990003", "990001", "991001"]

    async def test_filters(self) -> None:
        assert await self.codes(board="991000") == await self.codes(board="991") == ["991001"]
        assert await self.codes(region="6") == ["991001"]
        assert await self.codes(status="met") == ["991001"]
        assert await self.codes(status="exempt") == []

    @pytest.mark.parametrize("wrong", [{"board": "123456"}, {"region": "88"}, {"status": "fine"}])
    async def test_a_filter_that_nothing_can_match_is_refused(self, wrong: dict[str, str]) -> None:
        with pytest.raises(Invalid) as refused:
            await queries.list_schools(system(), **wrong)  # type: ignore[arg-type]
        assert list(refused.value.errors) == list(wrong)

    async def test_pages_hold_each_school_once(self) -> None:
        seen, after = [], None
        while True:
            found = await queries.list_schools(system(), limit=1, after=after)
            seen += [one.school for one in found.items]
            if not (after := found.next):
                break
        assert seen == await self.codes()
        assert (await queries.list_schools(system(), limit=None)).next is None

    async def test_each_sees_their_own(self) -> None:
        board = await make_actor("technician", board="990000")
        school = await make_actor("school_team", school="990003")
        ministry = await make_actor("ministry")
        seen = [[one.school for one in (await queries.list_schools(who)).items] for who in (board, school, ministry)]
        assert seen == [["990002", "990003", "990001"], ["990003"], await self.codes()]
        with pytest.raises(Invalid):
            await queries.list_schools(board, board="991000")

    async def test_the_database_hides_the_rows_even_where_a_query_forgets(self) -> None:
        from kit.database import transaction

        who = await make_actor("technician", board="991000")
        async with transaction(who):
            for table in TABLES:
                boards = await fetch(f"SELECT DISTINCT board FROM {table}")
                assert {row["board"] for row in boards} <= {"991000"}, table


async def test_nothing_is_listed_before_the_first_scan() -> None:
    await make_sized()
    assert (await queries.list_schools(system())).items == []
