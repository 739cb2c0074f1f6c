"""What money may do in an envelope: each move on named figures. Pure: figures in, figures out.

Refused
├── OverBudget          more than what is free
├── NotHeld (409)       more than what the envelope holds reserved, committed or spent
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from kit.errors import Conflict, Refused
from kit.i18n import _, lazy, money


class Figures(msgspec.Struct, rename=lambda name: f"{name}_cents"):
    """An envelope's cents, in its measure's tax basis. `free` = allocated − reserved − committed − spent, always."""

    allocated: int = 0
    reserved: int = 0
    committed: int = 0
    spent: int = 0
    free: int = 0

    def __post_init__(self) -> None:
        self.free = self.allocated - self.used

    @property
    def used(self) -> int:
        return self.reserved + self.committed + self.spent


class Kind(StrEnum):
    """Why figures change, as the ledger says it."""

    allocation = "allocation"
    adjustment = "adjustment"
    transfer = "transfer"
    loan = "loan"
    carry_over = "carry_over"
    recovery = "recovery"
    reservation = "reservation"
    release = "release"
    commitment = "commitment"
    decommitment = "decommitment"
    recommitment = "recommitment"
    recall = "recall"
    spending = "spending"
    unspending = "unspending"
    correction = "correction"


class Change(NamedTuple):
    """What a move adds to each figure; also the columns of a ledger row."""

    allocated: int = 0
    reserved: int = 0
    committed: int = 0
    spent: int = 0


# One cent of each move. Money reserved is a submitted choice, committed an order that was sent, spent goods that arrived.
_EFFECT: Mapping[Kind, Change] = {
    Kind.allocation: Change(allocated=1),
    Kind.adjustment: Change(allocated=1),
    Kind.transfer: Change(allocated=1),
    Kind.loan: Change(allocated=1),
    Kind.carry_over: Change(allocated=1),
    Kind.recovery: Change(allocated=-1),
    Kind.reservation: Change(reserved=1),
    Kind.release: Change(reserved=-1),
    Kind.commitment: Change(reserved=-1, committed=1),
    Kind.decommitment: Change(committed=-1),
    Kind.recommitment: Change(committed=1),
    Kind.recall: Change(reserved=1, committed=-1),
    Kind.spending: Change(committed=-1, spent=1),
    Kind.unspending: Change(committed=1, spent=-1),
    Kind.correction: Change(spent=1),
}

NAMES: Mapping[Kind, str] = {
    Kind.allocation: lazy("Allocation"),
    Kind.adjustment: lazy("Ajustement de l'allocation"),
    Kind.transfer: lazy("Virement"),
    Kind.loan: lazy("Prêt entre enveloppes"),
    Kind.carry_over: lazy("Report"),
    Kind.recovery: lazy("Récupération"),
    Kind.reservation: lazy("Réservation"),
    Kind.release: lazy("Libération"),
    Kind.commitment: lazy("Engagement"),
    Kind.decommitment: lazy("Désengagement"),
    Kind.recommitment: lazy("Modification de l'engagement"),
    Kind.recall: lazy("Retour à réservé"),
    Kind.spending: lazy("Dépense"),
    Kind.unspending: lazy("Retour à engagé"),
    Kind.correction: lazy("Correction de la dépense"),
}

# What the service itself gives as the reason of a movement; a person's own is in their words.
REASONS = (
    lazy("Panier {number} soumis."),
    lazy("Panier {number} refusé."),
    lazy("Panier {number} repris."),
    lazy("Panier {number} : précision demandée."),
    lazy("Panier {number} : prix repris."),
    lazy("Panier {number} : exercice {year} fermé"),
    lazy("Bon de commande {number} envoyé"),
    lazy("Bon de commande {number} annulé"),
    lazy("Bon de commande {number}, révision {revision}"),
    lazy("Envoi du bon {number} annulé"),
    lazy("Reste du bon {number} abandonné"),
    lazy("Bon de réception {number}"),
    lazy("Bon de réception {number} annulé"),
    lazy("Retour {number} : remplacement attendu"),
    lazy("Retour {number} annulé"),
    lazy("Retour {number} jamais facturé"),
    lazy("Facture {number} approuvée"),
    lazy("Note de crédit {number} approuvée"),
    lazy("Facture {number} annulée"),
    lazy("Arrondi des taxes, facture {number}"),
    lazy("Reste de {year} reporté à {next}"),
    lazy("Reste de {year} récupéré"),
    lazy("Mise en commun : prêt {number}."),
    lazy("Mise en commun : prêt {number} rendu."),
    lazy("Projet {number} approuvé"),
    lazy("Ajustement par fichier {number} : {why}"),
)

SIGNED = (Kind.adjustment, Kind.transfer, Kind.loan, Kind.carry_over, Kind.recommitment, Kind.correction)
PAIRED = (Kind.transfer, Kind.loan, Kind.carry_over)

_MISSING: Mapping[str, str] = {
    "net": lazy("Il manque {missing}, taxes nettes comprises."),
    "with_tax": lazy("Il manque {missing}, taxes comprises."),
    "before_tax": lazy("Il manque {missing}, avant taxes."),
}

_HELD: Mapping[str, str] = {
    "reserved": lazy("Le montant réservé n'est que de {held} : il ne peut en sortir {wanted}. Rechargez la page."),
    "committed": lazy("Le montant engagé n'est que de {held} : il ne peut en sortir {wanted}. Rechargez la page."),
    "spent": lazy("Le montant dépensé n'est que de {held} : il ne peut en sortir {wanted}. Rechargez la page."),
}


class OverBudget(Refused):
    """More is wanted than what is free. Figures: `wanted_cents`, `free_cents`, `missing_cents`, `school`."""

    title = lazy("Enveloppe dépassée")

    def __init__(self, *, wanted: int, free: int, tax_basis: str = "net", school: str = "") -> None:
        missing = wanted - free
        super().__init__(
            missing_sentence(missing, tax_basis),
            wanted_cents=wanted, free_cents=free, missing_cents=missing, tax_basis=tax_basis, school=school,
        )  # fmt: skip


class NotHeld(Conflict):
    """More is taken out of a figure than it holds. Figures: `figure`, `held_cents`, `wanted_cents`."""

    def __init__(self, *, figure: str, held: int, wanted: int) -> None:
        super().__init__(
            _(_HELD[figure]).format(held=money(held), wanted=money(wanted)),
            figure=figure, held_cents=held, wanted_cents=wanted,
        )  # fmt: skip


class NoLongerEnough(Conflict):
    sentence = lazy("Les chiffres de cette enveloppe ont changé : rien n'a été fait. Rechargez la page.")


class Move(msgspec.Struct, frozen=True):
    """So many cents of one envelope, for a reason that a person reads; `about` is the number of what caused it.

    Cents are never negative, but in the kinds of `SIGNED`. `counterpart`: the envelope that gave them, or took them.
    """

    envelope: UUID
    cents: int
    reason: str
    about_kind: str = ""
    about: str = ""
    counterpart: UUID | None = None


class Passing(msgspec.Struct, frozen=True):
    """So many cents, more than none, from one envelope to another, for a reason that both sides read."""

    source: UUID
    target: UUID
    cents: int
    reason: str
    about_kind: str = ""
    about: str = ""

    def sides(self) -> tuple[Move, Move]:
        """What the source loses and what the target gains: two moves that add up to nothing."""
        if self.cents <= 0:
            raise ValueError(f"passing {self.cents} cents: turn the passing around instead")
        return (
            Move(self.source, -self.cents, self.reason, self.about_kind, self.about, self.target),
            Move(self.target, self.cents, self.reason, self.about_kind, self.about, self.source),
        )


def missing_sentence(missing: int, tax_basis: str) -> str:
    """« Il manque 370,39 $, taxes nettes comprises. »"""
    return _(_MISSING[tax_basis]).format(missing=money(missing))


def effect(kind: Kind, cents: int) -> Change:
    """What a move of `cents` adds to each figure. A negative amount where none may be is a programming error (ValueError)."""
    if cents < 0 and kind not in SIGNED:
        raise ValueError(f"{kind} of {cents} cents: turn the move around instead")
    return Change(*(sign * cents for sign in _EFFECT[kind]))


def changed(figures: Figures, change: Change, *, tax_basis: str = "net", school: str = "") -> Figures:
    """The figures after a change. Raises NotHeld for a figure that would go below zero, OverBudget for an overdraft."""
    after = Figures(
        allocated=figures.allocated + change.allocated,
        reserved=figures.reserved + change.reserved,
        committed=figures.committed + change.committed,
        spent=figures.spent + change.spent,
    )
    for figure in ("reserved", "committed", "spent"):
        if getattr(after, figure) < 0:
            raise NotHeld(figure=figure, held=getattr(figures, figure), wanted=-getattr(change, figure))
    if after.free < 0:
        more = change.reserved + change.committed + change.spent
        raise OverBudget(wanted=more - change.allocated, free=figures.free, tax_basis=tax_basis, school=school)
    return after
