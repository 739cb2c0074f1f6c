"""What pages say of tickets: events, fields, and the tone of each state."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.tickets.rules import STATE_WORDS, State
from kit.history import shown
from kit.i18n import _, date_long, lazy

STATE_TONES: Mapping[State, str] = {
    State.open: "warning",
    State.in_progress: "on_order",
    State.waiting: "not_assessable",
    State.closed: "met",
}

EVENTS: Mapping[str, str] = {
    "ticket.opened": lazy("Billet ouvert."),
    "ticket.taken": lazy("Pris en charge."),
    "ticket.on_hold": lazy("Mis en attente."),
    "ticket.commented": lazy("Commentaire ajouté."),
    "ticket.noted": lazy("Note interne ajoutée."),
    "ticket.out_of_service_set": lazy("Usage de l'appareil précisé."),
    "ticket.closed": lazy("Fermé avec une réponse."),
    "ticket.reopened": lazy("Rouvert."),
}

FIELDS: Mapping[str, str] = {
    "state": lazy("État"),
    "assigned_name": lazy("Prise en charge"),
    "expected_on": lazy("Attendu le"),
    "out_of_service": lazy("Appareil hors service"),
}


def state_word(state: State) -> str:
    """`en cours`."""
    return _(STATE_WORDS[state])


def show(name: str, value: Any) -> str | None:
    """A value of the trail, as a person reads it."""
    if name == "state" and value:
        return state_word(State(value))
    if name == "out_of_service" and value is not None:
        return _("oui") if value else _("non")
    if name == "expected_on" and value:
        return date_long(date.fromisoformat(str(value)))
    return shown(name, value)
