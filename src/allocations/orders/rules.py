"""What may happen to a purchase order. Pure.

draft → sent → part_received → received; draft or sent → cancelled (its choices can be ordered again); sent → draft while its
message has not left, or, where it was handed over by hand, while nothing has come; draft, sent or part_received → closed (the
rest is given up, its money free).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy

# A person who pressed the wrong button has this long to take it back; the message waits as long.
RECALL = timedelta(minutes=2)


class State(StrEnum):
    draft = "draft"
    sent = "sent"
    part_received = "part_received"
    received = "received"
    closed = "closed"
    cancelled = "cancelled"


class How(StrEnum):
    """How an order that no message carries was handed over."""

    portal = "portal"
    phone = "phone"
    fax = "fax"
    post = "post"
    in_person = "in_person"


HOW_WORDS = {
    How.portal: lazy("par le portail du fournisseur"),
    How.phone: lazy("par téléphone"),
    How.fax: lazy("par télécopieur"),
    How.post: lazy("par la poste"),
    How.in_person: lazy("en personne"),
}

WORDS = {
    State.draft: lazy("À envoyer"),
    State.sent: lazy("Envoyé"),
    State.part_received: lazy("Reçu en partie"),
    State.received: lazy("Reçu"),
    State.closed: lazy("Clos"),
    State.cancelled: lazy("Annulé"),
}

SENT = (State.sent, State.part_received, State.received)


class NothingToOrder(Refused):
    sentence = lazy("Aucun panier approuvé n'attend d'être commandé.")


class NotOrderable(Conflict):
    sentence = lazy("Le panier {number} n'a rien à commander : il n'est pas approuvé, ou il est commandé déjà.")


class NotDraft(Conflict):
    sentence = lazy("Le bon {number} est déjà envoyé ou annulé.")


class TooLateToRecall(Conflict):
    sentence = lazy("Le courriel du bon {number} est parti. Écrivez au fournisseur, puis annulez le bon.")


class NothingToRecall(Conflict):
    sentence = lazy("Aucun courriel du bon {number} n'attend de partir : il n'y a pas d'envoi à reprendre.")


class CameAlready(Conflict):
    sentence = lazy("Le bon {number} a des biens reçus : il a bien été envoyé, et son envoi ne s'annule plus.")


class MailCarriesIt(Conflict):
    sentence = lazy("Le courriel du bon {number} est parti ou va partir : le fournisseur le reçoit ainsi.")


class NumberFixed(Conflict):
    sentence = lazy("Le bon {number} est clos ou annulé : son numéro interne ne change plus.")


class NothingAwaited(Conflict):
    sentence = lazy("Une ligne du bon {number} n'attend plus rien, ou n'existe pas : aucune date n'a été changée.")


class AlreadyReceived(Conflict):
    sentence = lazy("Le bon {number} a des biens reçus : il ne s'annule plus en entier.")


class NothingToClose(Conflict):
    sentence = lazy("Le bon {number} n'attend plus rien : il n'y a rien à clore.")


class NotSent(Conflict):
    sentence = lazy("Le bon {number} n'attend rien : il n'est pas envoyé, ou il est clos.")


def number(board: str, year: str, place: int) -> str:
    """`BC-711-2026-00042`: board, first year of the school year, place in that year's series."""
    return f"BC-{board[:3]}-{year[:4]}-{place:05}"


def check_draft(state: State, order: str) -> None:
    if state is not State.draft:
        raise NotDraft(number=order)


def check_recall(state: State, order: str, *, sent_how: str, has_message: bool) -> None:
    """A sent order of which nothing came: handed over by hand, or with a message that may still wait."""
    if sent_how and state in (State.part_received, State.received):
        raise CameAlready(number=order)
    if state is not State.sent or not (sent_how or has_message):
        raise NothingToRecall(number=order)


def check_hand_over(state: State, order: str, *, mail: str) -> None:
    """What still awaits something, and that no message carries: none, or one that failed."""
    if state not in (State.draft, State.sent, State.part_received):
        raise NotSent(number=order)
    if mail in ("waiting", "sent"):
        raise MailCarriesIt(number=order)


def check_own_number(state: State, order: str) -> None:
    """A board's own number is given and changed until the order is closed or cancelled."""
    if state in (State.closed, State.cancelled):
        raise NumberFixed(number=order)


def check_promise(day: date | None, *, made_on: date) -> None:
    """A supplier promises no day before the order was made; None takes the promise off."""
    if day is not None and day < made_on:
        raise Invalid({"expected_on": _("La date promise précède le bon de commande. Vérifiez l'année.")})


def check_cancel(state: State, order: str, received: int) -> None:
    """A draft, or a sent order of which nothing has come."""
    if received:
        raise AlreadyReceived(number=order)
    if state not in (State.draft, State.sent):
        raise NotDraft(number=order)


def check_close(state: State, order: str) -> None:
    """What still awaits something: a draft, or an order that was not received whole."""
    if state not in (State.draft, State.sent, State.part_received):
        raise NothingToClose(number=order)


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique du bon.")})
    return given


def state_after_receipt(outstanding: Sequence[int]) -> State:
    """The state of an order from what its lines still await."""
    return State.part_received if any(outstanding) else State.received
