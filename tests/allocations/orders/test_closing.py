"""The rest of an order is given up: its money is free again, and nothing of it is awaited or ordered again."""

import pytest

from allocations.orders import closing, operations, waiting
from allocations.orders.rules import NothingToClose, NothingToOrder, State
from allocations.receipts import operations as receipts
from allocations.receipts.rules import LinesRefused
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import system
from kit.database import fetch_value, transaction
from kit.errors import Conflict, Invalid
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def test_closing_frees_what_did_not_come_and_keeps_what_did() -> None:
    await make_school()
    await make_product()
    envelope = await make_envelope("990001", 5_000_00)
    await make_approved(("appareil", 6), envelope=envelope)
    buyer, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    (order,) = await operations.build(buyer)
    await operations.send(buyer, order.number)
    await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=4)]))
    with pytest.raises(Invalid):
        await closing.close(buyer, order.number, reason="")

    closed = await closing.close(buyer, order.number, reason="Modèle retiré")

    assert closed.order.state is State.closed
    spent = 2_520_39 * 4 // 6
    assert await figures(envelope) == (5_000_00 - spent, 0, 0, spent)
    async with transaction(system()):
        assert await fetch_value("SELECT quantity FROM expected_delivery") == 4  # received, not at work yet
    with pytest.raises(NothingToOrder):
        await operations.build(buyer)
    with pytest.raises((Conflict, LinesRefused)):
        await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    with pytest.raises(NothingToClose):
        await closing.close(buyer, order.number, reason="Encore")


async def test_a_draft_closed_frees_what_was_reserved() -> None:
    await make_school()
    await make_product()
    envelope = await make_envelope("990001", 5_000_00)
    await make_approved(("appareil", 6), envelope=envelope)
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await operations.build(buyer)
    await closing.close(buyer, order.number, reason="Plus besoin")
    assert await figures(envelope) == (5_000_00, 0, 0, 0)
    assert (await waiting.preview(buyer)).selections == 0
