"""When a measure's money may be used, and what a measure must say. Pure. How much it gives: `formulas.py`."""

import re
from datetime import date, timedelta

import msgspec

from kit.clock import school_year_bounds
from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, date_long, lazy


class NoRule(Refused):
    """The measure has no rule for that year."""

    sentence = lazy("La mesure {measure} n'a pas de règle de calcul pour {year}. Le ministère doit l'inscrire.")


class ByProject(Refused):
    """The measure gives on approval of a project, not by formula."""

    sentence = lazy("La mesure {measure} donne sur projet approuvé : aucune règle ne calcule ses enveloppes.")


class HolderFixed(Conflict):
    sentence = lazy(
        "La mesure {measure} a déjà des enveloppes : qui les tient, et dans quelle base de taxes, ne changent plus."
    )


class TooLate(Refused):
    """The day until which a measure's money may be committed has passed. Figures: `measure`, `year`, `last_day`."""

    title = lazy("Trop tard pour cette mesure")

    def __init__(self, *, measure: str, year: str, last_day: date) -> None:
        sentence = _(
            "L'argent de la mesure {measure} ({year}) devait être engagé au plus tard le {day} : prenez une autre enveloppe,"
            " ou demandez au ministère de changer cette date."
        )
        super().__init__(
            sentence.format(measure=measure, year=year, day=date_long(last_day)),
            measure=measure, year=year, last_day=last_day.isoformat(),
        )  # fmt: skip


class Days(msgspec.Struct, frozen=True):
    """The days that end a measure's year; None bounds nothing."""

    measure: str
    year: str
    last_commit_on: date | None
    last_spend_on: date | None


def last_commit(days: Days) -> date | None:
    """The last day on which money may be promised: what may no longer be spent may not be promised either."""
    return min((day for day in (days.last_commit_on, days.last_spend_on) if day is not None), default=None)


def check_commit_day(days: Days, on: date) -> None:
    """Raise TooLate when money of this measure and year may not be promised any more on this day (Montréal's)."""
    if (last := last_commit(days)) is not None and on > last:
        raise TooLate(measure=days.measure, year=days.year, last_day=last)


def spending_over(days: Days, on: date) -> bool:
    """Whether what is not spent on this day is the rest, of which the measure says what becomes (`rest`).

    Goods that arrive later are received all the same: a fact is never refused. What they were promised is listed at year end.
    """
    return days.last_spend_on is not None and on > days.last_spend_on


def check_year(year: str) -> str:
    """A school year written `2026-2027`, or Invalid."""
    if (found := re.fullmatch(r"(2\d{3})-(\d{4})", year, re.ASCII)) and int(found[2]) == int(found[1]) + 1:
        return year
    raise Invalid(
        {"year": _("L'année scolaire s'écrit comme 2026-2027; « {year} » n'en est pas une.").format(year=year)}
    )


def check_last_days(days: Days) -> None:
    """A year's last days are after it begins, and at most a year after its end: others are slips of the keyboard. Raises Invalid."""
    first, last = school_year_bounds(days.year)
    for field in ("last_commit_on", "last_spend_on"):
        day = getattr(days, field)
        if day is not None and not first <= day <= last + timedelta(days=366):
            sentence = _("Le {day} est trop loin de l'exercice {year} : corrigez la date.")
            raise Invalid({field: sentence.format(day=date_long(day), year=days.year)})


def check_code(code: str) -> str:
    """A measure's code: capital letters, digits and dashes, as the ministry prints them, or Invalid."""
    if re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,19}", code):
        return code
    raise Invalid(
        {
            "code": _(
                "Le code d'une mesure a de 2 à 20 lettres majuscules, chiffres ou tirets, comme 50767 ou EX-COMBOS."
            )
        }
    )
