"""How prices follow one another: one at a time for a product at a supplier, none ever rewritten. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kit.errors import Refused
from kit.i18n import date_long, lazy, money


class PriceTaken(Refused):
    """Another amount already starts on that day."""

    sentence = lazy(
        "Un prix de {cents} commence déjà le {day} chez ce fournisseur. Un prix n'est jamais récrit : donnez-en un autre premier jour."
    )

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"cents": money(figures["cents"]), "day": date_long(figures["day"])}


class DaysOutOfOrder(Refused):
    sentence = lazy("Le dernier jour d'un prix ne peut pas précéder son premier jour.")


@dataclass(frozen=True, slots=True)
class Span:
    """A price (cents before tax) and its first and last day; no last day: until further notice."""

    cents: int
    from_day: date
    until_day: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)


@dataclass(frozen=True, slots=True)
class Placement:
    """What a price becomes among the others: already there or not, its last day, and the row that it ends (first day, new last day)."""

    known: bool
    until_day: date | None
    ends: tuple[date, date] | None = None


def place(history: Sequence[Span], new: Span) -> Placement:
    """Where `new` goes among the prices of the same product and supplier.

    The price before ends the day before; the new one ends, at the latest, the day before the next that is already known.
    Raises PriceTaken where another amount starts the same day, DaysOutOfOrder for a last day before the first.
    """
    if new.until_day is not None and new.until_day < new.from_day:
        raise DaysOutOfOrder()
    later = min((span.from_day for span in history if span.from_day > new.from_day), default=None)
    last = _earlier(new.until_day, later - timedelta(days=1) if later else None)
    for span in history:
        if span.from_day == new.from_day:
            if span.cents != new.cents:
                raise PriceTaken(cents=span.cents, day=span.from_day)
            return Placement(known=True, until_day=span.until_day if new.until_day is None else last)
    before = max(
        (span for span in history if span.from_day < new.from_day), key=lambda span: span.from_day, default=None
    )
    ends = None
    if before and before.holds(new.from_day):  # only now is there surely a day before
        ends = (before.from_day, new.from_day - timedelta(days=1))
    return Placement(known=False, until_day=last, ends=ends)


def _earlier(a: date | None, b: date | None) -> date | None:
    return min((day for day in (a, b) if day is not None), default=None)
