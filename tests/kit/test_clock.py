"""Days are those on a school's wall, whatever the clock of the machine."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from kit.clock import school_year, school_year_bounds, today


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 1, 3, 59, tzinfo=UTC), date(2026, 6, 30)),  # summer: four hours behind
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), date(2026, 12, 31)),  # winter: five
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), date(2026, 3, 7)),  # the day of 23 hours
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), date(2026, 11, 1)),  # the day of 25 hours
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_today_is_the_day_in_montreal(instant: datetime, day: date) -> None:
    with time_machine.travel(instant, tick=False):
        assert today() == day


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 6, 30), "2025-2026"),
        (date(2026, 7, 1), "2026-2027"),
        (date(2026, 12, 31), "2026-2027"),
        (date(2027, 1, 1), "2026-2027"),
        (date(2027, 6, 30), "2026-2027"),
    ],
)
def test_a_school_year_begins_on_1_july_and_ends_on_30_june(day: date, year: str) -> None:
    assert school_year(day) == year
    first, last = school_year_bounds(year)
    assert first <= day <= last
