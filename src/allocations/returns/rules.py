"""What may go back to a supplier, and what is awaited for it. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy


class Kind(StrEnum):
    """What is asked of the supplier."""

    replacement = "replacement"
    credit = "credit"


class State(StrEnum):
    """`awaited`: the replacement, or the credit note."""

    awaited = "awaited"
    settled = "settled"
    cancelled = "cancelled"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.replacement: lazy("Remplacement"),
    Kind.credit: lazy("Crédit"),
}

STATE_WORDS: Mapping[tuple[Kind, State], str] = {
    (Kind.replacement, State.awaited): lazy("Remplacement attendu"),
    (Kind.replacement, State.settled): lazy("Remplacement reçu"),
    (Kind.replacement, State.cancelled): lazy("Retour annulé"),
    (Kind.credit, State.awaited): lazy("Crédit attendu"),
    (Kind.credit, State.settled): lazy("Crédit reçu"),
    (Kind.credit, State.cancelled): lazy("Retour annulé"),
}


class NothingReceived(Conflict):
    sentence = lazy("Le bon {number} n'a rien de reçu : il n'y a rien à retourner.")


class ReturnOver(Conflict):
    sentence = lazy("Le retour {number} est déjà réglé ou annulé.")


class ReplacedAlready(Conflict):
    sentence = lazy("Le remplacement du retour {number} est arrivé : ce retour ne s'annule plus.")


class CreditedAlready(Conflict):
    sentence = lazy("Une note de crédit a déjà rendu l'argent du retour {number} : il ne s'annule plus.")


class AskedFor(Refused):
    sentence = lazy("Ce que le retour {number} renvoie est facturé : son argent revient par la note de crédit.")


def number(board: str, year: str, place: int) -> str:
    """`RF-711-2026-00004`: board, first year of the school year, place in that year's series."""
    return f"RF-{board[:3]}-{year[:4]}-{place:05}"


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid(
            {"reason": _("Dites pourquoi ces biens repartent : le fournisseur le lira sur le bon de retour.")}
        )
    return given
