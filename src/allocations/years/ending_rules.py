"""What a year that ends still holds: orders that have not come, baskets that nobody ordered. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from allocations.years.rules import State
from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy, n_

MOST = 200  # orders decided on at once


class Choice(StrEnum):
    keep = "keep"
    abandon = "abandon"


CHOICE_WORDS = {Choice.keep: lazy("Gardé"), Choice.abandon: lazy("Abandonné")}


class StillHeld(Conflict):
    """A year is not closed over what nobody has decided on. Figures: `year`, `reserved` (baskets, unsent orders), `undecided` orders."""

    title = lazy("Exercice à terminer")
    sentence = lazy(
        "L'exercice {year} tient encore de l'argent : {what}. Libérez les paniers et décidez de chaque bon à recevoir, ou fermez-le"
        " quand même et faites-le ensuite."
    )

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"year": figures["year"], "what": held_words(figures["reserved"], figures["undecided"])}


class NotEnding(Conflict):
    sentence = lazy("L'exercice {year} ne se ferme pas encore : commencez sa fermeture d'abord.")


class NothingAwaited(Refused):
    sentence = lazy("Le bon {number} n'attend rien de l'exercice {year} : rien n'a été décidé. Retirez-le de la liste.")


def held_words(reserved: int, undecided: int) -> str:
    """« 3 paniers ou bons non envoyés et 1 bon à recevoir sans décision »"""
    parts = []
    if reserved:
        said = n_("{n} panier ou bon non envoyé", "{n} paniers ou bons non envoyés", reserved)
        parts.append(said.format(n=reserved))
    if undecided:
        said = n_("{n} bon à recevoir sans décision", "{n} bons à recevoir sans décision", undecided)
        parts.append(said.format(n=undecided))
    return _(" et ").join(parts)


def check_held(year: str, *, reserved: int, undecided: int) -> None:
    """Raise StillHeld where the closing would leave money that waits for somebody's decision."""
    if reserved or undecided:
        raise StillHeld(year=year, reserved=reserved, undecided=undecided)


def check_ending(state: State, year: str) -> None:
    """What a year holds is decided on once it closes, and for as long as it is closed."""
    if state is State.open:
        raise NotEnding(year=year)


def check_orders(orders: list[str]) -> list[str]:
    """The numbers, each once. Raises Invalid where there is none, or too many for one action."""
    given = list(dict.fromkeys(number.strip() for number in orders))
    if not given:
        raise Invalid({"orders": _("Nommez au moins un bon de commande.")})
    if len(given) > MOST:
        raise Invalid({"orders": _("Décidez d'au plus {most} bons à la fois.").format(most=MOST)})
    return given
