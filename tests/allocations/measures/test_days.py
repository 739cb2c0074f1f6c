"""A measure's last day to commit holds where money is promised: a submission, an order."""

from datetime import timedelta

import pytest

from allocations.envelopes import queries as envelopes
from allocations.measures.operations import write_year
from allocations.measures.rules import TooLate
from allocations.measures.schemas import MeasureYearIn
from allocations.orders import operations as orders
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection
from kit.actor import system
from kit.clock import today
from kit.database import fetch_value
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def ended(days: int) -> None:
    """The measure's money was to be committed until so many days from today."""
    last = MeasureYearIn(last_commit_on=today() + timedelta(days=days), rest="recovered")
    await write_year(system(), "EX-COMBOS", "2026-2027", last)


async def test_a_basket_is_handed_in_until_the_last_day_to_commit() -> None:
    team = await make_actor("school_team", school=await make_school())
    await make_product()
    envelope = await make_envelope(cents=10_000_00)
    basket = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    basket = await operations.put_line(team, basket.number, NewLine(product="appareil", quantity=1), version=1)
    await ended(-1)
    with pytest.raises(TooLate, match="EX-COMBOS"):
        await decisions.submit(team, basket.number, version=basket.version)
    assert (await envelopes.one(team, envelope)).figures.reserved == 0
    await ended(0)
    assert (await decisions.submit(team, basket.number, version=basket.version)).state == "submitted"


async def test_an_order_is_sent_until_the_last_day_to_commit() -> None:
    await make_school()
    buyer = await make_actor("purchasing", board="990000")
    await make_product()
    approved = await make_approved(("appareil", 1))
    (order,) = await orders.build(buyer, selections=[approved])
    await ended(-1)
    with pytest.raises(TooLate):
        await orders.send(buyer, order.number)
    assert await fetch_value("SELECT state FROM purchase_order") == "draft"
    await ended(0)
    await orders.send(buyer, order.number)
    assert await fetch_value("SELECT state FROM purchase_order") == "sent"
