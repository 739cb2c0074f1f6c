"""Proposals in answer to a call for projects: what may follow what, who may decide. Pure.

draft ─submit→ submitted ─approve→ approved ─report→ reported
      ←withdraw─         ─refuse→  refused
"""

from datetime import date
from enum import StrEnum

from kit.actor import Actor, Scope
from kit.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from kit.i18n import _, date_long, lazy, money


class State(StrEnum):
    draft = "draft"
    submitted = "submitted"
    approved = "approved"
    refused = "refused"
    reported = "reported"


class Verb(StrEnum):
    change = "change"
    submit = "submit"
    withdraw = "withdraw"
    approve = "approve"
    refuse = "refuse"
    report = "report"


_AFTER = {
    (State.draft, Verb.change): State.draft,
    (State.draft, Verb.submit): State.submitted,
    (State.submitted, Verb.withdraw): State.draft,
    (State.submitted, Verb.approve): State.approved,
    (State.submitted, Verb.refuse): State.refused,
    (State.approved, Verb.report): State.reported,
    (State.reported, Verb.report): State.reported,  # a report is mended by writing it again
}

WORDS = {
    State.draft: lazy("En préparation"),
    State.submitted: lazy("Déposé"),
    State.approved: lazy("Approuvé"),
    State.refused: lazy("Refusé"),
    State.reported: lazy("Résultats remis"),
}


class WrongTurn(Conflict):
    """The project is not in the state that the verb wants. Figures: `number`, `state`."""

    def __init__(self, *, number: str, state: State) -> None:
        sentence = _("Le projet {number} est dans l'état « {word} » : cela ne s'y fait pas. Rechargez la page.")
        super().__init__(sentence.format(number=number, word=_(WORDS[state])), number=number, state=state.value)


class NoSuchProject(NotFound):
    sentence = lazy("Aucun projet à vous ne porte le numéro {number}.")


class NoCall(NotFound):
    sentence = lazy("Aucun appel de projets de la mesure {measure} pour {year}.")


class ByFormula(Refused):
    sentence = lazy("La mesure {measure} donne par formule, pas sur projet : elle n'a pas d'appel.")


class WrongHolder(Refused):
    """A school proposes where boards hold the money, or the other way round."""

    sentence = lazy(
        "L'argent de cette mesure est tenu par {holder} : le projet doit être le sien. Proposez-le à sa place, ou demandez-le-lui."
    )


class NotOpen(Refused):
    """The call takes proposals from one day to another. Figures: `opens_on`, `closes_on`."""

    def __init__(self, *, opens_on: date, closes_on: date) -> None:
        sentence = _("L'appel reçoit les projets du {opens_on} au {closes_on} : rien n'a été déposé.")
        super().__init__(
            sentence.format(opens_on=date_long(opens_on), closes_on=date_long(closes_on)),
            opens_on=opens_on.isoformat(), closes_on=closes_on.isoformat(),
        )  # fmt: skip


def after(state: State, verb: Verb, number: str) -> State:
    """The state that follows. Raises WrongTurn."""
    if (found := _AFTER.get((state, verb))) is None:
        raise WrongTurn(number=number, state=state)
    return found


def check_open(opens_on: date, closes_on: date, on: date) -> None:
    if not opens_on <= on <= closes_on:
        raise NotOpen(opens_on=opens_on, closes_on=closes_on)


def check_call_days(opens_on: date, closes_on: date) -> None:
    if closes_on < opens_on:
        raise Invalid({"closes_on": _("L'appel se termine avant de s'ouvrir : corrigez l'une des deux dates.")})


def check_holder(holder: str, school: str | None) -> None:
    if (holder == "school") != (school is not None):
        word = _("les écoles") if holder == "school" else _("les organismes")
        raise WrongHolder(holder=word)


def check_amount(approved: int, asked: int) -> None:
    """What is approved may be less than what is asked, never more."""
    if approved > asked:
        sentence = _("Le projet demande {asked} : on ne peut pas en approuver plus.").format(asked=money(asked))
        raise Invalid({"approved_cents": sentence})


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez ce que l'école ou l'organisme doit savoir.")})
    return given


def check_decides(who: Actor, submitted_by: object) -> None:
    """The ministry decides, a person, and never on what they handed in themselves."""
    if who.scope is not Scope.ministry or who.person is None:
        raise Forbidden(_("Une personne du ministère décide des projets."))
    if who.person == submitted_by:
        raise Forbidden(_("Vous avez déposé ce projet : une autre personne doit en décider."))
