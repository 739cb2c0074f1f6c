"""What pages say of assets: events, fields, and the tone of each state."""

from collections.abc import Mapping
from typing import Any

from inventory.assets.rules import STATE_WORDS, State
from kit.history import shown
from kit.i18n import _, lazy

TONES: Mapping[State, str] = {
    State.received: "on_order",
    State.in_service: "met",
    State.on_loan: "met",
    State.out_of_service: "warning",
    State.in_repair: "warning",
    State.lost: "below",
    State.stolen: "below",
    State.returned: "exempt",
    State.void: "exempt",
    State.retired: "exempt",
}

EVENTS: Mapping[str, str] = {
    "asset.received": lazy("Reçu."),
    "asset.added": lazy("Inscrit à la main."),
    "asset.changed": lazy("Fiche corrigée."),
    "asset.moved": lazy("Déplacé."),
    "asset.put_into_service": lazy("Mis en service."),
    "asset.lent": lazy("Prêté."),
    "asset.taken_back": lazy("Repris."),
    "asset.taken_out_of_service": lazy("Mis hors service."),
    "asset.sent_to_repair": lazy("Envoyé en réparation."),
    "asset.returned_to_service": lazy("Remis en service."),
    "asset.lost": lazy("Déclaré perdu."),
    "asset.stolen": lazy("Déclaré volé."),
    "asset.found": lazy("Retrouvé."),
    "asset.retired": lazy("Retiré."),
    "asset.returned_to_supplier": lazy("Retourné au fournisseur."),
    "asset.return_cancelled": lazy("Retour au fournisseur annulé."),
    "asset.voided": lazy("Réception annulée : inscrit par erreur."),
    "asset.label_printed": lazy("Étiquette imprimée."),
}

WHYS = (lazy("Billet {number}"),)  # what a ticket does to its device

FIELDS: Mapping[str, str] = {
    "state": lazy("État"),
    "building": lazy("Immeuble"),
    "room": lazy("Local"),
    "name": lazy("Nom"),
    "maker": lazy("Fabricant"),
    "model": lazy("Modèle"),
    "serial": lazy("N° de série"),
    "warranty_until": lazy("Fin de la garantie"),
    "note": lazy("Note"),
}


def state_word(state: State) -> str:
    """`en service`."""
    return _(STATE_WORDS[state])


def show(name: str, value: Any) -> str | None:
    """A value of the trail, as a person reads it."""
    return state_word(State(value)) if name == "state" and value else shown(name, value)
