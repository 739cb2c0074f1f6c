"""Presses on invoices at one moment: each counts once, and every cent is where turns would have left it."""

import asyncio

import pytest

from allocations.invoices import approving, entering, paying, queries, rules
from allocations.invoices.rules import CreditFor, Outcome, State
from allocations.invoices.schemas import Decide
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.errors import Refused
from tests.allocations.invoices.desk import check_sums, line_of, make_desk
from tests.factories import figures

pytestmark = pytest.mark.usefixtures("committed")

TABLETS = ("tablette", 393_00, 6)


async def test_the_same_paper_entered_by_two_people_at_once_is_there_once() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    new = await desk.paper((1, 6, 393_00))
    results = await asyncio.gather(
        *(entering.enter(who, new) for who in (desk.buyer, desk.second, desk.buyer)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["InvoiceFile", "SameNumber", "SameNumber"]


async def test_an_invoice_approved_twice_at_once_moves_money_once() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 400_00))).invoice.number
    decision = Decide(outcome=Outcome.accept, reason="Vu")
    results = await asyncio.gather(
        *(approving.decide(desk.second, number, decision) for _n in range(3)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["InvoiceFile", "NotOpen", "NotOpen"]
    assert (await line_of(desk.order))["corrected_cents"] == 44_89
    await check_sums()


async def test_two_invoices_for_the_same_units_are_not_both_approved() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    numbers = [(await desk.invoice((1, units, 393_00))).invoice.number for units in (4, 5)]
    results = await asyncio.gather(*(desk.approve(number) for number in numbers), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["InvoiceFile", "ToDecide"]
    assert (await line_of(desk.order))["invoiced"] in (4, 5)
    await check_sums()


@pytest.mark.parametrize("attempt", range(3))
async def test_a_credit_and_a_cancelling_at_once_leave_one_of_them(attempt: int) -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.approve((await desk.invoice((1, 6, 393_00))).invoice.number)).invoice.number
    await desk.send_back(1, 2)
    before = await figures(desk.envelope)
    note = await desk.paper((1, 2, 393_00), kind=rules.Kind.credit_note, credits=number, credit_for=CreditFor.returned)
    entered, cancelled = await asyncio.gather(
        entering.enter(desk.buyer, note), paying.cancel(desk.second, number, reason="Erreur"), return_exceptions=True
    )
    assert isinstance(entered, Refused) != isinstance(cancelled, Refused), (entered, cancelled)
    assert await figures(desk.envelope) == before
    await check_sums()


async def test_a_receipt_and_an_approval_at_once_wait_for_each_other() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(4)
    number = (await desk.invoice((1, 6, 393_00))).invoice.number
    come = Receive(lines=[ReceivedLine(position=1, quantity=2)])
    approved, received = await asyncio.gather(
        desk.approve(number), receipts.receive(desk.technician, desk.order, come), return_exceptions=True
    )
    assert not isinstance(received, BaseException), received
    if isinstance(approved, BaseException):
        assert isinstance(approved, rules.ToDecide)
        assert (await queries.one(desk.buyer, number)).invoice.state is State.matched  # the receipt matched it again
        await desk.approve(number)
    assert (await line_of(desk.order))["invoiced"] == 6
    await check_sums()
