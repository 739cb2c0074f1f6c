"""Taxes that change in the middle of a year: from that day on, never before."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

from catalog.taxes import operations
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import RateInOrder, price_invoice
from catalog.taxes.schemas import NewRate, NewRebate
from kit.actor import system
from kit.errors import Forbidden
from tests.factories import make_actor, make_board

pytestmark = pytest.mark.usefixtures("db")
BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 15, tzinfo=UTC)):
        yield


async def _net(day: date) -> int:
    taxes = await rates_on(system(), day)
    return price_invoice([1_000_00], taxes.rates, taxes.rebates).net


async def test_a_rate_that_changes_in_mid_year_counts_from_its_day_on() -> None:
    ministry = await make_actor("ministry")
    listed = await operations.add_rate(ministry, NewRate(tax="gst", ppm=60_000, from_day=AFTER, source="Budget 2027"))

    assert await _net(BEFORE) == 1_068_87
    assert await _net(AFTER) == 1_072_07  # 60.00 less 40.80 for the GST, 52.87 net of the QST
    ours = [(found.ppm, found.from_day, found.until_day) for found in listed if found.tax == "gst" and not found.body]
    assert ours == [(60_000, AFTER, None), (50_000, date(2013, 1, 1), BEFORE)]


async def test_a_rebate_that_changes_in_mid_year_is_that_of_its_bodies_alone() -> None:
    ministry = await make_actor("ministry")
    new = NewRebate(tax="qst", body="school", ppm=0, from_day=AFTER, source="Loi de 2027")
    await operations.add_rebate(ministry, new)
    await operations.add_rebate(ministry, NewRebate(tax="qst", body="college", ppm=500_000, from_day=AFTER, source="x"))

    assert await _net(BEFORE) == 1_068_87
    assert await _net(AFTER) == 1_115_75  # 16.00 of GST, the whole 99.75 of QST
    assert (await rates_on(system(), AFTER, body="college")).rebates == {"qst": 500_000}


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2013, 1, 1)])
async def test_no_rate_begins_in_the_past(day: date) -> None:
    ministry = await make_actor("ministry")
    with pytest.raises(RateInOrder):
        await operations.add_rate(ministry, NewRate(tax="gst", ppm=60_000, from_day=day, source="x"))
    assert await _net(AFTER) == 1_068_87


async def test_a_second_change_comes_after_the_first() -> None:
    ministry = await make_actor("ministry")
    await operations.add_rate(ministry, NewRate(tax="gst", ppm=60_000, from_day=AFTER, source="x"))
    with pytest.raises(RateInOrder) as refused:
        await operations.add_rate(ministry, NewRate(tax="gst", ppm=70_000, from_day=AFTER, source="x"))
    assert "2 janvier 2027" in str(refused.value).replace("\u00a0", " ")


async def test_only_the_ministry_changes_taxes() -> None:
    await make_board("990000")
    for role in ("purchasing", "board_admin", "technician"):
        actor = await make_actor(role, board="990000")
        with pytest.raises(Forbidden):
            await operations.add_rate(actor, NewRate(tax="gst", ppm=0, from_day=AFTER, source="x"))
        with pytest.raises(Forbidden):
            new = NewRebate(tax="gst", body="school", ppm=0, from_day=AFTER, source="x")
            await operations.add_rebate(actor, new)
    assert await _net(AFTER) == 1_068_87
