"""What pages say of boards, schools and buildings: levels, and what happened to them."""

from collections.abc import Iterable, Mapping

from kit.events import EventOut
from kit.history import Told, tell
from kit.i18n import _, lazy

LEVEL_WORDS: Mapping[str, str] = {
    "preschool": lazy("préscolaire"),
    "primary": lazy("primaire"),
    "secondary": lazy("secondaire"),
    "vocational": lazy("formation professionnelle"),
    "adult": lazy("formation générale des adultes"),
}

EVENTS: Mapping[str, str] = {
    "board.created": lazy("Inscrit au réseau."),
    "board.changed": lazy("Fiche changée par une liste."),
    "board.closed": lazy("Fermé : absent de la liste."),
    "board.reopened": lazy("Rouvert : de retour dans la liste."),
    "building.created": lazy("Inscrit au réseau."),
    "building.changed": lazy("Fiche changée par une liste."),
    "building.closed": lazy("Fermé : absent de la liste."),
    "building.reopened": lazy("Rouvert : de retour dans la liste."),
    "school.created": lazy("Inscrite au réseau."),
    "school.changed": lazy("Fiche changée par une liste."),
    "school.closed": lazy("Fermée : absente de la liste."),
    "school.reopened": lazy("Rouverte : de retour dans la liste."),
    "link.created": lazy("Un immeuble s'ajoute."),
    "link.closed": lazy("Un immeuble est quitté."),
    "link.reopened": lazy("Un immeuble est repris."),
    "link.changed": lazy("Immeuble : dates changées."),
    "headcount.created": lazy("Effectif inscrit."),
    "headcount.changed": lazy("Effectif corrigé."),
    "headcount.closed": lazy("Effectif retiré."),
    "floor.below": lazy("Passée sous le plancher."),
    "floor.no_longer_below": lazy("Sortie de sous le plancher."),
    "floor.told": lazy("Organisme avisé d'un écart au plancher."),
    "floor.flag_acknowledged": lazy("Signalement pris en charge."),
    "floor.exempted": lazy("Exemptée du plancher."),
    "floor.exemption_ended": lazy("Fin de l'exemption du plancher."),
}

FIELDS: Mapping[str, str] = {
    "name": lazy("Nom"),
    "short_name": lazy("Nom court"),
    "board": lazy("Organisme"),
    "address_1": lazy("Adresse"),
    "municipality_name": lazy("Municipalité"),
    "postal_code": lazy("Code postal"),
    "region": lazy("Région"),
    "pupils": lazy("Élèves"),
}


WHYS = (
    lazy("Annulation : {why}"),
    lazy("{title} du {day}, lot {number}"),
)  # what a list, or its undoing, gives as its reason


def level_word(level: str) -> str:
    """`primaire`."""
    return _(LEVEL_WORDS[level])


def told(events: Iterable[EventOut]) -> list[Told]:
    """The trail of a board, a school or a building, in words."""
    return tell(events, sentences=EVENTS, labels=FIELDS, whys=WHYS)
