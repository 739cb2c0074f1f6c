"""A ticket from its opening to its answer, and what it does to its asset."""

import re
from datetime import date

import pytest

from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import State as AssetState
from inventory.tickets import operations, queries
from inventory.tickets.rules import State, StepRefused
from inventory.tickets.schemas import TicketOut
from kit.actor import Actor
from kit.clock import school_year, today
from kit.database import execute, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_school, new_unit

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def technician(db: None) -> Actor:
    await make_school("990001")
    await make_school("990002")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def team(technician: Actor) -> Actor:
    return await make_actor("school_team", school="990001")


@pytest.fixture
async def tag(technician: Actor) -> str:
    (asset,) = await assets.receive_units(technician, [new_unit(name="Tablette", serial="S1")])
    await assets.put_into_service(technician, [asset.tag])
    return asset.tag


async def state_of(who: Actor, tag: str) -> AssetState:
    return (await asset_queries.by_tags(who, [tag]))[0].state


async def opened(who: Actor, tag: str, *, out_of_service: bool = False) -> TicketOut:
    return await operations.open_ticket(who, tag, subject="Écran noir", out_of_service=out_of_service)


async def test_a_school_team_opens_a_ticket_numbered_in_the_boards_year(team: Actor, tag: str) -> None:
    first, second = await opened(team, tag), await opened(team, tag)
    year = school_year(today())[:4]
    assert (first.number, second.number) == (f"B-990-{year}-0001", f"B-990-{year}-0002")
    assert re.fullmatch(r"B-\d{3}-\d{4}-\d{4}", first.number)
    assert (first.state, first.asset, first.opened_by_name) == (State.open, tag, team.name)
    assert await state_of(team, tag) is AssetState.in_service
    assert [ticket.number for ticket in (await asset_queries.one(team, tag)).open_tickets] == [
        first.number,
        second.number,
    ]


async def test_a_device_reported_out_of_service_stops_counting_with_the_ticket_as_reason(team: Actor, tag: str) -> None:
    ticket = await opened(team, tag, out_of_service=True)
    assert ticket.asset_state == AssetState.out_of_service
    file = await asset_queries.one(team, tag)
    assert not file.asset.counts
    assert file.timeline[0].why == f"Billet {ticket.number}"
    assert file.timeline[0].actor_name == team.name


async def test_a_school_opens_no_ticket_on_its_siblings_device(technician: Actor, tag: str) -> None:
    sibling = await make_actor("school_team", school="990002")
    with pytest.raises(NotFound):
        await opened(sibling, tag, out_of_service=True)
    assert await state_of(technician, tag) is AssetState.in_service
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_who_only_reads_opens_none(tag: str) -> None:
    with pytest.raises(Forbidden):
        await opened(await make_actor("auditor", board="990000"), tag)


async def test_a_retired_device_gets_no_ticket(technician: Actor, team: Actor, tag: str) -> None:
    await assets.retire(technician, tag, why="Fin de vie")
    with pytest.raises(Conflict) as refused:
        await opened(team, tag)
    assert refused.value.detail == "Cet appareil n'est plus en service."


async def test_a_ticket_says_what_is_wrong(team: Actor, tag: str) -> None:
    with pytest.raises(Invalid) as refused:
        await operations.open_ticket(team, tag, subject="  ")
    assert refused.value.errors.keys() == {"subject"}


async def test_the_whole_way_to_an_answer(technician: Actor, team: Actor, tag: str) -> None:
    ticket = await opened(team, tag, out_of_service=True)
    taken = await operations.take(technician, ticket.number, version=ticket.version)
    assert (taken.state, taken.assigned_name) == (State.in_progress, technician.name)
    waiting = await operations.put_on_hold(
        technician, ticket.number, why="Pièce commandée", expected_on=date(2027, 1, 15)
    )
    assert (waiting.state, waiting.expected_on) == (State.waiting, date(2027, 1, 15))
    with pytest.raises(Invalid) as refused:
        await operations.close(technician, ticket.number, answer="Écran remplacé.")
    assert refused.value.errors == {"returns_to_service": "Dites si l'appareil retourne en service."}

    closed = await operations.close(technician, ticket.number, answer=" Écran remplacé. ", returns_to_service=True)

    assert (closed.state, closed.answer) == (State.closed, "Écran remplacé.")
    assert closed.closed_at is not None
    assert await state_of(team, tag) is AssetState.in_service
    assert [event.what for event in (await queries.one(team, ticket.number)).timeline] == [
        "ticket.closed",
        "ticket.on_hold",
        "ticket.taken",
        "ticket.opened",
    ]


async def test_closing_needs_an_answer(technician: Actor, tag: str) -> None:
    ticket = await opened(technician, tag)
    with pytest.raises(Invalid) as refused:
        await operations.close(technician, ticket.number, answer=" ")
    assert refused.value.detail == "Répondez en une phrase\u00a0: elle sera lue sur la page de suivi."
    assert (await queries.one(technician, ticket.number)).state is State.open


async def test_a_device_that_is_beyond_repair_stays_out_of_service(technician: Actor, tag: str) -> None:
    ticket = await opened(technician, tag, out_of_service=True)
    await operations.close(technician, ticket.number, answer="Irréparable.", returns_to_service=False)
    assert await state_of(technician, tag) is AssetState.out_of_service


async def test_a_device_comes_back_only_when_its_last_ticket_lets_it(technician: Actor, tag: str) -> None:
    first, second = [await opened(technician, tag, out_of_service=True) for _ in range(2)]
    await operations.close(technician, first.number, answer="Réparé.", returns_to_service=True)
    assert await state_of(technician, tag) is AssetState.out_of_service
    await operations.close(technician, second.number, answer="Réparé aussi.", returns_to_service=True)
    assert await state_of(technician, tag) is AssetState.in_service


async def test_triage_takes_a_device_out_and_back(technician: Actor, tag: str) -> None:
    ticket = await opened(technician, tag)
    out = await operations.set_out_of_service(technician, ticket.number, True)
    assert (out.out_of_service, out.asset_state) == (True, AssetState.out_of_service)
    same = await operations.set_out_of_service(technician, ticket.number, True)
    assert same.version == out.version
    back = await operations.set_out_of_service(technician, ticket.number, False, version=out.version)
    assert (back.out_of_service, back.asset_state) == (False, AssetState.in_service)


async def test_a_device_not_yet_in_service_stays_received(technician: Actor) -> None:
    (asset,) = await assets.receive_units(technician, [new_unit()])
    ticket = await opened(technician, asset.tag, out_of_service=True)
    assert ticket.asset_state == AssetState.received
    await operations.close(technician, ticket.number, answer="Rien à signaler.")
    assert await state_of(technician, asset.tag) is AssetState.received


async def test_a_school_reopens_what_still_fails_and_the_former_answer_stays(
    technician: Actor, team: Actor, tag: str
) -> None:
    ticket = await opened(team, tag)
    await operations.close(technician, ticket.number, answer="Redémarré.")
    again = await operations.reopen(team, ticket.number, why="Toujours noir", out_of_service=True)
    assert (again.state, again.answer, again.closed_at) == (State.open, "", None)
    assert await state_of(team, tag) is AssetState.out_of_service
    assert "Redémarré." in [event.why for event in again.timeline]
    with pytest.raises(StepRefused):
        await operations.reopen(team, ticket.number, why="Encore")


async def test_a_school_does_not_triage(team: Actor, tag: str) -> None:
    ticket = await opened(team, tag)
    for attempt in (
        operations.take(team, ticket.number),
        operations.put_on_hold(team, ticket.number, why="Pièce"),
        operations.set_out_of_service(team, ticket.number, True),
        operations.close(team, ticket.number, answer="Réglé."),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert (await queries.one(team, ticket.number)).version == ticket.version


async def test_a_stale_version_is_refused(technician: Actor, tag: str) -> None:
    ticket = await opened(technician, tag)
    await operations.take(technician, ticket.number)
    with pytest.raises(Stale):
        await operations.close(technician, ticket.number, answer="Réglé.", version=ticket.version)


async def test_a_closed_ticket_takes_no_comment(technician: Actor, tag: str) -> None:
    ticket = await opened(technician, tag)
    await operations.close(technician, ticket.number, answer="Réglé.")
    with pytest.raises(StepRefused) as refused:
        await operations.comment(technician, ticket.number, body="Merci")
    assert refused.value.detail == f"Le billet {ticket.number} est fermé. Rouvrez-le d'abord."


# Internal lines


async def test_internal_lines_and_their_trace_never_reach_a_school(technician: Actor, team: Actor, tag: str) -> None:
    ticket = await opened(team, tag)
    await operations.comment(technician, ticket.number, body="Troisième bris cette année", internal=True)
    await operations.comment(technician, ticket.number, body="Apportez-le au local 12.")
    seen_by_team = await operations.comment(team, ticket.number, body="D'accord.")
    seen_by_board = await queries.one(technician, ticket.number)

    assert [line.body for line in seen_by_team.comments] == ["Apportez-le au local 12.", "D'accord."]
    assert len(seen_by_board.comments) == 3
    assert "ticket.noted" not in [event.what for event in seen_by_team.timeline]
    assert "ticket.noted" in [event.what for event in seen_by_board.timeline]


async def test_the_database_itself_hides_internal_lines_from_schools(technician: Actor, team: Actor, tag: str) -> None:
    """Not the query alone: a forgotten condition must not show them."""
    ticket = await opened(team, tag)
    await operations.comment(technician, ticket.number, body="Interne", internal=True)
    await operations.comment(technician, ticket.number, body="Pour tous")
    async with transaction(team):
        assert await fetch_value("SELECT string_agg(body, '|') FROM ticket_comment") == "Pour tous"
    async with transaction(technician):
        assert await fetch_value("SELECT count(*) FROM ticket_comment") == 2


async def test_a_school_writes_no_internal_line_even_by_hand(team: Actor, tag: str) -> None:
    ticket = await opened(team, tag)
    with pytest.raises(Forbidden):
        await operations.comment(team, ticket.number, body="Secret", internal=True)
    with pytest.raises(Exception, match="row-level security"):
        async with transaction(team):
            await execute(
                "INSERT INTO ticket_comment (ticket, board, school, at, author_name, body, internal)"
                " SELECT id, board, school, now(), 'x', 'Secret', true FROM ticket WHERE number = $1",
                ticket.number,
            )


# Lists


async def test_the_queue_is_oldest_first_and_pages_follow_each_other(technician: Actor, team: Actor, tag: str) -> None:
    numbers = [(await opened(team, tag)).number for _ in range(5)]
    await operations.close(technician, numbers[1], answer="Réglé.")
    open_ones = [number for number in numbers if number != numbers[1]]

    first = await queries.queue(technician, limit=3)
    second = await queries.queue(technician, limit=3, after=first.next)
    assert [ticket.number for ticket in [*first.items, *second.items]] == open_ones
    assert second.next is None
    assert [t.number for t in (await queries.queue(technician, state=State.closed)).items] == [numbers[1]]

    newest = await queries.of_school(team, "990001", limit=4)
    rest = await queries.of_school(team, "990001", limit=4, after=newest.next)
    assert [ticket.number for ticket in [*newest.items, *rest.items]] == numbers[::-1]


async def test_neighbours_and_siblings_have_empty_queues(technician: Actor, team: Actor, tag: str) -> None:
    ticket = await opened(team, tag)
    await make_school("991001", board="991000")
    for stranger in (await make_actor("technician", board="991000"), await make_actor("principal", school="990002")):
        assert (await queries.queue(stranger)).items == []
        assert (await queries.of_school(stranger, "990001")).items == []
        with pytest.raises(NotFound):
            await queries.one(stranger, ticket.number)
        with pytest.raises(NotFound):
            await operations.comment(stranger, ticket.number, body="Bonjour")


@pytest.mark.parametrize("after", ["xx", "WyJhIiwgImIiXQ", "WzEsIDJd"])  # noise, ["a", "b"], [1, 2]
async def test_a_place_that_we_never_gave_is_refused(technician: Actor, after: str) -> None:
    with pytest.raises(Invalid):
        await queries.queue(technician, after=after)
