"""What is pressed in an order that nobody expects: no unit is invoiced and given up, and no money is given back twice."""

import pytest

from allocations.invoices import paying
from allocations.invoices.rules import CreditFor, ToDecide
from allocations.orders import amending, cancelling, closing, holding
from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders.handing import hand_over
from allocations.orders.rules import CameAlready, How, InvoicedAlready, OnHold, State
from allocations.orders.schemas import LineChange
from allocations.receipts import queries as receipt_queries
from allocations.receipts import undoing
from allocations.receipts.rules import Invoiced
from allocations.returns import operations as returns
from allocations.returns.rules import AskedFor, CreditedAlready, Kind, ReturnOver
from allocations.returns.schemas import NewReturn, ReturnedLine, ReturnOut
from kit.actor import system
from kit.database import execute, transaction
from kit.errors import Forbidden
from tests.allocations.invoices.desk import Desk, check_sums, line_of, make_desk
from tests.factories import figures

pytestmark = pytest.mark.usefixtures("db")

UNIT = 100_00


async def cables(quantity: int = 5) -> Desk:
    return await make_desk(("lot-cables", UNIT, quantity))


async def back(desk: Desk, units: int, kind: Kind) -> ReturnOut:
    new = NewReturn(kind=kind, reason="Défaut", lines=[ReturnedLine(position=1, quantity=units)])
    return await returns.send_back(desk.technician, desk.order, new)


async def invoiced(desk: Desk, units: int) -> str:
    made = await desk.invoice((1, units, UNIT))
    await desk.approve(made.invoice.number)
    return made.invoice.number


async def test_a_receipt_whose_units_are_invoiced_and_some_credited_since_is_not_undone() -> None:
    desk = await cables(6)
    await desk.receive(3)
    await desk.receive(2)
    invoice = await invoiced(desk, 5)
    await back(desk, 2, Kind.credit)
    note = await desk.credit(invoice, CreditFor.returned, (1, 2, UNIT))
    await desk.approve(note.invoice.number)
    # Sent back before the receipts as far as time goes, so that the units kept and invoiced alone forbid it.
    async with transaction(system()):
        await execute("UPDATE goods_return SET at = at - interval '1 day'")
    before = await figures(desk.envelope)
    last = max(await receipt_queries.of_order(desk.technician, desk.order), key=lambda one: one.number)
    with pytest.raises(Invoiced):
        await undoing.undo(desk.technician, last.number, why="Pas arrivé")
    assert await figures(desk.envelope) == before
    await check_sums()


async def test_a_return_is_not_cancelled_once_a_part_of_it_is_credited() -> None:
    desk = await cables()
    await desk.receive(5)
    invoice = await invoiced(desk, 5)
    first, second = await back(desk, 1, Kind.credit), await back(desk, 2, Kind.credit)
    note = await desk.credit(invoice, CreditFor.returned, (1, 2, UNIT))
    await desk.approve(note.invoice.number)
    with pytest.raises(CreditedAlready):
        await returns.cancel(desk.technician, second.number, reason="Réparé")
    await returns.cancel(
        desk.technician, first.number, reason="Réparé"
    )  # as many units are credited as went in the other
    line = await line_of(desk.order)
    assert (line["returned"], line["invoiced"]) == (2, 3)
    with pytest.raises(CreditedAlready):
        await returns.cancel(desk.technician, second.number, reason="Réparé")
    await check_sums()


async def test_units_that_are_invoiced_are_not_given_up_while_others_are_awaited_in_their_place() -> None:
    desk = await cables()
    await desk.receive(4)
    await invoiced(desk, 4)
    sent_back = await back(desk, 1, Kind.replacement)
    before = await figures(desk.envelope)
    with pytest.raises(InvoicedAlready):
        await closing.close(desk.buyer, desk.order, reason="Introuvable")
    with pytest.raises(InvoicedAlready):
        await amending.amend(desk.buyer, desk.order, [LineChange(position=1, quantity=0)], reason="Introuvable")
    assert await figures(desk.envelope) == before
    await amending.amend(
        desk.buyer, desk.order, [LineChange(position=1, quantity=1)], reason="La cinquième ne viendra pas"
    )
    # What cannot be replaced is asked in money: then nothing invoiced is awaited, and the order ends by its credit.
    await returns.cancel(desk.technician, sent_back.number, reason="Épuisé")
    await back(desk, 1, Kind.credit)
    assert (await order_queries.one(desk.buyer, desk.order)).order.state is State.received
    await check_sums()


async def test_an_order_whose_units_are_invoiced_is_not_cancelled_though_all_went_back() -> None:
    desk = await cables(2)
    await desk.receive(2)
    await invoiced(desk, 2)
    await back(desk, 2, Kind.replacement)
    before = await figures(desk.envelope)
    with pytest.raises(InvoicedAlready):
        await cancelling.cancel(desk.buyer, desk.order, reason="Rupture")
    assert await figures(desk.envelope) == before
    await check_sums()


async def test_a_sending_is_not_taken_back_once_goods_came_though_all_went_back() -> None:
    desk = await cables(2)
    async with transaction(system()):
        await execute("UPDATE outbox SET failed_at = now() WHERE about = $1", desk.order)
    await hand_over(desk.buyer, desk.order, how=How.phone)
    await desk.receive(2)
    await back(desk, 2, Kind.replacement)
    with pytest.raises(CameAlready):
        await orders.recall(desk.buyer, desk.order)
    await check_sums()


async def test_an_invoice_that_ended_its_order_is_taken_back_while_others_are_awaited() -> None:
    desk = await cables(2)
    await desk.receive(2)
    invoice = await invoiced(desk, 2)
    assert (await line_of(desk.order))["state"] == State.closed
    await back(desk, 1, Kind.replacement)
    await holding.hold(desk.buyer, desk.order, reason="Grève")
    await paying.cancel(desk.second, invoice, reason="Fausse")
    assert (await line_of(desk.order))["state"] == State.on_hold
    await holding.resume(desk.buyer, desk.order)
    assert (await line_of(desk.order))["state"] == State.part_received
    await check_sums()


async def test_a_return_of_an_order_on_hold_waits_until_it_is_taken_up() -> None:
    desk = await cables(2)
    await desk.receive(2)
    sent_back = await back(desk, 1, Kind.replacement)
    await holding.hold(desk.buyer, desk.order, reason="Grève")
    with pytest.raises(OnHold):
        await returns.cancel(desk.technician, sent_back.number, reason="Réparé")
    await holding.resume(desk.buyer, desk.order)
    await returns.cancel(desk.technician, sent_back.number, reason="Réparé")
    assert (await line_of(desk.order))["state"] == State.received
    await check_sums()


@pytest.mark.parametrize("closed", [False, True])
async def test_units_sent_back_that_no_invoice_ever_asks_for_give_their_money_back_once_somebody_says_so(
    closed: bool,
) -> None:
    desk = await cables(5)
    await desk.receive(3)
    invoice = await invoiced(desk, 2)
    sent_back = await back(desk, 1, Kind.credit)
    if closed:
        await closing.close(desk.buyer, desk.order, reason="Introuvable")
    free, _reserved, _committed, spent = await figures(desk.envelope)
    with pytest.raises(Forbidden):  # whoever receives says what came, not what will be paid
        await returns.settle(desk.technician, sent_back.number, note="Jamais facturé", never_invoiced=True)
    await returns.settle(desk.buyer, sent_back.number, note="Le fournisseur ne la facturera pas", never_invoiced=True)
    line = await line_of(desk.order)
    assert (line["settled"], line["state"]) == (1, State.closed if closed else State.part_received)
    after = await figures(desk.envelope)
    assert after[0] - free == spent - after[3] == line["charged_cents"] // 5
    await check_sums()
    with pytest.raises(ReturnOver):
        await returns.settle(desk.buyer, sent_back.number, note="Encore", never_invoiced=True)
    with pytest.raises(ToDecide):  # it is asked for after all: nobody pays for it unseen
        await desk.approve((await desk.invoice((1, 1, UNIT))).invoice.number)
    await paying.cancel(desk.second, invoice, reason="Fausse")
    await check_sums()


async def test_a_credit_that_is_said_to_have_come_gives_no_money_before_its_credit_note() -> None:
    desk = await cables(5)
    await desk.receive(3)
    invoice = await invoiced(desk, 3)
    sent_back = await back(desk, 1, Kind.credit)
    before = await figures(desk.envelope)
    with pytest.raises(AskedFor):
        await returns.settle(desk.buyer, sent_back.number, note="Jamais facturé", never_invoiced=True)
    await returns.settle(desk.technician, sent_back.number, note="Reçu par courriel")
    assert await figures(desk.envelope) == before
    note = await desk.credit(invoice, CreditFor.returned, (1, 1, UNIT))
    await desk.approve(note.invoice.number)
    assert (await figures(desk.envelope))[3] < before[3]
    await check_sums()
