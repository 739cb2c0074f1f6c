"""A closed school year is read, exported, received into; nothing else of it changes, whoever asks, until it is open again."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from allocations.envelopes.computing import compute
from allocations.orders import cancelling, closing, handing, numbering
from allocations.orders import operations as orders
from allocations.orders.rules import How
from allocations.orders.waiting import preview
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import changing, decisions, queues
from allocations.selections import operations as selections
from allocations.selections import queries as selection_queries
from allocations.selections.schemas import LineChange, NewLine, NewSelection, SelectionOut
from allocations.years import operations, queries
from allocations.years.rules import AlreadyClosed, NotBegun, NotClosed, State, YearClosed
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, transaction
from kit.errors import Forbidden, Invalid, Stale
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school, make_token
from tests.reading import forms, seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"
Do = Callable[[], Awaitable[Any]]


@pytest.fixture
async def envelope(db: None) -> UUID:
    await make_school()
    await make_product()
    return await make_envelope(cents=10_000_00)


@pytest.fixture
async def ministry() -> Actor:
    return await make_actor("ministry")


async def close() -> None:
    await operations.close(system(), YEAR, reason="Comptes reçus", anyway=True)


async def basket(team: Actor) -> SelectionOut:
    made = await selections.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    return await selections.put_line(team, made.number, NewLine(product="appareil", quantity=1), version=made.version)


async def test_no_basket_is_begun_changed_handed_on_decided_or_taken_back(envelope: UUID) -> None:
    team, principal = [await make_actor(role, school="990001") for role in ("school_team", "principal")]
    draft, submitted, other = [await basket(team) for _each in range(3)]
    submitted = await decisions.submit(team, submitted.number, version=submitted.version)
    withdrawn = await decisions.submit(team, other.number, version=other.version)
    withdrawn = await decisions.withdraw(team, withdrawn.number, version=withdrawn.version)
    line, before = draft.lines[0].id, await figures(envelope)
    await close()

    attempts: list[Do] = [
        lambda: basket(team),
        lambda: selections.put_line(team, draft.number, NewLine(product="appareil", quantity=1), version=draft.version),
        lambda: selections.change_line(team, draft.number, line, LineChange(quantity=2), version=draft.version),
        lambda: selections.remove_line(team, draft.number, line, version=draft.version),
        lambda: changing.change_lines(team, draft.number, {line: LineChange(quantity=2)}, version=draft.version),
        lambda: decisions.submit(team, draft.number, version=draft.version),
        lambda: decisions.approve(principal, submitted.number, version=submitted.version),
        lambda: decisions.refuse(principal, submitted.number, version=submitted.version, reason="Non"),
        lambda: decisions.withdraw(team, submitted.number, version=submitted.version),
        lambda: decisions.resume(team, withdrawn.number, version=withdrawn.version),
    ]
    for attempt in attempts:
        with pytest.raises(YearClosed) as refused:
            await attempt()
        assert f"L'exercice {YEAR} est fermé" in refused.value.detail
    assert await figures(envelope) == before
    for who, number in ((team, draft.number), (team, submitted.number), (principal, submitted.number)):
        assert (await selection_queries.one(who, number)).may == []
    assert (await queues.queue(principal)).items == []
    assert (await queues.to_decide(principal)).n == 0

    await operations.reopen(system(), YEAR, reason="Une facture manquait")
    approved = await decisions.approve(principal, submitted.number, version=submitted.version)
    assert approved.state == "approved"


async def test_no_envelope_is_computed_or_adjusted(envelope: UUID) -> None:
    await close()
    before = await figures(envelope)
    for dry_run in (True, False):
        with pytest.raises(YearClosed):
            await compute(system(), "EX-COMBOS", YEAR, dry_run=dry_run)
    assert await figures(envelope) == before


async def test_no_order_is_made_sent_or_given_back_but_what_is_on_the_way_is_received(envelope: UUID) -> None:
    buyer, technician = [await make_actor(role, board="990000") for role in ("purchasing", "technician")]
    numbers = [await make_approved(("appareil", 2), envelope=envelope) for _each in range(4)]
    (draft,) = await orders.build(buyer, selections=numbers[:1])
    (sent,) = await orders.build(buyer, selections=numbers[1:2])
    await orders.send(buyer, sent.number)
    (carried,) = await orders.build(buyer, selections=numbers[3:])
    await handing.hand_over(buyer, carried.number, how=How.phone)
    assert (await preview(buyer)).selections == 1
    await close()

    attempts: list[Do] = [
        lambda: orders.build(buyer, selections=numbers[2:3]),
        lambda: orders.send(buyer, draft.number),
        lambda: handing.hand_over(buyer, draft.number, how=How.phone),
        lambda: cancelling.cancel(buyer, draft.number, reason="Erreur"),
        lambda: cancelling.cancel(buyer, sent.number, reason="Erreur"),
        lambda: orders.recall(buyer, sent.number),
        lambda: orders.recall(buyer, carried.number),
        lambda: orders.promise(buyer, draft.number, expected_on=today()),
        lambda: numbering.give_own_number(buyer, draft.number, own="A-1"),
    ]
    for attempt in attempts:
        with pytest.raises(YearClosed):
            await attempt()
    assert (await preview(buyer)).selections == 0
    assert (await figures(envelope))[2] == 2 * 840_13

    await numbering.give_own_number(buyer, sent.number, own="A-1")
    await receipts.receive(technician, sent.number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await closing.close(buyer, sent.number, reason="Plus fabriqué")
    for rest in (draft, carried):
        await closing.close(buyer, rest.number, reason="Exercice fermé")
    free, reserved, committed, spent = await figures(envelope)
    assert (reserved, committed) == (840_13, 0)  # of the basket that was never ordered
    assert free + reserved + spent == 10_000_00


async def test_a_basket_of_another_year_is_ordered_all_the_same(envelope: UUID) -> None:
    buyer = await make_actor("purchasing", board="990000")
    await make_approved(("appareil", 1), envelope=envelope)
    other = await make_approved(("appareil", 1), envelope=await make_envelope(cents=10_000_00, year="2027-2028"))
    await close()
    (order,) = await orders.build(buyer)
    assert (order.year, order.units) == ("2027-2028", 1)
    assert (await selection_queries.one(buyer, other)).state == "ordered"


async def test_it_is_closed_once_with_a_reason_by_the_ministry_alone(ministry: Actor, envelope: UUID) -> None:
    for stranger in (await make_actor("purchasing", board="990000"), await make_actor("principal", school="990001")):
        with pytest.raises(Forbidden):
            await operations.close(stranger, YEAR, reason="Non")
    with pytest.raises(Invalid):
        await operations.close(ministry, YEAR, reason="  ")
    with pytest.raises(Invalid):
        await operations.close(ministry, "2026-2028", reason="Comptes reçus")
    with pytest.raises(NotBegun, match="2098-2099"):
        await operations.close(ministry, "2098-2099", reason="Comptes reçus")
    with pytest.raises(NotClosed):
        await operations.reopen(ministry, YEAR, reason="Une facture manquait")
    await basket(await make_actor("school_team", school="990001"))

    closed = await operations.close(ministry, YEAR, reason="Comptes reçus", version=0)
    assert (closed.state, closed.closed_by_name, closed.reason) == (State.closed, ministry.name, "Comptes reçus")
    assert (closed.baskets, closed.drafts, closed.awaited, closed.version) == (1, 0, 0, 1)
    with pytest.raises(AlreadyClosed):
        await operations.close(ministry, YEAR, reason="Encore")
    with pytest.raises(Stale):
        await operations.reopen(ministry, YEAR, reason="Une facture manquait", version=0)
    reopened = await operations.reopen(ministry, YEAR, reason="Une facture manquait", version=1)
    assert (reopened.state, reopened.closed_at, reopened.version) == (State.open, None, 2)


async def test_each_reads_the_years_with_what_is_their_own(ministry: Actor, envelope: UUID) -> None:
    await make_school("991001", board="991000")
    await basket(await make_actor("school_team", school="990001"))
    counts = {
        name: {year.code: year.baskets for year in await queries.listing(who)}
        for name, who in {
            "own": await make_actor("school_team", school="990001"),
            "board": await make_actor("purchasing", board="990000"),
            "other": await make_actor("purchasing", board="991000"),
            "ministry": ministry,
        }.items()
    }
    assert {name: years[YEAR] for name, years in counts.items()} == {"own": 1, "board": 1, "other": 0, "ministry": 1}


async def test_by_the_api_a_closed_year_refuses_in_a_sentence(client: httpx.AsyncClient, ministry: Actor) -> None:
    await make_school()
    await make_envelope()
    team = await make_actor("school_team", school="990001")
    mine, theirs = [{"authorization": f"Bearer {await make_token(who.email)}"} for who in (team, ministry)]
    path = f"/api/v1/years/{YEAR}/close"
    assert (await client.post(path, json={"reason": "Non"}, headers=mine)).status_code == 403
    closed = await client.post(path, json={"reason": "Comptes reçus"}, headers=theirs)
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    refused = await client.post(
        "/api/v1/selections", json={"school": "990001", "measure": "EX-COMBOS", "year": YEAR}, headers=mine
    )
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"L'exercice {YEAR} est fermé")
    listed = await client.get("/api/v1/years", headers=mine)
    assert {year["code"]: year["state"] for year in listed.json()}[YEAR] == "closed"


async def test_pages_of_a_closed_year_say_so_and_offer_nothing(client: httpx.AsyncClient, envelope: UUID) -> None:
    past = "2024-2025"
    team, buyer = await make_actor("school_team", school="990001"), await make_actor("purchasing", board="990000")
    old = await make_envelope(cents=10_000_00, year=past)
    number = await make_approved(("appareil", 1), envelope=old)
    async with transaction(system()):
        await execute("UPDATE selection SET year = $2 WHERE number = $1", number, past)
    (order,) = await orders.build(buyer)
    await operations.close(system(), past, reason="Comptes reçus", anyway=True)

    banner = f"Exercice {past} fermé. Lecture seule."
    await sign_in(client, team)
    for path in (f"/selections?year={past}", f"/selections/{number}", f"/envelopes?year={past}", f"/envelopes/{old}"):
        page = await client.get(path)
        assert banner in seen(page) and f"Voir {YEAR}" in seen(page), path
        assert [action for action in forms(page) if action.startswith(("/selections", "/catalogue"))] == [], path
        assert "Choisir au catalogue" not in seen(page)
    assert banner not in seen(await client.get("/selections"))
    await sign_in(client, buyer)
    page = await client.get(f"/orders/{order.number}")
    assert banner in seen(page)
    assert [action for action in forms(page) if action.startswith("/orders/")] == [f"/orders/{order.number}/close"]
    listed = await client.get(f"/orders?year={past}")
    assert banner in seen(listed) and order.number in listed.text
    taken = await client.get(f"/orders/export?year={past}")
    assert order.number in taken.text and "Exercice" in taken.text


async def test_the_ministry_closes_and_reopens_by_its_page(client: httpx.AsyncClient, ministry: Actor) -> None:
    await sign_in(client, ministry)
    page = await client.get(f"/years?do={YEAR}")
    assert "Cet exercice est en cours" in seen(page)
    nothing = await submit(client, page, f"/years/{YEAR}/close", reason=" ")
    assert nothing.status_code == 422 and "Écrivez pourquoi" in seen(nothing)
    assert (await submit(client, page, f"/years/{YEAR}/close", reason="Comptes reçus")).status_code == 303
    page = await client.get(f"/years?do={YEAR}")
    assert f"Exercice {YEAR} fermé" in seen(page) and "Comptes reçus" in seen(page)
    assert (await submit(client, page, f"/years/{YEAR}/reopen", reason="Une facture manquait")).status_code == 303
    assert not await queries.is_closed(system(), YEAR)

    await make_school()
    await sign_in(client, await make_actor("principal", school="990001"))
    assert [action for action in forms(await client.get(f"/years?do={YEAR}")) if action.startswith("/years")] == []
