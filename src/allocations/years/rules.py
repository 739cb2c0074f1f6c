"""When a school year may be closed, and what a closed one refuses. Pure."""

from enum import StrEnum

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy


class State(StrEnum):
    open = "open"
    closed = "closed"


WORDS = {State.open: lazy("Ouvert"), State.closed: lazy("Fermé")}


class YearClosed(Refused):
    """Nothing of a closed year is written. Figures: `year`."""

    title = lazy("Exercice fermé")
    sentence = lazy(
        "L'exercice {year} est fermé : rien n'y change plus. Prenez l'exercice en cours, ou demandez au ministère de le rouvrir."
    )


class AlreadyClosed(Conflict):
    sentence = lazy("L'exercice {year} est déjà fermé.")


class NotBegun(Conflict):
    sentence = lazy("L'exercice {year} n'a pas commencé : il n'y a rien à fermer. L'exercice en cours est {current}.")


class NotClosed(Conflict):
    sentence = lazy("L'exercice {year} n'est pas fermé : il n'y a rien à rouvrir.")


def check_close(state: State, year: str, *, current: str) -> None:
    if state is State.closed:
        raise AlreadyClosed(year=year)
    if year > current:
        raise NotBegun(year=year, current=current)


def check_reopen(state: State, year: str) -> None:
    if state is State.open:
        raise NotClosed(year=year)


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique de l'exercice.")})
    return given
