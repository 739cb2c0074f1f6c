"""Thresholds of the law: what is said before a tender, at publication, and of orders that look split."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.procurement.rules import (
    Kind,
    Law,
    Sum,
    Warned,
    check_reason,
    check_threshold,
    level,
    split_over,
    unexplained,
    watch,
)
from kit.errors import Invalid

LAW = Law(tender_cents=139_000_00, publication_cents=25_000_00, split_days=30)
CENTS = st.integers(1, 200_000_00)


def said(own: int, year: int, near: Sequence[int] = (), law: Law = LAW) -> list[Warned]:
    year_sum = Sum(total_cents=year, untendered_cents=year)
    return list(watch(family="f", name="Robots", own_cents=own, year=year_sum, near_orders=near, law=law))


def test_under_four_fifths_of_a_tender_nothing_is_said() -> None:
    assert said(1_000_00, 111_199_99) == []
    assert [each.kind for each in said(1_000_00, 111_200_00)] == ["near"]


def test_the_sentence_is_the_desk_s_and_a_reason_is_asked_from_the_threshold_on() -> None:
    (warned,) = said(1_000_00, 139_000_00)
    assert (warned.kind, warned.asks_reason, warned.threshold_cents) == ("tender", True, 139_000_00)
    assert warned.sentence.replace("\u00a0", " ").replace("\u202f", " ") == (
        "12 mois, cette famille : 139 000,00 $; seuil d'appel d'offres : 139 000,00 $. Un achat ne doit pas être fractionné."
    )
    assert [each.asks_reason for each in said(1_000_00, 138_999_99)] == [False]


def test_one_order_of_the_amount_of_publication_is_published_and_asks_no_reason() -> None:
    (warned,) = said(25_000_00, 25_000_00)
    assert (warned.kind, warned.asks_reason) == ("publication", False)
    assert said(24_999_99, 24_999_99) == []


def test_three_orders_each_under_a_threshold_that_they_pass_together_look_split() -> None:
    (warned,) = said(9_000_00, 27_000_00, near=(9_000_00, 9_000_00))
    assert (warned.kind, warned.orders, warned.sum_cents, warned.threshold_cents) == ("split", 3, 27_000_00, 25_000_00)
    assert warned.asks_reason


def test_an_order_that_passes_by_itself_was_not_split_for_it() -> None:
    assert split_over(26_000_00, (9_000_00,), LAW) is None
    assert split_over(9_000_00, (26_000_00,), LAW) is None  # the other one is published


def test_what_a_tendered_contract_supplies_is_not_counted_against_it() -> None:
    assert said(0, 500_000_00, near=(24_000_00, 24_000_00)) == []


def test_with_no_threshold_known_nothing_is_said() -> None:
    assert said(90_000_00, 900_000_00, near=(20_000_00,), law=Law()) == []


@given(own=CENTS, others=st.lists(CENTS, max_size=6), more=CENTS)
def test_a_threshold_that_looks_split_is_passed_by_all_and_by_none(own: int, others: list[int], more: int) -> None:
    passed = split_over(own, others, LAW)
    if passed is not None:
        assert max(own, *others) < passed <= own + sum(others)
    together = [cents for cents in (139_000_00, 25_000_00) if max([own, *others]) < cents <= own + sum(others)]
    assert passed == (max(together) if together and others else None)
    assert split_over(own, [], LAW) is None
    assert (split_over(own, [*others, more], Law(tender_cents=1, publication_cents=1, split_days=1))) is None


@given(cents=st.integers(0, 300_000_00))
def test_a_family_is_near_then_over_and_never_back(cents: int) -> None:
    order = ["", "near", "over"]
    assert order.index(level(cents, 139_000_00)) <= order.index(level(cents + 1, 139_000_00))
    assert (level(cents, 139_000_00) == "over") == (cents >= 139_000_00)
    assert level(cents, None) == ""


def test_each_sentence_that_asks_a_reason_is_told_once() -> None:
    assert len(unexplained([*said(1_00, 139_000_00), *said(1_00, 139_000_00), *said(25_000_00, 1)])) == 1


@pytest.mark.parametrize(
    ("kind", "cents", "days", "source"),
    [
        (Kind.tender, None, 30, "loi"), (Kind.tender, 1, 30, "loi"), (Kind.splitting, 1, None, "loi"),
        (Kind.splitting, None, None, "loi"), (Kind.publication, 1, None, "  "),
    ],
)  # fmt: skip
def test_a_threshold_is_an_amount_or_days_and_says_where_it_is_written(
    kind: Kind, cents: int | None, days: int | None, source: str
) -> None:
    with pytest.raises(Invalid):
        check_threshold(kind, before_tax_cents=cents, days=days, source=source)


def test_a_reason_says_something() -> None:
    assert check_reason("  Urgence sanitaire. ") == "Urgence sanitaire."
    with pytest.raises(Invalid):
        check_reason("  ")
