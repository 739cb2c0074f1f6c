"""Three-way match by hand."""

from typing import Any
from uuid import UUID

import pytest

from allocations.invoices import matching, words
from allocations.invoices.costing import Printed, PrintedLine, charges
from allocations.invoices.matching import Left, Tolerance, match_credit, match_invoice
from allocations.invoices.rules import CreditFor, LineKind
from kit.i18n import use_language
from tests.allocations.invoices.test_costing import BEFORE, KEYS, TODAY, fact, goods, paper

TOLERANT = Tolerance(price_ppm=20_000, price_cents=5_00, extra_cents=10_00)


def kinds(
    lines: list[PrintedLine], printed: Printed | None = None, tolerance: Tolerance = TOLERANT, **of: Any
) -> list[str]:
    facts = {KEYS[0]: fact(**of)}
    return [each.kind for each in match_invoice(lines, printed or paper(lines), TODAY, facts, tolerance)]


def test_what_was_ordered_received_and_asked_alike_is_no_difference() -> None:
    assert kinds([goods(KEYS[0], 6, 393_00)]) == []


def test_more_units_than_came_hold_the_invoice_whatever_anybody_decides() -> None:
    lines = [goods(KEYS[0], 6, 393_00)]
    (found,) = match_invoice(lines, paper(lines), TODAY, {KEYS[0]: fact(received=4)}, TOLERANT)
    assert (found.kind, found.expected, found.found, found.blocking) == ("quantity", 4, 6, True)
    with use_language("fr"):
        assert words.sentence(found).startswith("Ligne 1\u00a0: facturé 6, reçu 4.")


def test_what_is_invoiced_already_is_not_invoiced_again() -> None:
    assert kinds([goods(KEYS[0], 3, 393_00)], invoiced=4, invoiced_cents=4 * 393_00) == ["quantity"]


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        (393_00, []),
        (393_83, []),
        (393_84, ["price_above"]),
        (392_17, []),
        (392_16, ["price_below"]),
        (0, ["price_below"]),
    ],
)
def test_a_price_is_let_by_within_the_smaller_of_two_limits(unit: int, found: list[str]) -> None:
    assert kinds([goods(KEYS[0], 6, unit)]) == found  # 2 % of 2 358.00 is 47.16: 5.00 is the smaller


def test_without_a_tolerance_a_cent_is_a_difference() -> None:
    assert kinds([goods(KEYS[0], 6, 393_01)], tolerance=Tolerance()) == ["price_above"]
    assert kinds([goods(KEYS[0], 6, 393_00)], tolerance=Tolerance()) == []


def test_small_differences_of_part_invoices_do_not_add_up_unseen() -> None:
    before: dict[str, Any] = {"invoiced": 5, "invoiced_cents": 5 * 393_00 + 4_00}
    assert kinds([goods(KEYS[0], 1, 394_50)], **before) == ["price_above"]
    assert kinds([goods(KEYS[0], 1, 394_50)]) == []
    assert kinds([goods(KEYS[0], 1, 393_00)], **before) == []  # at the right price there is nothing to say


def test_what_is_not_ordered_is_told_apart() -> None:
    stranger = PrintedLine(LineKind.goods, None, 1, 20_00, 20_00, True, "Sacoche")
    freight = PrintedLine(LineKind.freight, None, 1, 12_00, 12_00, True)
    assert kinds([goods(KEYS[0], 6, 393_00), stranger]) == ["unknown_line"]
    assert kinds([goods(KEYS[0], 6, 393_00), freight]) == ["extra"]
    assert (
        kinds([goods(KEYS[0], 6, 393_00), freight._replace(before_tax_cents=10_00, unit_before_tax_cents=10_00)]) == []
    )


def test_a_paper_that_does_not_add_up_is_no_invoice() -> None:
    lines = [goods(KEYS[0], 6, 393_00)]
    right = paper(lines)
    assert kinds(lines, right._replace(total=right.total + 1)) == ["total"]
    assert kinds(lines, Printed(right.before_tax + 1, right.gst, right.qst, right.total + 1)) == ["sum"]
    assert {"sum", "total"} <= matching.BLOCKING
    wrong = [lines[0]._replace(before_tax_cents=2_300_00)]
    assert kinds(wrong) == ["line_amount", "price_below"]


def test_taxes_rounded_line_by_line_are_let_by_and_those_of_another_day_are_named() -> None:
    lines = [goods(KEYS[0], 1, 10_07), goods(KEYS[0], 1, 10_07), goods(KEYS[0], 1, 10_07)]
    right = paper(lines)
    by_line = right._replace(qst=right.qst + 3, total=right.total + 3)
    facts = {KEYS[0]: fact(unit=10_07, quantity=3, received=3)}
    assert match_invoice(lines, by_line, TODAY, facts, TOLERANT) == []
    far = right._replace(qst=right.qst + 4, total=right.total + 4)
    assert [each.kind for each in match_invoice(lines, far, TODAY, facts, TOLERANT)] == ["tax"]
    old = {KEYS[0]: fact(taxes=BEFORE)}
    many = [goods(KEYS[0], 6, 393_00)]
    (found,) = match_invoice(many, paper(many, BEFORE), TODAY, old, TOLERANT)
    assert (found.kind, found.about, found.cents) == ("tax_other_day", "qst", 224_01 - 235_21)


def credit(lines: list[PrintedLine], why: CreditFor, left: dict[UUID, Left], **of: Any) -> list[str]:
    facts = {KEYS[0]: fact(**of)}
    costs = charges(lines, paper(lines), TODAY, facts, with_units=why is not CreditFor.price)
    found = match_credit(lines, paper(lines), TODAY, facts, TOLERANT, credit_for=why, left=left, costs=costs)
    return [each.kind for each in found]


WHOLE = {KEYS[0]: Left(6, 6 * 393_00, 6 * 393_00, 6)}


def test_a_credit_is_for_what_was_sent_back_at_the_price_that_was_asked() -> None:
    one = [goods(KEYS[0], 1, 393_00)]
    assert credit(one, CreditFor.returned, WHOLE, returned=1) == []
    assert credit(one, CreditFor.returned, WHOLE) == ["not_returned"]
    assert credit(one, CreditFor.returned, WHOLE, returned=1, credited=1) == ["not_returned"]
    assert credit([goods(KEYS[0], 1, 300_00)], CreditFor.returned, WHOLE, returned=1) == ["price_below"]


def test_no_more_is_credited_than_was_invoiced_and_not_twice() -> None:
    after = {KEYS[0]: Left(0, 0, 6 * 393_00, 6)}
    assert credit([goods(KEYS[0], 6, 393_00)], CreditFor.whole, WHOLE) == []
    assert credit([goods(KEYS[0], 6, 393_00)], CreditFor.whole, after) == ["over_credit", "over_credit"]
    assert credit([goods(KEYS[0], 6, 400_00)], CreditFor.price, WHOLE) == ["over_credit"]
    assert credit([goods(KEYS[0], 6, 3_00)], CreditFor.price, WHOLE) == []
    assert credit([goods(KEYS[0], 5, 393_00)], CreditFor.whole, WHOLE) == ["price_below"]
