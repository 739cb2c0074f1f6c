"""A list of schools and centres (a line an organisation and building), merged into organisations, buildings and links. Pure."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import msgspec

from directory.buildings.rules import BuildingRow, reads_levels_from_words, set_levels, united, unknown_board
from directory.imports.rules import LEVELS, Reading, some
from kit.i18n import _, n_


class SchoolRow(msgspec.Struct, kw_only=True):
    """A line of the list; also an organisation, once its lines are merged. Levels are of the line alone until then."""

    code: str
    name: str
    board: str
    short_name: str = ""
    address_1: str = ""
    address_2: str = ""
    postal_code: str = ""
    municipality: str = ""
    municipality_name: str = ""
    website: str = ""
    preschool: bool | None = None
    primary: bool | None = None
    secondary: bool | None = None
    vocational: bool | None = None
    adult: bool | None = None
    levels: str = ""
    building: str = ""
    building_name: str = ""
    building_address_1: str = ""
    building_address_2: str = ""
    building_postal_code: str = ""
    building_municipality: str = ""
    building_municipality_name: str = ""
    longitude: float | None = None
    latitude: float | None = None


class SchoolList(NamedTuple):
    """What a list says once its lines are together: by code, and (school, building)."""

    schools: dict[str, SchoolRow]
    buildings: dict[str, BuildingRow]
    links: list[tuple[str, str]]


def merge(reading: Reading, *, boards: AbstractSet[str], partial: bool = False) -> SchoolList:
    """The organisations of a list: levels are those of all their lines; a building may house several, of several boards.

    A line of an unknown board, or of another board than the organisation's first line, is refused; an organisation with a
    refused line is left out, and so are the buildings that nobody else needs.
    With `partial` an organisation's absent lines may hold other levels: a level is then added, never taken away.
    """
    schools: dict[str, SchoolRow] = {}
    buildings: dict[str, BuildingRow] = {}
    links: dict[tuple[str, str], None] = {}
    renamed: dict[str, None] = {}
    from_words = reads_levels_from_words(reading)
    for line, row in reading.lines(SchoolRow):
        if row.board not in boards:
            reading.refuse(line, row.code, "board", row.board, unknown_board())
            continue
        if from_words:
            set_levels(row, row.levels)
        known = schools.setdefault(row.code, row)
        if known.board != row.board:
            reading.refuse(
                line,
                row.code,
                "board",
                row.board,
                _("Cet organisme relève de {board} plus haut.").format(board=known.board),
            )
            continue
        if known.name != row.name:
            renamed[row.code] = None
        if row.building:
            links[row.code, row.building] = None
            _add_building(buildings, row, boards)
        if known is not row:
            _unite(known, row)
    if renamed:
        reading.notes.append(_several_names(list(renamed)))
    if partial:
        _only_added(schools.values())
        _only_added(buildings.values())
    return _without(reading.shielded, SchoolList(schools, buildings, list(links)))


def _unite(known: SchoolRow | BuildingRow, row: SchoolRow) -> None:
    known.preschool = united(known.preschool, row.preschool)
    known.primary = united(known.primary, row.primary)
    known.secondary = united(known.secondary, row.secondary)
    known.vocational = united(known.vocational, row.vocational)
    known.adult = united(known.adult, row.adult)


def _only_added(records: Iterable[SchoolRow | BuildingRow]) -> None:
    for record in records:
        for level in LEVELS:
            if getattr(record, level) is False:
                setattr(record, level, None)


def _add_building(buildings: dict[str, BuildingRow], row: SchoolRow, boards: AbstractSet[str]) -> None:
    """The building of a line. Its board is the one whose digits its code starts with; else that of the first school in it."""
    if (known := buildings.get(row.building)) is not None:
        _unite(known, row)
        return
    own = f"{row.building[:3]}000"
    buildings[row.building] = BuildingRow(
        code=row.building,
        name=row.building_name or row.name,
        board=own if own in boards else row.board,
        address_1=row.building_address_1,
        address_2=row.building_address_2,
        postal_code=row.building_postal_code,
        municipality=row.building_municipality,
        municipality_name=row.building_municipality_name,
        longitude=row.longitude,
        latitude=row.latitude,
        preschool=row.preschool,
        primary=row.primary,
        secondary=row.secondary,
        vocational=row.vocational,
        adult=row.adult,
    )


def _without(shielded: AbstractSet[str], whole: SchoolList) -> SchoolList:
    if not shielded:
        return whole
    links = [link for link in whole.links if link[0] not in shielded]
    needed = {building for _school, building in links}
    return SchoolList(
        {code: row for code, row in whole.schools.items() if code not in shielded},
        {code: row for code, row in whole.buildings.items() if code in needed},
        links,
    )


def _several_names(codes: list[str]) -> str:
    return n_(
        "{n} organisme porte plusieurs noms dans la liste; le premier est retenu : {codes}.",
        "{n} organismes portent plusieurs noms dans la liste; le premier est retenu : {codes}.",
        len(codes),
    ).format(n=len(codes), codes=some(codes))
