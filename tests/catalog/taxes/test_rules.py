from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.taxes.rules import Priced, add_up, price_invoice

RATES = {"gst": 50_000, "qst": 99_750}
REBATES = {"gst": 680_000, "qst": 470_000}

amounts = st.integers(0, 10_000_000_00)
lines = st.lists(amounts, min_size=1, max_size=40)
parts = st.integers(0, 1_000_000)
rates = st.fixed_dictionaries({"gst": parts, "qst": parts})


def priced(*before_tax: int) -> Priced:
    return price_invoice(before_tax, RATES, REBATES)


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def test_a_thousand_dollars_as_the_tax_office_counts_them() -> None:
    invoice = priced(1_000_00)
    assert (invoice.gst, invoice.qst, invoice.total) == (50_00, 99_75, 1_149_75)
    assert (invoice.gst_rebate, invoice.qst_rebate, invoice.net) == (34_00, 46_88, 1_068_87)


@pytest.mark.parametrize(("tablets", "net"), [(1, 420_07), (2, 840_13), (5, 2_100_33), (6, 2_520_39)])
def test_tablets_at_393_dollars(tablets: int, net: int) -> None:
    assert priced(tablets * 393_00).net == net


def test_taxes_are_rounded_once_an_invoice_and_never_a_line() -> None:
    together, apart = priced(*[10] * 10), [priced(10) for _ in range(10)]
    assert (together.gst, together.qst) == (5, 10)
    assert (add_up(apart).gst, add_up(apart).qst) == (10, 10)


def test_two_suppliers_are_two_invoices() -> None:
    basket = add_up([priced(10), priced(10)])
    assert basket.gst == 2 and priced(20).gst == 1
    assert len(basket.line_net) == 2


def test_a_tax_without_a_rebate_is_paid_in_full() -> None:
    assert price_invoice([1_000_00], RATES, {}).net == 1_149_75


def test_an_empty_invoice_costs_nothing() -> None:
    assert priced().net == 0 and priced().line_net == []
    assert add_up([]).net == 0


@given(lines, rates, rates)
def test_each_figure_is_the_exact_one_rounded_half_up(
    before_tax: list[int], some: dict[str, int], back: dict[str, int]
) -> None:
    invoice = price_invoice(before_tax, some, back)
    whole = sum(before_tax)
    assert invoice.gst == half_up(Fraction(whole * some["gst"], 1_000_000))
    assert invoice.qst == half_up(Fraction(whole * some["qst"], 1_000_000))
    assert invoice.gst_rebate == half_up(Fraction(invoice.gst * back["gst"], 1_000_000))
    assert invoice.qst_rebate == half_up(Fraction(invoice.qst * back["qst"], 1_000_000))


@given(lines)
def test_lines_add_up_to_the_invoice_and_none_is_off_by_a_cent_or_more(before_tax: list[int]) -> None:
    invoice = priced(*before_tax)
    assert sum(invoice.line_net) == invoice.net
    assert sum(invoice.line_total) == invoice.total == invoice.before_tax + invoice.gst + invoice.qst
    assert invoice.net == invoice.total - invoice.gst_rebate - invoice.qst_rebate
    if whole := sum(before_tax):
        for line, net in zip(before_tax, invoice.line_net, strict=True):
            assert abs(Fraction(line * invoice.net, whole) - net) < 1


@given(amounts, st.integers(1, 1_000_00))
def test_more_goods_never_cost_less(before_tax: int, more: int) -> None:
    """What lets a search halve its way to the quantity that fits."""
    assert priced(before_tax + more).net >= priced(before_tax).net + more


@given(amounts)
def test_a_school_pays_between_the_price_and_the_price_with_taxes(before_tax: int) -> None:
    assert before_tax <= priced(before_tax).net <= priced(before_tax).total
