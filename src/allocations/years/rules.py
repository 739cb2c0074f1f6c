"""What a school year's state lets be written. Pure.

open → closing → closed → reporting → closed. closing: nothing new is chosen or given, what is approved goes on. closed: what is
ordered may come, be returned and be invoiced. reporting: as closed, and accounts are signed again. A year that was closed by
mistake opens again, for as long as its rest has not been carried over or recovered.
"""

from collections.abc import Mapping
from enum import StrEnum

from kit.actor import Actor, Scope
from kit.errors import Conflict, Forbidden, Invalid, Refused
from kit.i18n import _, lazy

RIGHT = "year.write"


class State(StrEnum):
    open = "open"
    closing = "closing"
    closed = "closed"
    reporting = "reporting"


class Verb(StrEnum):
    begin_closing = "begin_closing"
    close = "close"
    report = "report"
    reopen = "reopen"


WORDS = {
    State.open: lazy("Ouvert"),
    State.closing: lazy("En fermeture"),
    State.closed: lazy("Fermé"),
    State.reporting: lazy("Rouvert pour la reddition de comptes"),
}

# Nothing is chosen, given or ordered any more; what was ordered may still come and be invoiced.
SHUT = (State.closed, State.reporting)
# Figures stand still enough to be signed.
SIGNING = (State.closing, State.reporting)

_MOVES: Mapping[Verb, tuple[tuple[State, ...], State]] = {
    Verb.begin_closing: ((State.open,), State.closing),
    Verb.close: ((State.open, State.closing, State.reporting), State.closed),
    Verb.report: ((State.closed,), State.reporting),
    Verb.reopen: ((State.closing, State.closed, State.reporting), State.open),
}


class YearClosed(Refused):
    """Nothing of a closed year is written. Figures: `year`."""

    title = lazy("Exercice fermé")
    sentence = lazy(
        "L'exercice {year} est fermé : rien n'y change plus. Prenez l'exercice en cours, ou demandez au ministère de le rouvrir."
    )


class YearClosing(YearClosed):
    """Nothing new is begun in a year that closes. Figures: `year`."""

    title = lazy("Exercice en fermeture")
    sentence = lazy(
        "L'exercice {year} se ferme : aucun nouveau panier ni aucune enveloppe n'y entre. Ce qui est approuvé peut encore être"
        " commandé; pour le reste, prenez l'exercice suivant."
    )


class AlreadyClosed(Conflict):
    sentence = lazy("L'exercice {year} est déjà fermé.")


class AlreadyClosing(Conflict):
    sentence = lazy("L'exercice {year} se ferme ou est fermé déjà : sa fermeture ne commence qu'une fois.")


class NotBegun(Conflict):
    sentence = lazy("L'exercice {year} n'a pas commencé : il n'y a rien à fermer. L'exercice en cours est {current}.")


class NotClosed(Conflict):
    sentence = lazy("L'exercice {year} n'est pas fermé : il n'y a rien à rouvrir.")


class RestEnded(Conflict):
    sentence = lazy(
        "Le reste de l'exercice {year} est déjà reporté ou récupéré : il ne se rouvre plus que pour la reddition de comptes."
    )


_REFUSED: Mapping[Verb, type[Conflict]] = {
    Verb.begin_closing: AlreadyClosing,
    Verb.close: AlreadyClosed,
    Verb.report: NotClosed,
    Verb.reopen: NotClosed,
}


def after(state: State, verb: Verb, year: str, *, current: str) -> State:
    """The state that a verb leads to. Raises AlreadyClosing, AlreadyClosed, NotClosed; NotBegun for a year to come."""
    sources, target = _MOVES[verb]
    if state not in sources:
        raise _REFUSED[verb](year=year)
    if year > current and verb is not Verb.reopen:
        raise NotBegun(year=year, current=current)
    return target


def check_ordering(state: State, year: str) -> None:
    """What is approved may be ordered, decided and taken back while the year is open or closes."""
    if state in SHUT:
        raise YearClosed(year=year)


def check_choosing(state: State, year: str) -> None:
    """New baskets are handed on, and money is given, in an open year alone."""
    check_ordering(state, year)
    if state is State.closing:
        raise YearClosing(year=year)


def check_province(who: Actor) -> None:
    """A year ends for the whole province: the ministry says so, or the service. Raises Forbidden."""
    who.must(RIGHT)
    if who.scope not in (Scope.ministry, Scope.system):
        raise Forbidden()


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique de l'exercice.")})
    return given
