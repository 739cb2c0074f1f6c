from datetime import date, timedelta

import pytest

from allocations.envelopes import queries as envelopes
from allocations.envelopes.rules import Figures
from allocations.projects import operations, queries
from allocations.projects.rules import ByFormula, NoCall, NoSuchProject, NotOpen, State, WrongHolder, WrongTurn
from allocations.projects.schemas import CallIn, NewProject, ProjectChange, ProjectOut
from allocations.years.rules import YearClosed
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")
YEAR = "2026-2027"


def call_in(first: int = -10, last: int = 10) -> CallIn:
    return CallIn(opens_on=today() + timedelta(days=first), closes_on=today() + timedelta(days=last), note="FP et FGA")


def new(school: str | None = "990001", cents: int = 8_000_00) -> NewProject:
    return NewProject(measure="EX-COMBOS", year=YEAR, school=school, title="Atelier mobile", asked_cents=cents)


async def called() -> tuple[Actor, Actor]:
    """A call of today; the principal of 990001, somebody of the ministry."""
    await make_school("990001")
    await make_school("991001", board="991000")
    await execute("UPDATE measure SET mode = 'a_posteriori'")
    ministry = await make_actor("ministry")
    await operations.write_call(ministry, "EX-COMBOS", YEAR, call_in())
    return await make_actor("principal", school="990001"), ministry


async def submitted(who: Actor, cents: int = 8_000_00) -> ProjectOut:
    project = await operations.draft(who, new(cents=cents))
    return await operations.submit(who, project.number, version=project.version)


async def test_a_school_proposes_the_ministry_approves_less_and_the_envelope_gets_it() -> None:
    principal, ministry = await called()
    project = await submitted(principal)
    assert (project.number, project.state) == ("PR-990-2026-0001", State.submitted)

    done = await operations.approve(ministry, project.number, cents=6_000_00, reason="Sans la laveuse", version=2)

    assert (done.state, done.asked_cents, done.approved_cents) == (State.approved, 8_000_00, 6_000_00)
    envelope = await envelopes.of_measure(principal, "990001", "EX-COMBOS", YEAR)
    assert envelope.figures == Figures(6_000_00)
    (row,) = await fetch("SELECT kind, about_kind, about, reason, actor_name FROM ledger_entry")
    assert tuple(row.values()) == (
        "allocation", "project", project.number, "Projet PR-990-2026-0001 approuvé", ministry.name,
    )  # fmt: skip
    told = await operations.report(principal, project.number, "Douze groupes y ont travaillé.")
    assert (told.state, told.report) == (State.reported, "Douze groupes y ont travaillé.")
    assert (await operations.report(principal, project.number, "Treize.")).report == "Treize."


async def test_an_envelope_that_exists_grows_by_what_is_approved() -> None:
    principal, ministry = await called()
    await make_envelope("990001", 500_00)
    await operations.approve(ministry, (await submitted(principal)).number)
    await operations.approve(ministry, (await submitted(principal, 1_00)).number)
    assert (await envelopes.of_measure(principal, "990001", "EX-COMBOS", YEAR)).figures == Figures(8_501_00)


async def test_a_refusal_says_why_and_gives_nothing() -> None:
    principal, ministry = await called()
    project = await submitted(principal)
    with pytest.raises(Invalid):
        await operations.refuse(ministry, project.number, reason=" ")
    done = await operations.refuse(ministry, project.number, reason="Hors programme")
    assert (done.state, done.reason, done.approved_cents) == (State.refused, "Hors programme", None)
    assert await fetch("SELECT 1 FROM envelope") == []
    with pytest.raises(WrongTurn):
        await operations.approve(ministry, project.number)


async def test_a_draft_is_written_anew_and_what_is_handed_in_is_not() -> None:
    principal, _ministry = await called()
    project = await operations.draft(principal, new())
    written = ProjectChange(title="Atelier", description="Robots", asked_cents=9_000_00)
    changed = await operations.change(principal, project.number, written, version=1)
    assert (changed.title, changed.asked_cents, changed.version) == ("Atelier", 9_000_00, 2)
    with pytest.raises(Stale):
        await operations.change(principal, project.number, written, version=1)
    await operations.submit(principal, project.number)
    with pytest.raises(WrongTurn):
        await operations.change(principal, project.number, written)
    back = await operations.withdraw(principal, project.number)
    assert (back.state, back.submitted_at) == (State.draft, None)


async def test_a_call_takes_proposals_on_its_days_alone() -> None:
    principal, ministry = await called()
    project = await operations.draft(principal, new())
    await operations.write_call(ministry, "EX-COMBOS", YEAR, call_in(-10, -1), version=1)
    with pytest.raises(NotOpen):
        await operations.submit(principal, project.number)
    assert not (await queries.call(principal, "EX-COMBOS", YEAR)).open
    with pytest.raises(NoCall):
        await operations.draft(
            principal, NewProject(measure="EX-COMBOS", year="2027-2028", school="990001", title="A", asked_cents=1)
        )


async def test_only_who_holds_the_measure_proposes() -> None:
    principal, ministry = await called()
    officer = await make_actor("purchasing", board="990000")
    with pytest.raises(WrongHolder):
        await operations.draft(officer, new(None))
    await execute("UPDATE measure SET holder = 'board'")
    with pytest.raises(WrongHolder):
        await operations.draft(principal, new())
    project = await operations.draft(officer, new(None))
    await operations.submit(officer, project.number)
    await operations.approve(ministry, project.number)
    (row,) = await fetch("SELECT board, school, allocated_cents FROM envelope")
    assert tuple(row.values()) == ("990000", None, 8_000_00)


async def test_a_team_prepares_and_does_not_hand_in() -> None:
    await called()
    team = await make_actor("school_team", school="990001")
    project = await operations.draft(team, new())
    with pytest.raises(Forbidden):
        await operations.submit(team, project.number)


async def test_a_project_is_its_school_s_its_board_s_and_once_handed_in_the_ministry_s() -> None:
    principal, ministry = await called()
    project = await operations.draft(principal, new())
    with pytest.raises(NoSuchProject):
        await queries.one(ministry, project.number)
    await operations.submit(principal, project.number)
    assert (await queries.listing(ministry)).items[0].number == project.number
    assert (await queries.listing(await make_actor("purchasing", board="990000"))).items[0].number == project.number
    for stranger in (await make_actor("purchasing", board="991000"), await make_actor("principal", school="991001")):
        assert (await queries.listing(stranger)).items == []
        with pytest.raises(NoSuchProject):
            await queries.one(stranger, project.number)
        with pytest.raises(NotFound):
            await operations.draft(stranger, new())
    auditor = await make_actor("auditor", board="990000")
    assert (await queries.one(auditor, project.number)).title == "Atelier mobile"
    with pytest.raises(Forbidden):
        await operations.withdraw(auditor, project.number)


async def test_a_person_of_the_ministry_decides_and_nobody_else() -> None:
    principal, _ministry = await called()
    project = await submitted(principal)
    for who in (principal, await make_actor("purchasing", board="990000"), system()):
        with pytest.raises(Forbidden):
            await operations.approve(who, project.number)
        with pytest.raises(Forbidden):
            await operations.refuse(who, project.number, reason="Non")


async def test_the_ministry_calls_for_projects_of_measures_given_on_approval() -> None:
    principal, ministry = await called()
    with pytest.raises(Forbidden):
        await operations.write_call(principal, "EX-COMBOS", YEAR, call_in())
    with pytest.raises(Invalid):
        await operations.write_call(
            ministry, "EX-COMBOS", YEAR, CallIn(opens_on=date(2027, 1, 2), closes_on=date(2027, 1, 1))
        )
    with pytest.raises(Stale):
        await operations.write_call(ministry, "EX-COMBOS", YEAR, call_in(), version=7)
    with pytest.raises(NotFound):
        await operations.write_call(ministry, "50590", YEAR, call_in())
    await execute("UPDATE measure SET mode = 'a_priori'")
    with pytest.raises(ByFormula):
        await operations.write_call(ministry, "EX-COMBOS", YEAR, call_in())


async def test_a_closed_year_gives_nothing_and_still_takes_reports() -> None:
    principal, ministry = await called()
    given, waiting = await submitted(principal), await submitted(principal)
    await operations.approve(ministry, given.number)
    await execute("INSERT INTO school_year (code, state, version) VALUES ('2026-2027', 'closed', 1)")
    with pytest.raises(YearClosed):
        await operations.approve(ministry, waiting.number)
    with pytest.raises(YearClosed):
        await operations.draft(principal, new())
    assert (await operations.report(principal, given.number, "Fait.")).state is State.reported
