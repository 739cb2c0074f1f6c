"""The only source of time. Tests freeze it with time-machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MONTREAL = ZoneInfo("America/Toronto")


_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """This instant, in UTC."""
    return _held.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at an instant for the block: so the demonstration, and it alone, tells what was done last year."""
    mark = _held.set(moment)
    try:
        yield
    finally:
        _held.reset(mark)


def today() -> date:
    """Today's date as a school reads it on the wall."""
    return now().astimezone(MONTREAL).date()


def school_year(day: date) -> str:
    """The school year (1 July to 30 June) of a day: `2026-2027`."""
    first = day.year if day.month >= 7 else day.year - 1
    return f"{first}-{first + 1}"


def school_year_bounds(year: str) -> tuple[date, date]:
    """First and last day of a school year written `2026-2027`."""
    first = int(year[:4])
    return date(first, 7, 1), date(first + 1, 6, 30)
