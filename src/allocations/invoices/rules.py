"""What may happen to an invoice. Pure.

entered → matched or to_decide (a difference beyond what the board tolerates); matched → approved; to_decide → approved or rejected
by a person who did not enter it; approved ⇄ paid; approved → cancelled, its money put back. Nothing else ends.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from allocations.envelopes.rules import OverBudget
from allocations.orders.rules import State as OrderState
from kit.errors import Conflict, Forbidden, Invalid
from kit.i18n import _, lazy


class State(StrEnum):
    entered = "entered"
    matched = "matched"
    to_decide = "to_decide"
    approved = "approved"
    paid = "paid"
    rejected = "rejected"
    cancelled = "cancelled"


class Kind(StrEnum):
    invoice = "invoice"
    credit_note = "credit_note"


class CreditFor(StrEnum):
    """What a credit note gives back: units sent back, a difference of price, or the whole of an invoice that comes again."""

    returned = "return"
    price = "price"
    whole = "whole"


class LineKind(StrEnum):
    goods = "goods"
    ecofee = "ecofee"
    freight = "freight"
    other = "other"


class Outcome(StrEnum):
    accept = "accept"
    credit = "credit"
    reject = "reject"


WORDS = {
    State.entered: lazy("Saisie"),
    State.matched: lazy("Concordante"),
    State.to_decide: lazy("À décider"),
    State.approved: lazy("Approuvée"),
    State.paid: lazy("Payée"),
    State.rejected: lazy("Refusée"),
    State.cancelled: lazy("Annulée"),
}
KIND_WORDS = {Kind.invoice: lazy("Facture"), Kind.credit_note: lazy("Note de crédit")}

OPEN = (State.entered, State.matched, State.to_decide)
APPROVED = (State.approved, State.paid)


class SameNumber(Conflict):
    sentence = lazy(
        "Ce numéro de facture de ce fournisseur est déjà inscrit chez vous. Cherchez-le dans la liste des factures."
    )


class NotInvoiceable(Conflict):
    sentence = lazy("Le bon {number} n'est pas envoyé : aucune facture ne peut encore s'y rapporter.")


class NotOpen(Conflict):
    sentence = lazy("La facture {number} est déjà approuvée, payée, refusée ou annulée : elle ne change plus.")


class NothingToMatch(Conflict):
    sentence = lazy("La facture {number} n'a aucune ligne : saisissez-les d'abord.")


class ToDecide(Conflict):
    """There are differences; `differences` are their sentences."""

    sentence = lazy(
        "La facture {number} ne concorde pas : une autre personne que celle qui l'a saisie doit en décider."
    )


class Blocked(Conflict):
    """A difference that no decision can accept; the sentence is its own."""


class NothingToDecide(Conflict):
    sentence = lazy("La facture {number} n'a aucun écart à décider.")


class OwnInvoice(Forbidden):
    sentence = lazy("Vous avez saisi cette facture : une autre personne doit décider de ses écarts.")


class OnlyAPerson(Forbidden):
    sentence = lazy("Seule une personne approuve une facture.")


class NotApproved(Conflict):
    sentence = lazy("La facture {number} n'est pas approuvée.")


class NoRoom(OverBudget):
    """The envelope cannot bear what the invoice asks more: nothing was approved."""

    def __init__(self, refused: OverBudget, invoice: str) -> None:
        super().__init__(
            wanted=refused.wanted_cents, free=refused.free_cents, tax_basis=refused.tax_basis, school=refused.school
        )
        advice = _(
            "La facture {number} reste à décider : faites de la place dans l'enveloppe (virement, ajustement), obtenez une facture"
            " corrigée, ou refusez-la."
        )
        self.detail = f"{self.detail} {advice.format(number=invoice)}"
        self.args = (self.detail,)


class NotPaid(Conflict):
    sentence = lazy("La facture {number} n'est pas payée.")


class PaidBefore(Conflict):
    sentence = lazy("La facture {number} est déjà payée : retirez d'abord ce paiement s'il est à corriger.")


class PaidAlready(Conflict):
    sentence = lazy("La facture {number} est payée : retirez d'abord le paiement, ou demandez une note de crédit.")


class HasCredits(Conflict):
    sentence = lazy("Une note de crédit porte sur la facture {number} : annulez-la d'abord.")


class NotCreditable(Conflict):
    sentence = lazy(
        "La facture {number} n'est pas approuvée, ou n'est pas de ce bon : aucune note de crédit ne peut porter sur elle."
    )


def number(board: str, year: str, place: int) -> str:
    """`FA-711-2026-00042`: board, first year of the order's school year, place in that year's series."""
    return f"FA-{board[:3]}-{year[:4]}-{place:05}"


def check_order(state: OrderState, order: str) -> None:
    """What a supplier never received cannot be invoiced."""
    if state in (OrderState.draft, OrderState.to_authorise, OrderState.authorised, OrderState.cancelled):
        raise NotInvoiceable(number=order)


def check_days(dated: date, due_on: date | None, *, ordered: date, today: date) -> None:
    """An invoice comes neither from tomorrow nor before its order, and is never due before its date."""
    errors = {}
    if dated > today:
        errors["dated"] = _("La date de la facture est dans l'avenir.")
    elif dated < ordered:
        errors["dated"] = _("La date de la facture précède le bon de commande. Vérifiez l'année.")
    if due_on is not None and due_on < dated:
        errors["due_on"] = _("L'échéance précède la date de la facture.")
    if errors:
        raise Invalid(errors)


def check_open(state: State, invoice: str) -> None:
    if state not in OPEN:
        raise NotOpen(number=invoice)


def check_decider(person: UUID | None, *, entered_by: UUID | None) -> None:
    """A person, and not the one who entered it: the system never decides."""
    if person is None:
        raise OnlyAPerson()
    if person == entered_by:
        raise OwnInvoice()


def check_pay(state: State, invoice: str, paid_on: date, *, dated: date, today: date) -> None:
    if state is State.paid:
        raise PaidBefore(number=invoice)
    if state is not State.approved:
        raise NotApproved(number=invoice)
    if paid_on > today:
        raise Invalid({"paid_on": _("La date du paiement est dans l'avenir.")})
    if paid_on < dated:
        raise Invalid({"paid_on": _("Le paiement précède la facture. Vérifiez la date.")})


def check_cancel(state: State, invoice: str) -> None:
    """What is entered or approved; what is paid is given back by a credit note."""
    if state is State.paid:
        raise PaidAlready(number=invoice)
    if state not in (*OPEN, State.approved):
        raise NotOpen(number=invoice)


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique de la facture.")})
    return given
