"""A year that closes takes nothing new; open again for its accounts, it moves no money."""

from uuid import UUID

import pytest

from allocations.envelopes.computing import compute
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import operations as selections
from allocations.selections import submitting
from allocations.selections.schemas import NewLine, NewSelection
from allocations.years import operations
from allocations.years.rules import NotClosed, State, YearClosed, YearClosing
from kit.actor import Actor, system
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"


@pytest.fixture
async def envelope(db: None) -> UUID:
    await make_school()
    await make_product()
    return await make_envelope(cents=10_000_00)


async def test_while_it_closes_nothing_new_is_handed_on_and_what_is_approved_is_ordered(envelope: UUID) -> None:
    team, buyer = await make_actor("school_team", school="990001"), await make_actor("purchasing", board="990000")
    draft = await selections.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    draft = await selections.put_line(
        team, draft.number, NewLine(product="appareil", quantity=1), version=draft.version
    )
    approved = await make_approved(("appareil", 1), envelope=envelope)
    closing = await operations.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    assert (closing.state, closing.closed_at) == (State.closing, None)

    with pytest.raises(YearClosing, match="se ferme"):
        await submitting.submit(team, draft.number, version=draft.version)
    with pytest.raises(YearClosing):
        await selections.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    with pytest.raises(YearClosing):
        await compute(system(), "EX-COMBOS", YEAR)
    (order,) = await orders.build(buyer, selections=[approved])
    await orders.send(buyer, order.number)
    assert await figures(envelope) == (10_000_00 - 420_07, 0, 420_07, 0)


async def test_open_for_its_accounts_alone_it_refuses_as_a_closed_one(envelope: UUID) -> None:
    buyer, technician = [await make_actor(role, board="990000") for role in ("purchasing", "technician")]
    numbers = [await make_approved(("appareil", 1), envelope=envelope) for _each in range(2)]
    (order,) = await orders.build(buyer, selections=numbers[:1])
    await orders.send(buyer, order.number)
    with pytest.raises(NotClosed):
        await operations.report(system(), YEAR, reason="Une correction")
    await operations.close(system(), YEAR, reason="Comptes reçus", anyway=True)
    reporting = await operations.report(system(), YEAR, reason="Une correction")
    assert reporting.state is State.reporting and reporting.closed_at is not None

    team: Actor = await make_actor("school_team", school="990001")
    with pytest.raises(YearClosed):
        await selections.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=YEAR))
    with pytest.raises(YearClosed):
        await orders.build(buyer, selections=numbers[1:])
    await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    assert (await figures(envelope))[3] == 420_07
    assert (await operations.close(system(), YEAR, reason="Corrigé")).state is State.closed
