from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.receipts.rules import line_fault, months_later, spent
from kit.money import unit_cost


@given(charged=st.integers(0, 10**9), parts=st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_a_line_received_in_parts_costs_what_it_costs_whole(charged: int, parts: list[int]) -> None:
    quantity, before, total = sum(parts), 0, 0
    for part in parts:
        cost = spent(charged, quantity, before=before, now=part)
        assert cost == sum(unit_cost(charged, quantity, before + i + 1) for i in range(part))
        assert cost >= 0
        total, before = total + cost, before + part
    assert total == charged


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 8, 31), None, None),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: date, months: int | None, expected: date | None
) -> None:
    assert months_later(day, months) == expected


@pytest.mark.parametrize(
    ("wanted", "serials", "tracked", "words"),
    [
        (0, 0, True, "indiquez combien"),
        (3, 0, True, "1 unité est en trop"),
        (4, 0, True, "2 unités sont en trop"),
        (2, 3, True, "3 numéros de série pour 2"),
        (1, 1, False, "pas suivi à l'unité"),
        (2, 2, True, None),
        (2, 0, False, None),
    ],
)
def test_a_line_says_why_it_cannot_be_received(wanted: int, serials: int, tracked: bool, words: str | None) -> None:
    fault = line_fault(position=1, quantity=6, done=4, wanted=wanted, tracked=tracked, serials=serials)
    assert (fault is None) if words is None else (fault is not None and words in fault)
