"""What pages say of selections (« paniers »): states, events, fields, what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from allocations.approvals.rules import over_limit_sentence
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import SelectionOut
from kit.events import EventOut
from kit.history import Told, shown, tell
from kit.i18n import _, date_long, lazy, money, n_, number

STATE_WORDS: Mapping[State, str] = {
    State.draft: lazy("Brouillon"),
    State.submitted: lazy("Soumis"),
    State.approved: lazy("Approuvé"),
    State.refused: lazy("Refusé"),
    State.change_asked: lazy("Précision demandée"),
    State.withdrawn: lazy("Repris"),
    State.ordered: lazy("Commandé"),
}

PRIORITY_WORDS: Mapping[str, str] = {
    "low": lazy("Peut attendre"),
    "normal": lazy("Ordinaire"),
    "high": lazy("Prioritaire"),
}

TONES: Mapping[State, str] = {
    State.draft: "exempt",
    State.submitted: "warning",
    State.approved: "met",
    State.refused: "below",
    State.change_asked: "warning",
    State.withdrawn: "not_assessable",
    State.ordered: "on_order",
}

EVENTS: Mapping[str, str] = {
    "selection.drafted": lazy("Panier commencé."),
    "selection.submitted": lazy("Panier soumis."),
    "selection.approved": lazy("Panier approuvé."),
    "selection.agreed": lazy("Accord noté; la décision revient à l'étape suivante."),
    "selection.refused": lazy("Panier refusé."),
    "selection.change_asked": lazy("Précision demandée."),
    "selection.repriced": lazy("Prix repris."),
    "selection.changed": lazy("Panier modifié."),
    "selection.copied": lazy("Panier recopié d'un autre."),
    "selection.commented": lazy("Commentaire ajouté."),
    "selection.attached": lazy("Fichier joint."),
    "selection.withdrawn": lazy("Panier repris."),
    "selection.released": lazy("Libéré : son exercice est fermé."),
    "selection.resumed": lazy("Panier rouvert."),
}

_LINES: Mapping[str, str] = {
    "selection.prices_taken": lazy("Prix du jour repris."),
    "selection.line_put": lazy("Ajouté : {n} × {name}."),
    "selection.line_changed": lazy("Modifié : {name}."),
    "selection.line_removed": lazy("Retiré : {n} × {name}."),
}

FIELDS: Mapping[str, str] = {
    "state": lazy("État"),
    "quantity": lazy("Quantité"),
    "building": lazy("Immeuble"),
    "use": lazy("Usage en classe"),
    "title": lazy("Titre"),
    "priority": lazy("Priorité"),
    "note": lazy("Note"),
    "wanted_by": lazy("Voulu pour le"),
    "measure": lazy("Mesure"),
    "replaced": lazy("En remplacement de"),
    "from": lazy("Recopié de"),
}

# The four steps that follow a submission, and how many of them are behind in each state.
STEPS = (
    lazy("Approbation"),
    lazy("Commande par l'organisme"),
    lazy("Livraison"),
    lazy("Mise en service"),
)
STEP_OF: Mapping[State, int] = {State.submitted: 1, State.approved: 2}  # of an ordered one: following.step_of


DECISION_CHIPS: Mapping[str, tuple[str, str]] = {
    "approved": (lazy("Approuvé"), "met"),
    "agreed": (lazy("Accord donné"), "met"),  # over the limit of a step: the next decides
    "refused": (lazy("Refusé"), "below"),
    "asked": (lazy("Précision demandée"), "warning"),
}


def decision_chip(decision: str) -> tuple[str, str]:
    """Its word and its tone."""
    word, tone = DECISION_CHIPS[decision]
    return _(word), tone


def state_word(state: str) -> str:
    """« Soumis »."""
    return _(STATE_WORDS[State(state)])


def priority_word(priority: str) -> str:
    """« Prioritaire »."""
    return _(PRIORITY_WORDS[priority])


def show(name: str, value: Any) -> str | None:
    """A value of the trail, as a person reads it."""
    if name == "state" and value:
        return state_word(value)
    if name == "priority" and value:
        return priority_word(value)
    if name == "wanted_by" and value:
        return date_long(date.fromisoformat(value))
    return shown(name, value)


def history(events: Sequence[EventOut], names: Mapping[str, str]) -> list[Told]:
    """The trail of a basket in words; `names` of what it holds, by bundle slug or product code."""
    told = tell(events, sentences=EVENTS, labels=FIELDS, show=show)
    return [
        replace(line, sentence=_line_words(event, names) or line.sentence)
        for event, line in zip(events, told, strict=True)
    ]


def _line_words(event: EventOut, names: Mapping[str, str]) -> str:
    """« 2 × Deux tablettes : ajouté. »; '' for what is no line."""
    said = _LINES.get(event.what)
    line = event.after or event.before
    if said is None or line is None:
        return ""
    code = line.get("bundle") or line.get("product") or ""
    return _(said).format(n=number(line.get("quantity", 1)), name=line.get("name") or names.get(code, code))


def answer(basket: SelectionOut, *, by_board: bool) -> str:
    """Where a basket stands and who does what next; of an ordered one, following.words_of tells.

    `by_board`: a principal had a hand in it, so the board decides.
    """
    state = State(basket.state)
    if state is State.submitted and basket.submitted_at:
        if basket.step_role and Verb.approve not in basket.may:
            said = _("Soumis le {day}. La décision revient à {role}.")
            return said.format(day=date_long(basket.submitted_at), role=basket.step_role_name)
        if Verb.approve in basket.may:
            said = _("Soumis le {day}. Votre décision est attendue.")
        elif by_board:
            said = _("Soumis le {day}. L'approbation revient à l'organisme.")
        else:
            said = _("Soumis le {day}. L'approbation revient à la direction.")
        return said.format(day=date_long(basket.submitted_at))
    if state is State.approved and basket.decided_at:
        said = _("Approuvé le {day}. L'organisme le regroupe maintenant dans un bon de commande.")
        return said.format(day=date_long(basket.decided_at))
    if state is State.refused and basket.decided_at:
        said = _("Refusé le {day} : « {reason} »")
        return said.format(day=date_long(basket.decided_at), reason=basket.decision_reason)
    if state is State.change_asked and basket.decided_at:
        said = _("Précision demandée le {day} : « {reason} »")
        return said.format(day=date_long(basket.decided_at), reason=basket.decision_reason)
    if state is State.withdrawn and basket.decision_reason and basket.decided_at:
        said = _("Libéré le {day} : l'exercice {year} se ferme. Rien n'est réservé.")
        return said.format(day=date_long(basket.decided_at), year=basket.year)
    if state is State.withdrawn:
        return _("Repris par l'école : rien n'est réservé.")
    return _("Brouillon : rien n'est réservé avant la soumission.")


def decision_words(basket: SelectionOut) -> str:
    """What the last decision did, to whoever took it."""
    state, last = State(basket.state), next(
        (one for one in reversed(basket.approvals) if one.voided_at is None), None
    )  # fmt: skip
    if state is State.submitted and last and last.decision == "agreed" and last.limit_cents is not None:
        return over_limit_sentence(last.limit_cents, basket.step_role_name)
    if state is State.approved:
        return _("Panier approuvé. Il passe à l'organisme.")
    freed = freed_words(basket.charged_cents)
    if state is State.refused:
        return _("Panier refusé. {freed}. Votre motif est envoyé.").format(freed=freed)
    if state is State.change_asked:
        return _("Précision demandée. {freed} jusqu'à la prochaine soumission.").format(freed=freed)
    return ""


def reserved_words(cents: int) -> str:
    """« 840,13 $ sont réservés. »"""
    return n_("{amount} est réservé.", "{amount} sont réservés.", cents // 100).format(amount=money(cents))


def freed_words(cents: int) -> str:
    """« 840,13 $ sont libérés »"""
    return n_("{amount} est libéré", "{amount} sont libérés", cents // 100).format(amount=money(cents))
