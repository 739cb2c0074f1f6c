"""A ticket's states, its number, and what it must say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kit.clock import school_year
from kit.errors import Conflict, Invalid
from kit.i18n import _, lazy


class State(StrEnum):
    open = "open"
    in_progress = "in_progress"
    waiting = "waiting"
    closed = "closed"


STATE_WORDS: Mapping[State, str] = {
    State.open: lazy("ouvert"),
    State.in_progress: lazy("en cours"),
    State.waiting: lazy("en attente"),
    State.closed: lazy("fermé"),
}
UNSETTLED = frozenset({State.open, State.in_progress, State.waiting})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From some states to one; `what` names its event, `words` end the sentence « on ne peut pas le … »."""

    what: str
    words: str
    start: frozenset[State]
    to: State


TAKE = Step(what="ticket.taken", words=lazy("prendre en charge"), start=UNSETTLED, to=State.in_progress)
HOLD = Step(
    what="ticket.on_hold",
    words=lazy("mettre en attente"),
    start=frozenset({State.open, State.in_progress}),
    to=State.waiting,
)
CLOSE = Step(what="ticket.closed", words=lazy("fermer"), start=UNSETTLED, to=State.closed)
REOPEN = Step(what="ticket.reopened", words=lazy("rouvrir"), start=frozenset({State.closed}), to=State.open)
STEPS = (TAKE, HOLD, CLOSE, REOPEN)


class StepRefused(Conflict):
    """The ticket's state does not allow the step."""


def check_step(step: Step, state: State, number: str) -> None:
    """Raise StepRefused unless `step` may start from `state`."""
    if state not in step.start:
        raise StepRefused(
            _("Le billet {number} est {state} : on ne peut pas le {verb}.").format(
                number=number, state=_(STATE_WORDS[state]), verb=_(step.words)
            )
        )


def check_unsettled(state: State, number: str) -> None:
    """Raise StepRefused when the ticket is closed."""
    if state is State.closed:
        raise StepRefused(_("Le billet {number} est fermé. Rouvrez-le d'abord.").format(number=number))


def said(field: str, typed: str, sentence: str) -> str:
    """The text, trimmed; Invalid with `sentence` when nothing is said."""
    if not (kept := typed.strip()):
        raise Invalid({field: sentence})
    return kept


def series(board: str, day: date) -> str:
    """The series of a board's tickets in the school year of a day."""
    return f"ticket:{board}:{school_year(day)[:4]}"


def number(board: str, day: date, count: int) -> str:
    """`B-711-2026-0318`: the school year is named by its first calendar year."""
    return f"B-{board[:3]}-{school_year(day)[:4]}-{count:04d}"
