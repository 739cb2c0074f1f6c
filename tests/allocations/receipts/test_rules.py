from collections import Counter
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.receipts.rules import line_fault, months_later, spent, unit_costs
from kit.money import unit_cost


@given(charged=st.integers(0, 10**9), quantity=st.integers(1, 60), moves=st.lists(st.integers(-20, 20), max_size=12))
def test_what_is_spent_depends_on_what_is_here_alone_and_adds_up_to_the_line(
    charged: int, quantity: int, moves: list[int]
) -> None:
    here, total = 0, 0
    for move in [*moves, quantity]:
        after = min(max(here + move, 0), quantity)
        due = spent(charged, quantity, received=after) - total
        assert (due >= 0) == (after >= here) or due == 0
        here, total = after, total + due
    assert total == charged


@given(net=st.integers(0, 10**7), quantity=st.integers(1, 40), chance=st.randoms())
def test_units_that_come_back_leave_their_cost_to_those_that_come(net: int, quantity: int, chance: Random) -> None:
    here: list[int] = []
    for _n in range(20):
        if here and chance.random() < 0.4:
            here.pop(chance.randrange(len(here)))
        elif len(here) < quantity:
            now = chance.randint(1, quantity - len(here))
            new = unit_costs(net, quantity, taken=Counter(here), now=now)
            assert len(new) == now
            here += new
    here += unit_costs(net, quantity, taken=Counter(here), now=quantity - len(here)) if len(here) < quantity else []
    assert sum(here) == net and len(here) == quantity


def test_in_turn_the_units_of_a_line_cost_what_the_house_says() -> None:
    taken: list[int] = []
    for part in (1, 3, 2):
        taken += unit_costs(100, 6, taken=Counter(taken), now=part)
    assert taken == [unit_cost(100, 6, i + 1) for i in range(6)]


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
