"""A list of headcounts, merged. Pure. Missing is not zero: a line without figures is taken, with none."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from directory.imports.rules import Reading, levels_in, some
from kit.encodings import Unreadable
from kit.i18n import _, n_


class HeadcountRow(msgspec.Struct, kw_only=True):
    """A line: pupils of a school on 30 September of a school year, of one level or of all; deprivation indices beside them."""

    code: str
    pupils: int | None = None
    year: str = ""
    level: str = ""
    imse: float | None = None
    imse_rank: int | None = None
    sfr: float | None = None
    sfr_rank: int | None = None


class Known(NamedTuple):
    """A school of the network: its board, and the levels that it gives."""

    board: str
    levels: frozenset[str]


Key = tuple[str, str, str]


def counted_on(year: str) -> date:
    """The reference day of a school year: 30 September of its first calendar year."""
    return date(int(year[:4]), 9, 30)


def merge(reading: Reading, *, schools: Mapping[str, Known], year: str | None) -> dict[Key, HeadcountRow]:
    """The headcounts by school, year and level. `year` stands where the file has no column for it."""
    if "year" not in reading.given and year is None:
        raise Unreadable(
            _(
                "Il manque la colonne de l'année scolaire (Annee_Scol); donnez la date de la liste (au terminal : --as-of)."
            )
        )
    rows: dict[Key, HeadcountRow] = {}
    guessed: list[str] = []
    for line, row in reading.lines(HeadcountRow):
        if row.code not in schools:
            reason = _("Aucune école ne porte ce code; importez d'abord une liste d'écoles où elle se trouve.")
            reading.refuse(line, row.code, "code", row.code, reason)
            continue
        if not (row.year or year):
            reading.refuse(line, row.code, "year", row.year, _("L'année scolaire manque."))
            continue
        level = _level(row, reading.file, schools[row.code].levels, guessed)
        key = (row.code, row.year or year or "", level)
        if rows.setdefault(key, row) != row:
            reason = _("Les effectifs de cette école, de cette année et de cet ordre sont déjà donnés plus haut.")
            reading.refuse(line, row.code, "pupils", str(row.pupils or ""), reason)
    if guessed:
        reading.notes.append(_levels_guessed(guessed))
    if blank := [key[0] for key, row in rows.items() if row.pupils is None]:
        reading.notes.append(_without_figure(blank))
    return {key: row for key, row in rows.items() if key[0] not in reading.shielded}


def _level(row: HeadcountRow, file: str, given: frozenset[str], guessed: list[str]) -> str:
    """The level counted: as the line says, else the file's name, else what the school gives."""
    for said in (row.level, file):
        if (found := levels_in(said) - {"vocational"}) and (level := _one(found)):
            return level
    guessed.append(row.code)
    return _one(given - {"vocational"}) or "all"


def _one(levels: frozenset[str]) -> str | None:
    """One level for a set of them: a primary count holds the preschool beside it; other mixtures are of all levels."""
    if levels == {"preschool", "primary"}:
        return "primary"
    return next(iter(levels)) if len(levels) == 1 else "all" if levels else None


def _levels_guessed(codes: list[str]) -> str:
    return n_(
        "Ni la ligne ni le nom du fichier ne dit l'ordre d'enseignement de {n} école; celui qu'elle offre est retenu : {codes}.",
        "Ni la ligne ni le nom du fichier ne dit l'ordre d'enseignement de {n} écoles; ceux qu'elles offrent sont retenus : {codes}.",
        len(codes),
    ).format(n=len(codes), codes=some(codes))


def _without_figure(codes: list[str]) -> str:
    return n_(
        "{n} école est prise sans nombre d'élèves, ce qui n'est pas zéro : {codes}.",
        "{n} écoles sont prises sans nombre d'élèves, ce qui n'est pas zéro : {codes}.",
        len(codes),
    ).format(n=len(codes), codes=some(codes))
