"""Which published ranks still count. Pure."""

from datetime import date


def first_day(day: date) -> date:
    """The oldest count whose ranks still hold on this day: of 30 September of the year before the school year's own."""
    start = day.year if (day.month, day.day) >= (9, 30) else day.year - 1
    return date(start - 1, 9, 30)
