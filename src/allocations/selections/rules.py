"""What may become of a selection, and who may decide. Pure.

draft → submitted → approved → ordered; submitted or approved → refused or withdrawn; refused or withdrawn → draft again.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from uuid import UUID

from kit.actor import Actor, Scope
from kit.errors import Conflict, Forbidden, Invalid, Refused, Stale
from kit.i18n import _, lazy, money

MOST_LINES = 200
MOST_UNITS = 10_000


class State(StrEnum):
    draft = "draft"
    submitted = "submitted"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    ordered = "ordered"


class Verb(StrEnum):
    """What a person may do to a selection."""

    edit = "edit"
    submit = "submit"
    approve = "approve"
    refuse = "refuse"
    withdraw = "withdraw"
    resume = "resume"


_MOVES: Mapping[Verb, tuple[Collection[State], State]] = {
    Verb.edit: ((State.draft,), State.draft),
    Verb.submit: ((State.draft,), State.submitted),
    Verb.approve: ((State.submitted,), State.approved),
    Verb.refuse: ((State.submitted, State.approved), State.refused),
    Verb.withdraw: ((State.submitted, State.approved), State.withdrawn),
    Verb.resume: ((State.refused, State.withdrawn), State.draft),
}

RIGHTS: Mapping[Verb, str] = {
    Verb.edit: "selection.compose",
    Verb.submit: "selection.submit",
    Verb.approve: "selection.approve",
    Verb.refuse: "selection.approve",
    Verb.withdraw: "selection.submit",
    Verb.resume: "selection.compose",
}

_WHERE_IT_STANDS: Mapping[State, str] = {
    State.draft: lazy("Ce panier est un brouillon : il n'est pas encore soumis."),
    State.submitted: lazy("Ce panier est soumis : reprenez-le avant de le modifier."),
    State.approved: lazy("Ce panier est approuvé : reprenez-le avant de le modifier."),
    State.refused: lazy("Ce panier est refusé : rouvrez-le pour le corriger."),
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
        "Ce panier a déjà été commandé une fois, et ce bon doit rester lisible : composez un nouveau panier."
    )


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


def after(state: State, verb: Verb) -> State:
    """The state that a verb leads to. Raises WrongState."""
    sources, target = _MOVES[verb]
    if state not in sources:
        raise WrongState(state)
    return target


def check_version(current: int, read: int | None, *, error: type[Stale] = Stale) -> None:
    """Raise unless the caller read this very version; one that names none has read nothing (Invalid)."""
    if read is None:
        raise Invalid({"If-Match": _("Donnez dans « If-Match » la version du panier que vous avez lue.")})
    if read != current:
        raise error()


def decision_step(who: Actor, *, school: str, authors: Collection[UUID]) -> str:
    """At which step `who` decides on a selection of `school`: `school` or `board`.

    Raises OnlyAPerson for the system, Forbidden without the right, OwnSelection for whoever composed, edited or submitted it.
    """
    if who.person is None:
        raise OnlyAPerson()
    who.must("selection.approve", school=school)
    if who.person in authors:
        raise OwnSelection()
    return "board" if who.scope is Scope.board and "selection.approve" in who.rights else "school"


def allowed(who: Actor, state: State, *, school: str, authors: Collection[UUID]) -> list[Verb]:
    """What `who` may do to a selection now: the buttons of its page."""
    return [verb for verb in Verb if state in _MOVES[verb][0] and _permitted(who, verb, school, authors)]


def _permitted(who: Actor, verb: Verb, school: str, authors: Collection[UUID]) -> bool:
    if verb not in (Verb.approve, Verb.refuse):
        return who.may(RIGHTS[verb], school=school)
    try:
        decision_step(who, school=school, authors=authors)
    except Forbidden:
        return False
    return True
