"""Prices follow one another: one at a time, none rewritten."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.rules import DaysOutOfOrder, PriceTaken, Span, place

FIRST = date(2026, 7, 1)
SPANS = st.lists(
    st.builds(
        lambda cents, start, length: Span(
            cents, FIRST + timedelta(days=start), None if length is None else FIRST + timedelta(days=start + length)
        ),
        st.integers(1, 5),
        st.integers(0, 30),
        st.none() | st.integers(0, 10),
    ),
    max_size=12,
)


@given(SPANS)
def test_one_price_at_a_time_and_no_amount_is_ever_lost(wanted: list[Span]) -> None:
    history: list[Span] = []
    for new in wanted:
        try:
            placed = place(history, new)
        except PriceTaken:
            assert any(span.from_day == new.from_day and span.cents != new.cents for span in history)
            continue
        before = {span.from_day: span.cents for span in history}
        if placed.known:
            history = [
                Span(s.cents, s.from_day, placed.until_day) if s.from_day == new.from_day else s for s in history
            ]
        else:
            if placed.ends:
                history = [
                    Span(s.cents, s.from_day, placed.ends[1]) if s.from_day == placed.ends[0] else s for s in history
                ]
            history.append(Span(new.cents, new.from_day, placed.until_day))
        assert before.items() <= {span.from_day: span.cents for span in history}.items()
        assert all(span.until_day is None or span.from_day <= span.until_day for span in history)
        for day in range(45):
            assert sum(span.holds(FIRST + timedelta(days=day)) for span in history) <= 1


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(DaysOutOfOrder):
        place([], Span(100, FIRST, FIRST - timedelta(days=1)))


def test_a_price_set_between_two_ends_before_the_next() -> None:
    history = [Span(100, FIRST, FIRST + timedelta(days=9)), Span(120, FIRST + timedelta(days=10))]
    placed = place(history, Span(110, FIRST + timedelta(days=5)))

    assert placed.ends == (FIRST, FIRST + timedelta(days=4))
    assert placed.until_day == FIRST + timedelta(days=9)


def test_the_refusal_says_the_amount_and_the_day() -> None:
    with pytest.raises(PriceTaken) as refused:
        place([Span(393_00, FIRST)], Span(400_00, FIRST))
    assert "393,00\u00a0$ commence déjà le 1er\u00a0juillet\u00a02026" in refused.value.detail
