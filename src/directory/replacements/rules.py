"""What a deputy may do in the place of an absent person, and for how long. Pure."""

from datetime import date, timedelta

from kit.errors import Conflict, Forbidden, Invalid
from kit.i18n import _, lazy

APPROVE = "selection.approve"
# Of the rights of the absent, those without which nobody can decide on a purchase; no other passes to the deputy.
DEPUTED = ("network.read", "floor.read", "catalogue.read", "envelope.read", "selection.read", APPROVE)
# Of a replacement `x`, as SQL: on the day {day} its deputy has a role of their own in the board still.
STILL_THERE = """EXISTS (SELECT FROM role_grant o LEFT JOIN school z ON z.code = o.school
    WHERE o.person = x.deputy AND coalesce(z.board, o.board) = x.board AND o.revoked_at IS NULL
        AND (o.from_day IS NULL OR o.from_day <= {day}) AND (o.until_day IS NULL OR o.until_day >= {day}))"""
LONGEST = timedelta(days=366)


class NotTheirs(Forbidden):
    sentence = lazy(
        "Vous nommez qui vous remplace; l'administration de l'organisme nomme les remplacements des autres."
    )


class ReplacedAlready(Conflict):
    """Figures: `deputy`, the name."""

    sentence = lazy("Cette personne est déjà remplacée par {deputy} pendant ces jours. Mettez-y fin d'abord.")


def check_days(from_day: date, until_day: date, *, today: date) -> None:
    """Raise Invalid unless the period is to come, ends, and is at most a year long."""
    if until_day < from_day:
        raise Invalid({"until_day": _("Le remplacement prend fin avant de commencer : corrigez une des deux dates.")})
    if until_day < today:
        raise Invalid({"until_day": _("Ce remplacement serait déjà fini : corrigez la date de fin.")})
    if until_day - from_day > LONGEST:
        raise Invalid({"until_day": _("Un remplacement dure au plus un an : choisissez une fin plus proche.")})
