"""Exemptions and flags: who may, what is kept, what the next scan makes of it."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine

from inventory.floor import flags as reads
from inventory.floor import operations, queries
from inventory.floor.rules import AlreadyExempt, ExemptionEnded, FlagClosed, Status
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from kit.events import timeline
from kit.i18n import NBSP
from tests.factories import make_actor, make_assets, make_school
from tests.inventory.floor.schools import FLEET, LAB, NOON, ROBOTS, flags, make_equipped, make_sized

pytestmark = [pytest.mark.usefixtures("db")]
UNTIL = date(2027, 6, 30)


@pytest.fixture
async def ministry(db: None) -> Actor:
    return await make_actor("ministry")


async def make_flag() -> UUID:
    """A school below in one category, scanned; its flag."""
    await make_equipped()
    await execute("UPDATE asset SET state = 'lost' WHERE tag = (SELECT min(tag) FROM asset WHERE category = $1)", FLEET)
    await operations.scan(system(), at=NOON)
    found: UUID = await fetch_value("SELECT id FROM floor_flag")
    return found


@time_machine.travel(NOON)
async def test_an_exempt_category_is_left_out_of_the_overall_status_and_named(ministry: Actor) -> None:
    school = await make_sized(pupils=10)
    await make_assets(school, ROBOTS, 1)
    await make_assets(school, LAB, 1)
    await operations.exempt(ministry, school=school, category=FLEET, reason=" École en chantier. ", until_day=UNTIL)
    found = await operations.scan(system())
    assert (found.by_status[Status.met], found.opened) == (1, 0)
    (listed,) = (await queries.list_schools(system())).items
    assert listed.reason.replace(NBSP, " ") == (
        "Plancher atteint depuis le 24 novembre. Flotte d'appareils : exemptée jusqu'au 30 juin, École en chantier."
    )
    floor = await queries.floor_of_school(system(), school)
    assert (floor.status, floor.rules[2].status, floor.rules[2].exempt_until) == (Status.met, Status.exempt, UNTIL)
    assert floor.rules[2].sentence.replace(NBSP, " ") == (
        "Exemptée jusqu'au 30 juin 2027 : École en chantier. Décision du 24 novembre 2026."
    )
    (event,) = [event for event in await timeline("school", school) if event.what == "floor.exempted"]
    assert event.why == "École en chantier."


async def test_an_exemption_from_all_ends_with_its_last_day_and_the_flags_open_then(ministry: Actor) -> None:
    school = await make_sized()
    with time_machine.travel(NOON):
        await operations.exempt(
            ministry, school=school, category=None, reason="Déménagement", until_day=date(2026, 11, 25)
        )
    assert (await operations.scan(system(), at=NOON + timedelta(days=1))).by_status[Status.exempt] == 1
    after = await operations.scan(system(), at=NOON + timedelta(days=2))
    assert (after.by_status[Status.below], after.opened) == (1, 3)


@time_machine.travel(NOON)
async def test_an_exemption_closes_the_flag_and_its_end_opens_another(ministry: Actor) -> None:
    school = await make_sized()
    await operations.scan(system())
    made = await operations.exempt(ministry, school=school, category=FLEET, reason="Chantier", until_day=UNTIL)
    assert (await operations.scan(system())).closed == 1
    assert FLEET not in await flags(school)
    assert await fetch_value("SELECT closed_reason FROM floor_flag WHERE closed_at IS NOT NULL") == "exempt"
    ended = await operations.end_exemption(ministry, made.id, why="Chantier fini")
    assert ended.ended_at is not None
    assert (await operations.scan(system())).opened == 1
    with pytest.raises(ExemptionEnded):
        await operations.end_exemption(ministry, made.id)
    with pytest.raises(NotFound):
        await operations.end_exemption(ministry, uuid4())


@time_machine.travel(NOON)
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"until_day": date(2026, 11, 23)}, "until_day"),
        ({"from_day": date(2027, 7, 1)}, "until_day"),
        ({"category": "piano"}, "category"),
    ],
)
async def test_a_wrong_exemption_says_which_field_and_writes_nothing(
    ministry: Actor, wrong: dict[str, object], field: str
) -> None:
    school = await make_sized()
    asked: dict[str, object] = {"category": FLEET, "reason": "Chantier", "until_day": UNTIL} | wrong
    with pytest.raises(Invalid) as refused:
        await operations.exempt(ministry, school=school, **asked)  # type: ignore[arg-type]
    assert list(refused.value.errors) == [field]
    assert await fetch_value("SELECT count(*) FROM floor_exemption") == 0


@time_machine.travel(NOON)
@pytest.mark.parametrize("second", [FLEET, None])
async def test_two_exemptions_never_cover_one_day_of_one_category(ministry: Actor, second: str | None) -> None:
    school = await make_sized()
    await operations.exempt(ministry, school=school, category=FLEET, reason="Chantier", until_day=UNTIL)
    with pytest.raises(AlreadyExempt):
        await operations.exempt(ministry, school=school, category=second, reason="Chantier", until_day=UNTIL)
    later = UNTIL + timedelta(days=1)
    await operations.exempt(ministry, school=school, category=second, reason="Suite", from_day=later, until_day=later)
    await operations.exempt(ministry, school=school, category=ROBOTS, reason="Chantier", until_day=UNTIL)


async def test_only_the_ministry_exempts_not_even_the_service() -> None:
    school = await make_sized()
    for who in (
        system(),
        await make_actor("board_admin", board="990000"),
        await make_actor("principal", school=school),
    ):
        with pytest.raises(Forbidden):
            await operations.exempt(who, school=school, category=FLEET, reason="Chantier", until_day=UNTIL)
    assert await fetch_value("SELECT count(*) FROM floor_exemption") == 0


async def test_the_board_takes_charge_of_its_flag() -> None:
    flag = await make_flag()
    who = await make_actor("purchasing", board="990000")
    found = await operations.acknowledge(who, flag, " Ana, 1 tablette, avant Noël ")
    assert (found.state, found.gap, found.school) == ("acknowledged", 1, "990001")
    assert await fetch_value("SELECT acknowledged_by FROM floor_flag") == who.person
    (event,) = [event for event in await timeline("school", "990001") if event.what == "floor.flag_acknowledged"]
    assert event.why == "Ana, 1 tablette, avant Noël"


async def test_a_flag_is_not_taken_in_charge_by_a_stranger_a_sibling_or_a_reader() -> None:
    flag = await make_flag()
    await make_school("990002")
    await make_school("991001", board="991000")
    strangers = (await make_actor("purchasing", board="991000"), await make_actor("principal", school="990002"))
    for who in strangers:
        with pytest.raises(NotFound):
            await operations.acknowledge(who, flag, "Moi")
    for who in (await make_actor("technician", board="990000"), await make_actor("ministry")):
        with pytest.raises(Forbidden):
            await operations.acknowledge(who, flag, "Moi")
    assert await flags("990001") == {FLEET: ("open", 1)}


async def test_a_note_is_needed_and_a_closed_flag_is_past() -> None:
    flag = await make_flag()
    who = await make_actor("principal", school="990001")
    with pytest.raises(Invalid):
        await operations.acknowledge(who, flag, "  ")
    with pytest.raises(NotFound):
        await operations.acknowledge(who, uuid4(), "Moi")
    await execute("UPDATE asset SET state = 'in_service'")
    await operations.scan(system(), at=NOON + timedelta(days=1))
    with pytest.raises(FlagClosed):
        await operations.acknowledge(who, flag, "Moi")


async def test_flags_are_listed_oldest_first_by_state_in_pages_to_those_who_may() -> None:
    await make_sized("990001")
    await operations.scan(system(), at=NOON)
    await make_sized("991001", board="991000")
    await operations.scan(system(), at=NOON + timedelta(days=1))
    ministry = await make_actor("ministry")
    first = await reads.list_flags(ministry, limit=4)
    rest = await reads.list_flags(ministry, limit=4, after=first.next)
    assert [flag.school for flag in (*first.items, *rest.items)] == ["990001"] * 3 + ["991001"] * 3
    assert rest.next is None
    board = await make_actor("purchasing", board="991000")
    assert {flag.school for flag in (await reads.list_flags(board)).items} == {"991001"}
    assert (await reads.list_flags(board, school="990001")).items == []
    assert (await reads.list_flags(ministry, state="closed")).items == []
    assert len((await reads.list_flags(ministry, board="990000", state="open")).items) == 3
    for wrong in ({"state": "gone"}, {"after": "eHh4"}, {"after": "WyJ4Il0"}, {"limit": 501}):
        with pytest.raises(Invalid):
            await reads.list_flags(ministry, **wrong)


async def test_a_board_cannot_write_a_flag_nor_an_exemption_by_itself() -> None:
    flag = await make_flag()
    who = await make_actor("board_admin", board="990000")
    for statement in (
        f"UPDATE floor_flag SET state = 'closed' WHERE id = '{flag}'",
        "UPDATE floor_exemption SET ended_at = now()",
        "UPDATE floor_assessment SET status = 'met'",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with transaction(who):
                await execute(statement)
