"""What may happen to a purchase order. Pure.

draft → sent, or where its amount asks for another person: draft → to_authorise → authorised → sent;
sent → acknowledged → part_received → received; what is not received or over → on_hold, and back where it was;
before anything came → cancelled (its choices can be ordered again); what still awaits something → closed (the rest is given up,
its money free); sent → back to before, while its message has not left or, handed over by hand, while nothing has come.
`ALLOWED` says it all; `after` where each act leads.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy, money

# A person who pressed the wrong button has this long to take it back; the message waits as long.
RECALL = timedelta(minutes=2)


class State(StrEnum):
    draft = "draft"
    to_authorise = "to_authorise"
    authorised = "authorised"
    sent = "sent"
    acknowledged = "acknowledged"
    part_received = "part_received"
    received = "received"
    on_hold = "on_hold"
    closed = "closed"
    cancelled = "cancelled"


class CancelledBy(StrEnum):
    """Who gave an order up."""

    us = "us"
    supplier = "supplier"
    group = "group"


class Act(StrEnum):
    """What is done to an order."""

    ask = "ask"
    authorise = "authorise"
    send_back = "send_back"
    send = "send"
    recall = "recall"
    acknowledge = "acknowledge"
    hold = "hold"
    resume = "resume"
    receive = "receive"
    amend = "amend"
    cancel = "cancel"
    close = "close"


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
    State.to_authorise: lazy("À autoriser"),
    State.authorised: lazy("Autorisé"),
    State.sent: lazy("Envoyé"),
    State.acknowledged: lazy("Confirmé"),
    State.part_received: lazy("Reçu en partie"),
    State.received: lazy("Reçu"),
    State.on_hold: lazy("En attente"),
    State.closed: lazy("Clos"),
    State.cancelled: lazy("Annulé"),
}

CANCELLED_WORDS = {
    CancelledBy.us: lazy("Annulé"),
    CancelledBy.supplier: lazy("Annulé par le fournisseur"),
    CancelledBy.group: lazy("Annulé par le regroupement"),
}

UNSENT = (State.draft, State.to_authorise, State.authorised)  # its money is reserved
AWAITING = (State.sent, State.acknowledged, State.part_received)
SENT = (*AWAITING, State.received)

# The same for SQL, of a column `state`.
UNSENT_SQL, AWAITING_SQL = (f"({', '.join(map(repr, map(str, states)))})" for states in (UNSENT, AWAITING))

ALLOWED: Mapping[Act, tuple[State, ...]] = {
    Act.ask: (State.draft,),
    Act.authorise: (State.to_authorise,),
    Act.send_back: (State.to_authorise, State.authorised),
    Act.send: (State.draft, State.authorised),
    Act.recall: (State.sent,),
    Act.acknowledge: AWAITING,
    Act.hold: (*UNSENT, *AWAITING),
    Act.resume: (State.on_hold,),
    Act.receive: SENT,  # one received whole says by line that nothing is awaited
    Act.amend: AWAITING,
    Act.cancel: (*UNSENT, State.sent, State.acknowledged, State.on_hold),
    Act.close: (*UNSENT, *AWAITING, State.on_hold),
}

_LEADS_TO: Mapping[Act, State] = {
    Act.ask: State.to_authorise,
    Act.authorise: State.authorised,
    Act.send_back: State.draft,
    Act.send: State.sent,
    Act.hold: State.on_hold,
    Act.cancel: State.cancelled,
    Act.close: State.closed,
}


class NothingToOrder(Refused):
    sentence = lazy("Aucun panier approuvé n'attend d'être commandé.")


class AllAside(NothingToOrder):
    """All that is asked for stays aside. Figures: `aside`, in words."""

    sentence = lazy("Aucun bon n'est créé. {aside}")


class NotOrderable(Conflict):
    sentence = lazy("Le panier {number} n'a rien à commander : il n'est pas approuvé, ou il est commandé déjà.")


class NotDraft(Conflict):
    sentence = lazy("Le bon {number} est déjà envoyé ou annulé.")


class NotToAuthorise(Conflict):
    sentence = lazy("Le bon {number} n'attend pas d'autorisation.")


class NeedsAuthorisation(Refused):
    """Over the amount of its board, another person authorises an order before it is sent. Figures: `limit_cents`."""

    sentence = lazy("Le bon {number} dépasse {limit} avant taxes : une autre personne doit d'abord l'autoriser.")

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"number": figures["number"], "limit": money(figures["limit_cents"])}


class AmendedOverLimit(NeedsAuthorisation):
    """A revision is not authorised first: who may authorise makes it. Figures: `limit_cents`."""

    sentence = lazy(
        "Avec ce changement, le bon {number} dépasse {limit} avant taxes : une personne qui autorise les bons, et qui n'a pas"
        " créé celui-ci, doit le faire."
    )


class NoAuthorisationNeeded(Conflict):
    sentence = lazy("Le bon {number} n'a pas à être autorisé : envoyez-le.")


class NeedsJustification(Refused):
    """Lines are outside a contract that binds the board, and nobody has said why. Figures: `lines`, their positions."""

    sentence = lazy(
        "Hors d'un contrat obligatoire : lignes {which} du bon {number}. Écrivez pourquoi et attestez-le avant l'envoi."
    )

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"number": figures["number"], "which": ", ".join(map(str, figures["lines"]))}


class OwnOrder(Refused):
    sentence = lazy("Le bon {number} vient de vous : une autre personne doit l'autoriser.")


class NotHeld(Conflict):
    sentence = lazy("Le bon {number} n'est pas en attente.")


class OnHold(Conflict):
    sentence = lazy("Le bon {number} est en attente : reprenez-le d'abord.")


class NotAmendable(Conflict):
    sentence = lazy("Le bon {number} n'attend rien d'un fournisseur : il ne se modifie pas.")


class NothingChanges(Invalid):
    def __init__(self) -> None:
        super().__init__(
            {"lines": _("Rien ne change : modifiez une quantité, un prix, un produit, un lieu ou une date.")}
        )


class NothingLeft(Refused):
    sentence = lazy("Il ne resterait rien du bon {number} : annulez-le plutôt.")


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


class InvoicedAlready(Conflict):
    """Units that the supplier has invoiced are awaited in the place of others: no order gives them up. Figures: `lines`, positions."""

    sentence = lazy(
        "Des unités facturées du bon {number} attendent leur remplacement : lignes {which}. Annulez d'abord leur retour,"
        " puis retournez-les contre un crédit."
    )

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"number": figures["number"], "which": ", ".join(map(str, figures["lines"]))}


class NothingToClose(Conflict):
    sentence = lazy("Le bon {number} n'attend plus rien : il n'y a rien à clore.")


class NotSent(Conflict):
    sentence = lazy("Le bon {number} n'attend rien : il n'est pas envoyé, il est en attente, ou il est clos.")


def number(board: str, year: str, place: int) -> str:
    """`BC-711-2026-00042`: board, first year of the school year, place in that year's series."""
    return f"BC-{board[:3]}-{year[:4]}-{place:05}"


# What a person reads who comes too late, or too soon.
_REFUSALS: Mapping[Act, type[Conflict]] = {
    Act.ask: NotDraft,
    Act.authorise: NotToAuthorise,
    Act.send_back: NotToAuthorise,
    Act.send: NotDraft,
    Act.recall: NothingToRecall,
    Act.acknowledge: NotSent,
    Act.hold: NotSent,
    Act.resume: NotHeld,
    Act.receive: NotSent,
    Act.amend: NotAmendable,
    Act.cancel: NotDraft,
    Act.close: NothingToClose,
}


def check(act: Act, state: State, order: str) -> None:
    """Raise the conflict of the act where the state does not allow it."""
    if state not in ALLOWED[act]:
        if state is State.on_hold and act is not Act.ask:
            raise OnHold(number=order)
        raise _REFUSALS[act](number=order)


def after(act: Act, state: State, *, held_from: str = "", authorised: bool = False) -> State:
    """Where an allowed act leads. Receipts and amendments: `state_after_receipt` says, from the lines."""
    if act is Act.resume:
        return State(held_from)
    if act is Act.recall:  # what another person has authorised stays so
        return State.authorised if authorised else State.draft
    if act is Act.acknowledge:
        return State.acknowledged if state is State.sent else state
    return _LEADS_TO[act]


def was_sent(state: State, held_from: str) -> bool:
    """Whether its money is committed: sent, or on hold since then."""
    return (State(held_from) if state is State.on_hold else state) in SENT


def over(before_tax_cents: int, limit_cents: int | None) -> bool:
    """Whether an order needs another person's word. No limit: none does."""
    return limit_cents is not None and before_tax_cents > limit_cents


def check_unsent(state: State, order: str) -> None:
    if state not in UNSENT:
        raise NotDraft(number=order)


def check_sendable(state: State, order: str, *, before_tax_cents: int, limit_cents: int | None) -> None:
    """Raise NotDraft, or NeedsAuthorisation for what nobody authorised over the limit."""
    if state is State.to_authorise or state is State.draft and over(before_tax_cents, limit_cents):
        raise NeedsAuthorisation(number=order, limit_cents=limit_cents or 0)
    check(Act.send, state, order)


def check_recall(state: State, order: str, *, sent_how: str, has_message: bool, revision: int = 0) -> None:
    """A sent order of which nothing came: handed over by hand, or with a message that may still wait."""
    if sent_how and state in (State.part_received, State.received):
        raise CameAlready(number=order)
    if revision or not (sent_how or has_message):
        raise NothingToRecall(number=order)
    check(Act.recall, state, order)


def check_hand_over(state: State, order: str, *, mail: str) -> None:
    """What still awaits something, and that no message carries: none, or one that failed."""
    if state not in (State.draft, State.to_authorise, State.authorised, *AWAITING):
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


def check_confirmed(day: date, *, sent_on: date, today: date) -> None:
    """A supplier confirms neither before the order was sent nor tomorrow."""
    if day > today:
        raise Invalid({"acknowledged_on": _("La date de confirmation est dans l'avenir.")})
    if day < sent_on:
        raise Invalid({"acknowledged_on": _("La date de confirmation précède l'envoi du bon.")})


def check_cancel(state: State, order: str, received: int) -> None:
    """What is not over, and of which nothing has come."""
    if received:
        raise AlreadyReceived(number=order)
    check(Act.cancel, state, order)


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique du bon.")})
    return given


def state_after_receipt(outstanding: Sequence[int]) -> State:
    """The state of an order of which something came, from what its lines still await."""
    return State.part_received if any(outstanding) else State.received


def kept(amount: int, *, quantity: int, cancelled: int) -> int:
    """What of a line's cents stays once so many of its units are awaited no more.

    The units received come first and cost floor(c·n/q), so that receipts and what is given up add up to the line.
    """
    return amount * (quantity - cancelled) // quantity
