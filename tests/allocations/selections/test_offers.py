"""What a basket is priced at: quantity breaks, contracts, écofrais on lines of their own, and prices that move under a draft."""

from datetime import date

import pytest

from allocations.selections import decisions, operations, price_moves, reading
from allocations.selections.repricing import reprice
from allocations.selections.rules import PricesHold
from allocations.selections.schemas import LineChange, NewLine, PriceOut, SelectionOut
from catalog.fees.operations import add as add_fee
from catalog.fees.schemas import NewEcoFee
from kit.clock import today
from kit.database import execute, fetch, fetch_value
from kit.errors import Stale
from tests.allocations.selections.conftest import Desk
from tests.catalog.making import make_contract, make_price
from tests.factories import make_actor, make_school

LOWER = date(2026, 9, 1)


async def _price(desk: Desk, basket: SelectionOut) -> PriceOut:
    return await reading.price(desk.team, basket.number)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


async def test_units_of_all_lines_together_reach_a_quantity_break(desk: Desk) -> None:
    await make_price("appareil", 350_00, minimum=4)
    basket = await desk.basket(2)
    assert (await _price(desk, basket)).before_tax_cents == 786_00
    basket = await operations.put_line(
        desk.team, basket.number, NewLine(product="appareil", quantity=2, use="bibliothèque"), version=2
    )
    priced = await _price(desk, basket)
    assert [item.unit_before_tax_cents for item in priced.invoices[0].items] == [350_00, 350_00]


async def test_no_fewer_are_advised_where_a_quantity_break_would_be_lost(desk: Desk) -> None:
    await make_price("appareil", 390_00, minimum=6)
    basket = await desk.basket(6)
    priced = await _price(desk, basket)
    assert not priced.fit.fits
    assert [(line.remove, line.sentence) for line in priced.lines] == [(None, "")]


async def test_ecofrais_are_a_taxable_line_of_the_same_invoice_which_no_floor_counts(desk: Desk) -> None:
    ministry = await make_actor("ministry")
    new = NewEcoFee(product="appareil", before_tax_cents=2_00, from_day=today(), source="ARPE-Québec")
    await add_fee(ministry, new)
    basket = await desk.basket(2)
    priced = await _price(desk, basket)

    (invoice,) = priced.invoices
    assert [(item.name, item.quantity, item.before_tax_cents) for item in invoice.items] == [
        ("appareil", 2, 786_00),
        ("Écofrais – appareil", 2, 4_00),
    ]
    assert (priced.before_tax_cents, priced.gst_cents, priced.qst_cents) == (790_00, 39_50, 78_80)
    assert priced.units == {"flotte-appareils": 2}
    assert sum(item.net_cents for item in invoice.items) == priced.net_cents

    await decisions.submit(desk.team, basket.number, version=basket.version)
    frozen = await _price(desk, basket)
    assert (frozen.net_cents, frozen.units) == (priced.net_cents, priced.units)
    assert [item.name for item in frozen.invoices[0].items] == ["appareil", "Écofrais – appareil"]


async def test_what_is_submitted_keeps_its_contract_the_end_of_its_price_and_what_it_escapes(desk: Desk) -> None:
    contract = await make_contract("achat", boards=["990000"])
    await make_price("appareil", 380_00, contract="achat", until_day=date(2099, 6, 30))
    basket = await desk.basket(1)
    await decisions.submit(desk.team, basket.number, version=basket.version)
    (item,) = await fetch("SELECT contract, mandatory_contract, price_until FROM selection_item")
    assert tuple(item) == (contract, None, date(2099, 6, 30))
    (shown,) = (await _price(desk, basket)).invoices[0].items
    assert (shown.contract, shown.outside_contract) == ("DP-achat", False)


async def test_a_purchase_outside_a_mandatory_contract_is_said_and_kept_for_the_order(desk: Desk) -> None:
    contract = await make_contract("cag", binds_all=True, kinds=["appareil"])
    basket = await desk.basket(1)
    priced = await _price(desk, basket)
    (notice,) = priced.notices
    assert (notice.kind, notice.product) == ("outside_contract", "appareil")
    assert _plain(notice.sentence) == (
        "« appareil » : contrat obligatoire. Choisissez-le, ou joignez l'attestation et la justification."
    )
    assert priced.ready
    await decisions.submit(desk.team, basket.number, version=basket.version)
    assert await fetch_value("SELECT mandatory_contract FROM selection_item") == contract


async def test_a_submitted_basket_takes_the_contract_that_it_escaped_though_it_costs_the_same(desk: Desk) -> None:
    contract = await make_contract("cag", binds_all=True, kinds=["appareil"])
    buyer = await make_actor("purchasing", board="990000")
    basket = await desk.basket(1)
    submitted = await decisions.submit(desk.team, basket.number, version=basket.version)
    with pytest.raises(PricesHold):
        await reprice(buyer, basket.number, version=submitted.version)
    await make_price("appareil", 393_00, contract="cag")
    again = await reprice(buyer, basket.number, version=submitted.version)
    assert (again.state, again.charged_cents) == (submitted.state, submitted.charged_cents)
    (item,) = await fetch("SELECT contract, mandatory_contract FROM selection_item")
    assert tuple(item) == (contract, None)


async def test_a_price_that_moves_under_a_draft_is_said_in_it_and_in_the_list_until_it_is_taken(desk: Desk) -> None:
    basket, other = await desk.basket(1), await desk.basket(2)
    assert (await _price(desk, basket)).notices == []
    assert (await price_moves.moves(desk.team)).items == []
    await make_price("appareil", 380_00, supplier="autre", from_day=LOWER)

    (notice,) = (await _price(desk, basket)).notices
    assert _plain(notice.sentence) == (
        "« appareil » : le prix est passé de 393,00 $ à 380,00 $ depuis que vous l'avez choisi."
    )
    first = await price_moves.moves(desk.team, limit=1)
    rest = await price_moves.moves(desk.team, limit=1, after=first.next)
    moved = first.items + rest.items
    assert [(move.number, move.seen_cents, move.now_cents) for move in moved] == [
        (basket.number, 393_00, 380_00),
        (other.number, 393_00, 380_00),
    ]
    with pytest.raises(Stale):
        await price_moves.take_prices(desk.team, basket.number, version=1)
    taken = await price_moves.take_prices(desk.team, basket.number, version=basket.version)
    assert (await _price(desk, taken)).notices == []
    assert [move.number for move in (await price_moves.moves(desk.team)).items] == [other.number]


async def test_a_line_that_is_changed_has_seen_the_price_of_that_day(desk: Desk) -> None:
    basket = await desk.basket(1)
    await make_price("appareil", 380_00, supplier="autre", from_day=LOWER)
    line = basket.lines[0].id
    basket = await operations.change_line(
        desk.team, basket.number, line, LineChange(quantity=2), version=basket.version
    )
    assert (await _price(desk, basket)).notices == []


async def test_another_schools_drafts_are_not_listed_and_a_price_that_ends_is(desk: Desk) -> None:
    basket = await desk.basket(1)
    await execute("UPDATE price SET until_day = '2026-06-30'")
    await make_school("990002")
    stranger = await make_actor("school_team", school="990002")

    assert (await price_moves.moves(stranger)).items == []
    (move,) = (await price_moves.moves(desk.officer)).items
    assert (move.number, move.expired_on) == (basket.number, date(2026, 6, 30))
    assert "prix échu le 30 juin 2026" in _plain(move.sentence)


async def test_a_boards_own_price_is_paid_by_its_schools_alone(desk: Desk) -> None:
    await make_price("appareil", 420_00, board="990000", from_day=LOWER)
    assert (await _price(desk, await desk.basket(1))).before_tax_cents == 420_00
