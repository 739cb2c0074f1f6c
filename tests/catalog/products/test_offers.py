"""At which price a board buys: one function chooses among prices, by quantity, contract, board and day."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest

from catalog.products.offers import BoardOffer, offers_for
from kit.database import execute, fetch_value, transaction
from tests.catalog.making import make_contract, make_price
from tests.factories import make_actor, make_board, make_product

pytestmark = pytest.mark.usefixtures("db")
DAY = date(2026, 11, 24)


async def _offer(product: UUID, *, board: str | None = "990000", quantity: int = 1, day: date = DAY) -> BoardOffer:
    return (await offers_for(board, [(product, quantity)], day))[product, quantity]


async def _costs(product: UUID, quantities: Iterable[int]) -> list[int]:
    return [(await _offer(product, quantity=quantity)).before_tax_cents for quantity in quantities]


async def test_more_units_have_the_price_of_the_highest_break_that_they_reach() -> None:
    product = await make_product("tablette", 400_00)
    await make_price("tablette", 390_00, minimum=10)
    await make_price("tablette", 350_00, minimum=50)

    assert await _costs(product, (1, 9, 10, 49, 50)) == [400_00, 400_00, 390_00, 390_00, 350_00]


async def test_a_contract_serves_only_whom_it_binds_and_only_while_it_runs() -> None:
    await make_board("990000")
    await make_board("991000")
    product = await make_product("tablette", 400_00)
    await make_contract("achat", boards=["990000"], until_day=date(2027, 6, 30))
    await make_price("tablette", 300_00, contract="achat")

    assert (await _offer(product)).before_tax_cents == 300_00
    assert (await _offer(product, board="991000")).before_tax_cents == 400_00
    assert (await _offer(product, board=None)).before_tax_cents == 400_00
    assert (await _offer(product, day=date(2027, 7, 1))).before_tax_cents == 400_00
    await execute("UPDATE contract SET closed_on = '2026-11-24'")
    assert (await _offer(product)).before_tax_cents == 400_00


async def test_a_mandatory_contract_comes_before_a_lower_price() -> None:
    await make_board("990000")
    product = await make_product("tablette", 400_00)
    contract = await make_contract("cag", binds_all=True, kinds=["appareil"])
    await make_price("tablette", 450_00, contract="cag")

    found = await _offer(product)

    assert (found.before_tax_cents, found.contract, found.outside) == (450_00, contract, None)


async def test_what_is_bought_outside_a_mandatory_contract_says_which() -> None:
    await make_board("990000")
    product = await make_product("tablette", 400_00)
    contract = await make_contract("cag", binds_all=True, kinds=["appareil"])

    found = await _offer(product)

    assert (found.before_tax_cents, found.contract, found.outside) == (400_00, None, contract)


async def test_a_boards_own_price_replaces_the_shared_one_of_its_supplier_and_is_seen_by_no_other() -> None:
    await make_board("990000")
    await make_board("991000")
    product = await make_product("tablette", 400_00)
    await make_price("tablette", 420_00, from_day=date(2026, 9, 1), board="990000")

    assert (await _offer(product)).before_tax_cents == 420_00
    assert (await _offer(product, board="991000")).before_tax_cents == 400_00
    other = await make_actor("purchasing", board="991000")
    async with transaction(other):
        assert await fetch_value("SELECT count(*) FROM price") == 1
    async with transaction(await make_actor("purchasing", board="990000")):
        assert await fetch_value("SELECT count(*) FROM price") == 2


async def test_a_price_in_force_comes_before_one_that_has_ended_and_the_last_ended_is_named() -> None:
    product = await make_product("tablette", 400_00)
    await execute("UPDATE price SET until_day = '2026-06-30'")
    found = await _offer(product)
    assert (found.before_tax_cents, found.expired_on) == (400_00, date(2026, 6, 30))

    await make_price("tablette", 500_00, supplier="autre", from_day=date(2026, 9, 1))
    found = await _offer(product)
    assert (found.before_tax_cents, found.expired_on) == (500_00, None)


async def test_a_price_with_a_last_day_is_taken_when_it_is_lower_than_one_without() -> None:
    product = await make_product("tablette", 400_00)
    await execute("UPDATE price SET until_day = '2027-06-30'")
    await make_price("tablette", 500_00, supplier="autre")

    assert (await _offer(product)).before_tax_cents == 400_00


async def test_nothing_wanted_and_nothing_priced_are_left_out() -> None:
    product = await make_product("tablette", 400_00)
    await execute("DELETE FROM price")

    assert await offers_for("990000", [], DAY) == {}
    assert await offers_for("990000", [(product, 1)], DAY) == {}
