"""Baskets that nobody ordered and orders that were never sent, when their year ends: released, and their people told. Once."""

from uuid import UUID

import pytest

from allocations.envelopes.balance import unbalanced
from allocations.orders import cancelling, holding
from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.selections import decisions
from allocations.selections import operations as selections
from allocations.selections import queries as selection_queries
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from allocations.selections.words import answer
from allocations.years import operations, releasing, rest
from allocations.years.ending_rules import NotEnding, StillHeld
from kit.actor import Actor, system
from kit.database import fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"
UNIT = 420_07


@pytest.fixture
async def envelope(db: None) -> UUID:
    await make_school()
    await make_product()
    return await make_envelope(cents=10_000_00)


@pytest.fixture
async def buyer(envelope: UUID) -> Actor:
    return await make_actor("purchasing", board="990000")


async def submitted(team: Actor) -> SelectionOut:
    made = await selections.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    made = await selections.put_line(
        team, made.number, NewLine(product="appareil", quantity=1), version=made.version
    )  # fmt: skip
    return await decisions.submit(team, made.number, version=made.version)


async def closing() -> None:
    await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")


async def test_what_nobody_ordered_is_released_once_and_its_people_are_told(buyer: Actor, envelope: UUID) -> None:
    team, principal = [await make_actor(role, school="990001") for role in ("school_team", "principal")]
    ministry = await make_actor("ministry")
    waiting, approved = await submitted(team), await submitted(team)
    await decisions.approve(principal, approved.number, version=approved.version)
    (draft,) = await orders.build(buyer, selections=[await make_approved(("appareil", 2), envelope=envelope)])
    (held,) = await orders.build(buyer, selections=[await make_approved(("appareil", 1), envelope=envelope)])
    await holding.hold(buyer, held.number, reason="Modèle à vérifier")
    (sent,) = await orders.build(buyer, selections=[await make_approved(("appareil", 1), envelope=envelope)])
    await orders.send(buyer, sent.number)
    with pytest.raises(NotEnding):
        await releasing.release(ministry, YEAR, reason="Fin")
    await closing()

    before = await figures(envelope)
    found = await releasing.preview(ministry, YEAR)
    assert (found.baskets, found.orders, found.cents, found.applied) == (2, 2, before[1], False)
    assert {(line.kind, line.number, line.state) for line in found.lines} == {
        ("selection", waiting.number, "submitted"), ("selection", approved.number, "approved"),
        ("order", draft.number, "draft"), ("order", held.number, "on_hold"),
    }  # fmt: skip
    assert await figures(envelope) == before
    with pytest.raises(StillHeld, match="4 paniers ou bons non envoyés et 1 bon à recevoir"):
        await operations.close(ministry, YEAR, reason="Comptes reçus")
    with pytest.raises(Invalid):
        await releasing.release(ministry, YEAR, reason=" ")

    done = await releasing.release(ministry, YEAR, reason="Les commandes sont closes.")
    assert (done.baskets, done.orders, done.cents, done.applied) == (2, 2, before[1], True)
    assert await figures(envelope) == (10_000_00 - UNIT, 0, UNIT, 0)
    for number in (waiting.number, approved.number):
        basket = await selection_queries.one(team, number)
        assert (basket.state, basket.decision_reason) == ("withdrawn", f"Exercice {YEAR} fermé")
        assert f"l'exercice {YEAR} se ferme" in answer(basket, by_board=False)
        assert all(one.voided_because == "year" for one in basket.approvals)
    assert {(await order_queries.one(buyer, one)).order.state for one in (draft.number, held.number)} == {"closed"}
    again = await releasing.release(ministry, YEAR, reason="Encore")
    assert (again.lines, again.cents) == ([], 0)
    async with transaction(system()):
        messages = {
            row["recipient"]: row["body"]
            for row in await fetch("SELECT recipient, body FROM outbox WHERE kind = 'year.released'")
        }
        assert await fetch_value("SELECT count(*) FROM event WHERE what = 'year.released'") == 1
    assert messages.keys() == {team.email, principal.email, buyer.email}
    assert waiting.number in messages[team.email] and approved.number in messages[principal.email]
    assert draft.number in messages[buyer.email] and "Les commandes sont closes." in messages[buyer.email]
    assert sent.number not in "".join(messages.values())
    assert await unbalanced(system()) == []


async def test_of_a_basket_that_was_ordered_in_part_the_rest_alone_is_released(buyer: Actor, envelope: UUID) -> None:
    await make_product("robot", supplier="autre", cents=100_00)
    number = await make_approved(("appareil", 1), ("robot", 1), envelope=envelope)
    first, second = await orders.build(buyer, selections=[number])
    await orders.send(buyer, first.number)
    await orders.send(buyer, second.number)
    await closing()
    await cancelling.cancel(buyer, second.number, reason="Rupture de stock")
    free, reserved, committed, _spent = await figures(envelope)
    done = await releasing.release(system(), YEAR, reason="Fin")
    assert [(line.number, line.state, line.cents) for line in done.lines] == [(number, "ordered", reserved)]
    assert await figures(envelope) == (free + reserved, 0, committed, 0)
    assert (await selection_queries.one(buyer, number)).state == "ordered"
    assert (await releasing.preview(system(), YEAR)).lines == []
    assert await unbalanced(system()) == []

    # The other order falls too: what it held waits again, the released part does not, and the school may take the basket back.
    await cancelling.cancel(buyer, first.number, reason="Rupture de stock")
    assert (await figures(envelope))[1] == committed
    team = await make_actor("school_team", school="990001")
    basket = await selection_queries.one(team, number)
    await decisions.withdraw(team, number, version=basket.version)
    assert await figures(envelope) == (10_000_00, 0, 0, 0)
    assert await unbalanced(system()) == []


async def test_a_basket_on_its_way_in_when_the_year_closed_is_released_afterwards(envelope: UUID) -> None:
    await operations.close(system(), YEAR, reason="Comptes reçus")
    await make_approved(("appareil", 1), envelope=envelope)  # as a submission that began before
    assert (await rest.apply(system(), YEAR, reason="Règle")).waiting == 1
    assert (await releasing.release(system(), YEAR, reason="Fin")).cents == UNIT
    assert (await rest.apply(system(), YEAR, reason="Règle")).waiting == 0


async def test_the_ministry_alone_releases(buyer: Actor, envelope: UUID) -> None:
    await make_approved(("appareil", 1), envelope=envelope)
    await closing()
    for who in (buyer, await make_actor("principal", school="990001"), await make_actor("auditor", board="990000")):
        with pytest.raises(Forbidden):
            await releasing.preview(who, YEAR)
        with pytest.raises(Forbidden):
            await releasing.release(who, YEAR, reason="Fin")
    assert (await figures(envelope))[1] == UNIT
