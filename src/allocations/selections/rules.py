"""What may become of a selection, and who may decide. Pure.

draft → submitted → approved → ordered; submitted or approved → refused, change_asked or withdrawn; these → draft again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from directory.replacements.queries import Standing
from kit.actor import Actor, by_whom
from kit.clock import MONTREAL, today
from kit.errors import Conflict, Forbidden, Invalid, Refused, Stale
from kit.i18n import _, clock_time, date_time, lazy, money

MOST_LINES = 200
MOST_UNITS = 10_000


class State(StrEnum):
    draft = "draft"
    submitted = "submitted"
    approved = "approved"
    refused = "refused"
    change_asked = "change_asked"
    withdrawn = "withdrawn"
    ordered = "ordered"


class Verb(StrEnum):
    """What a person may do to a selection."""

    edit = "edit"
    submit = "submit"
    approve = "approve"
    refuse = "refuse"
    ask_change = "ask_change"
    withdraw = "withdraw"
    resume = "resume"


_MOVES: Mapping[Verb, tuple[Collection[State], State]] = {
    Verb.edit: ((State.draft,), State.draft),
    Verb.submit: ((State.draft,), State.submitted),
    Verb.approve: ((State.submitted,), State.approved),
    Verb.refuse: ((State.submitted, State.approved), State.refused),
    Verb.ask_change: ((State.submitted, State.approved), State.change_asked),
    Verb.withdraw: ((State.submitted, State.approved), State.withdrawn),
    Verb.resume: ((State.refused, State.change_asked, State.withdrawn), State.draft),
}

RIGHTS: Mapping[Verb, str] = {
    Verb.edit: "selection.compose",
    Verb.submit: "selection.submit",
    Verb.approve: "selection.approve",
    Verb.refuse: "selection.approve",
    Verb.ask_change: "selection.approve",
    Verb.withdraw: "selection.submit",
    Verb.resume: "selection.compose",
}

BOARD_COMPOSES = "envelope.write"
FOLLOW = ("selection.compose", "selection.approve", "order.write", "envelope.write")

_WHERE_IT_STANDS: Mapping[State, str] = {
    State.draft: lazy("Ce panier est un brouillon : il n'est pas encore soumis."),
    State.submitted: lazy("Ce panier est soumis : reprenez-le avant de le modifier."),
    State.approved: lazy("Ce panier est approuvé : reprenez-le avant de le modifier."),
    State.refused: lazy("Ce panier est refusé : rouvrez-le pour le corriger."),
    State.change_asked: lazy("Une précision est demandée sur ce panier : rouvrez-le pour y répondre."),
    State.withdrawn: lazy("Ce panier a été repris : rouvrez-le pour le modifier."),
    State.ordered: lazy("Ce panier est déjà commandé."),
}


class WrongState(Conflict):
    """The selection's state does not allow it. Figures: `state`."""

    def __init__(self, state: State) -> None:
        super().__init__(_(_WHERE_IT_STANDS[state]), state=state.value)


class OwnSelection(Forbidden):
    sentence = lazy("Vous avez préparé ce panier : une autre personne doit l'approuver.")


class OnlyAPerson(Forbidden):
    sentence = lazy("Seule une personne peut décider d'un panier.")


class ChangedMeanwhile(Stale):
    sentence = lazy("Le panier a changé pendant votre lecture. Rien n'a été approuvé.")


class PriceMoved(Stale):
    """A price or a tax has changed since the cost was read. Figures: `seen_cents`, `cost_cents`, in the measure's tax basis."""

    sentence = lazy(
        "Le panier coûte maintenant {cost}, et non {seen} : un prix a changé pendant votre lecture. Rien n'a été soumis;"
        " relisez le total."
    )

    def __init__(self, *, seen: int, cost: int) -> None:
        super().__init__(
            _(self.sentence).format(cost=money(cost), seen=money(seen)), seen_cents=seen, cost_cents=cost
        )  # fmt: skip


class AlreadyOnOrder(Conflict):
    sentence = lazy("Ce panier est dans le bon de commande {order} : l'organisme doit d'abord l'annuler.")


class OrderedOnce(Conflict):
    sentence = lazy(
        "Ce panier a déjà été commandé une fois, et ce bon doit rester lisible : recopiez le panier dans un nouveau."
    )


class NoEnvelope(Refused):
    """What a basket without an envelope is told at its submission."""

    title = lazy("Aucune enveloppe")
    sentence = lazy("Aucune enveloppe cette année : panier possible, soumission non.")


class PricesHold(Conflict):
    sentence = lazy("Les prix de ce panier n'ont pas changé : il n'y a rien à reprendre.")


class NotEligible(Refused):
    """The measure does not pay for such things."""

    sentence = lazy(
        "La mesure {measure} ne paie pas « {name} » ({category}). Choisissez autre chose, ou une autre enveloppe."
    )


class TooManyLines(Refused):
    sentence = lazy("Un panier compte au plus {most} lignes. Soumettez celui-ci, puis ouvrez-en un autre.")


class NotReady(Refused):
    """It cannot be submitted as it is. Figures: `problems`, one sentence each."""

    title = lazy("Panier à corriger")

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems), problems=problems)


def right_of(verb: Verb, *, by_board: bool) -> str:
    """The right that a verb asks for. A board composes where its own envelope pays, or where it orders for the school."""
    right = RIGHTS[verb]
    return BOARD_COMPOSES if by_board and right != "selection.approve" else right


def after(state: State, verb: Verb) -> State:
    """The state that a verb leads to. Raises WrongState."""
    sources, target = _MOVES[verb]
    if state not in sources:
        raise WrongState(state)
    return target


def is_read(current: int, read: int | None) -> bool:
    """Whether the caller read this very version; one that names none has read nothing (Invalid)."""
    if read is None:
        raise Invalid({"If-Match": _("Donnez dans « If-Match » la version du panier que vous avez lue.")})
    return read == current


def changed(error: type[Stale], by: str, at: datetime) -> Stale:
    """What a caller reads whose version is past: their error, then who changed the basket, and when."""
    moment = clock_time(at) if at.astimezone(MONTREAL).date() == today() else date_time(at)
    who = _("Modifié par {name} à {moment}.").format(name=by_whom(by), moment=moment)
    return error(f"{_(error.sentence)} {who}", by=by, at=at.isoformat())


def check_decider(who: Actor, *, school: str, authors: Collection[UUID]) -> None:
    """Raise unless `who` may decide on a selection of `school`, steps left aside.

    OnlyAPerson for the system, Forbidden without the right, OwnSelection for whoever composed, edited or submitted it.
    """
    if who.person is None:
        raise OnlyAPerson()
    who.must("selection.approve", school=school)
    if who.person in authors:
        raise OwnSelection()


def stand(held: Iterable[Standing], *, role: str, school: str, authors: Collection[UUID]) -> Standing | None:
    """As what somebody decides at the step of `role` ('': of whoever may approve) for a school; None: it is not theirs.

    Nobody stands in for an author: that would be the author's own approval.
    """
    return next(
        (
            one
            for one in held
            if role in ("", one.role) and one.school in (None, school) and one.replaced not in authors
        ),
        None,
    )


def allowed(who: Actor, state: State, *, school: str, authors: Collection[UUID], by_board: bool = False) -> list[Verb]:
    """What `who` may do to a selection now, steps of a delegation left aside: the buttons of its page."""
    return [verb for verb in Verb if state in _MOVES[verb][0] and _permitted(who, verb, school, authors, by_board)]


def _permitted(who: Actor, verb: Verb, school: str, authors: Collection[UUID], by_board: bool) -> bool:
    if verb not in (Verb.approve, Verb.refuse, Verb.ask_change):
        return who.may(right_of(verb, by_board=by_board), school=school)
    try:
        check_decider(who, school=school, authors=authors)
    except Forbidden:
        return False
    return True
