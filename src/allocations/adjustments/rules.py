"""What a line of a file of adjustments does to an envelope. Pure: figures in, an outcome and its sentence out."""

from enum import StrEnum
from typing import NamedTuple

from kit.errors import NotFound, Refused
from kit.i18n import _, lazy, money


class Outcome(StrEnum):
    applied = "applied"
    partial = "partial"
    unchanged = "unchanged"
    unknown = "unknown"
    refused = "refused"


# As a request of its own would have answered: a file is as many requests in one.
STATUS = {
    Outcome.applied: 200, Outcome.partial: 200, Outcome.unchanged: 200, Outcome.unknown: 404, Outcome.refused: 422,
}  # fmt: skip


# What becomes of a line is kept in French; each reader is told it in their language.
BOTH = lazy("Donnez un changement ou un montant, pas les deux.")
NEITHER = lazy("Donnez un changement ou un montant : les deux cellules sont vides.")
NEGATIVE = lazy("Une enveloppe n'est jamais négative.")
SAME = lazy("Rien à changer : l'enveloppe est déjà ainsi.")
APPLIED = lazy("{change} appliqué.")
IN_PART = lazy("{change} appliqué sur {asked} : {used} sont déjà réservés, engagés ou dépensés.")
UNKNOWN = lazy("Aucune école ni aucun organisme à vous ne porte ce code : {code}. Rien n'a été changé.")
CLOSED = lazy("Cette école est fermée : son enveloppe ne change plus par fichier.")
SENTENCES = (BOTH, NEITHER, NEGATIVE, SAME, APPLIED, IN_PART, UNKNOWN, CLOSED)


class NoSuchUpload(NotFound):
    sentence = lazy("Aucun envoi d'ajustements ne porte le numéro {number}.")


class NoColumn(Refused):
    sentence = lazy(
        "« {name} » doit avoir une colonne de code, et une de changement (Changement) ou de montant (Montant)."
    )


class Result(NamedTuple):
    """What becomes of a line: the change asked and the one made, in cents, and a sentence for people."""

    outcome: Outcome
    asked: int | None
    applied: int
    sentence: str


def asked_of(delta: int | None, amount: int | None, *, before: int) -> int | Result:
    """The change that a line asks of an envelope of `before` cents, or why it asks none that can be made."""
    if delta is not None and amount is not None:
        return refused(_(BOTH))
    if delta is None and amount is None:
        return refused(_(NEITHER))
    if delta is not None:
        return delta
    assert amount is not None
    if amount < 0:
        return refused(_(NEGATIVE))
    return amount - before


def decide(asked: int, *, free: int, used: int) -> Result:
    """Apply a change to an envelope: a cut stops at what is reserved, committed and spent (`used`)."""
    applied = max(asked, -free)
    if not asked:
        return Result(Outcome.unchanged, 0, 0, _(SAME))
    if applied == asked:
        return Result(Outcome.applied, asked, applied, _(APPLIED).format(change=signed(applied)))
    said = _(IN_PART).format(change=signed(applied), asked=signed(asked), used=money(used))
    return Result(Outcome.partial if applied else Outcome.unchanged, asked, applied, said)


def unknown(code: str) -> Result:
    return Result(Outcome.unknown, None, 0, _(UNKNOWN).format(code=code or "—"))


def refused(sentence: str) -> Result:
    return Result(Outcome.refused, None, 0, sentence)


def signed(cents: int) -> str:
    """« +1 234,56 $ »"""
    return f"+{money(cents)}" if cents > 0 else money(cents)
