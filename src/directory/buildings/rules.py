"""A list of buildings, merged. Pure."""

from collections.abc import Set as AbstractSet

import msgspec

from directory.imports.rules import LEVELS, Reading, levels_in
from kit.i18n import _


class BuildingRow(msgspec.Struct, kw_only=True):
    """A building as a list describes it; a level is None where the list says nothing of it."""

    code: str
    name: str = ""
    board: str = ""
    address_1: str = ""
    address_2: str = ""
    postal_code: str = ""
    municipality: str = ""
    municipality_name: str = ""
    ownership: str = ""
    longitude: float | None = None
    latitude: float | None = None
    preschool: bool | None = None
    primary: bool | None = None
    secondary: bool | None = None
    vocational: bool | None = None
    adult: bool | None = None
    levels: str = ""


def merge(reading: Reading, *, boards: AbstractSet[str]) -> dict[str, BuildingRow]:
    """The buildings by code; a line of an unknown board, or one that contradicts an earlier one, is refused."""
    buildings: dict[str, BuildingRow] = {}
    from_words = reads_levels_from_words(reading)
    for line, row in reading.lines(BuildingRow):
        if row.board not in boards:
            reading.refuse(line, row.code, "board", row.board, unknown_board())
            continue
        if from_words:
            set_levels(row, row.levels)
        if buildings.setdefault(row.code, row) != row:
            reading.refuse(line, row.code, "code", row.code, _("Ce code est déjà décrit autrement plus haut."))
    return {code: row for code, row in buildings.items() if code not in reading.shielded}


def unknown_board() -> str:
    return _("Aucun organisme scolaire ne porte ce code; importez d'abord la liste des organismes.")


def reads_levels_from_words(reading: Reading) -> bool:
    """Whether levels come as words (`Préscolaire - Primaire`) because the file has no column for each."""
    return "levels" in reading.given and not reading.given & set(LEVELS)


def set_levels(row: msgspec.Struct, words: str) -> None:
    """Set the five levels of a row from a text; an empty text says nothing."""
    if words:
        named = levels_in(words)
        for level in LEVELS:
            setattr(row, level, level in named)


def united(one: bool | None, other: bool | None) -> bool | None:
    """A level of two rows together: yes where either says so, None where neither says anything."""
    return one if other is None else bool(one) or other
