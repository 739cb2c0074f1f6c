"""What a published list is, how its lines are taken or refused, and when a whole list is. Pure: no database, no clock."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO, NamedTuple, TypeVar

from kit.encodings import Unreadable
from kit.errors import Conflict, NotFound, Refused
from kit.i18n import _, lazy, n_
from kit.tabular import Column, Refusal, Row, Table, columns_from, heading_key, read_table, shown

KINDS = ("boards", "schools", "buildings", "headcounts")
LEVELS = ("preschool", "primary", "secondary", "vocational", "adult")
MOST_CLOSED_PERCENT = 10
_NAMED = 20

Shape = TypeVar("Shape")


class OlderList(Conflict):
    title = lazy("Liste plus ancienne")
    sentence = lazy(
        "Une liste du {newest} est déjà appliquée; celle-ci est du {listed_on}. Rien n'a été changé."
        " Si la date est fausse, donnez la bonne (au terminal : --as-of)."
    )


class StaleBatch(Conflict):
    title = lazy("Lot périmé")
    sentence = lazy(
        "Le réseau a changé depuis la préparation du lot {number}. Rien n'a été appliqué; importez la liste de nouveau."
    )


class BatchClosed(Conflict):
    title = lazy("Lot déjà traité")
    sentence = lazy("Le lot {number} ne peut plus changer d'état : il est déjà traité.")


class LinesForgotten(Conflict):
    sentence = lazy(
        "Le lot {number} ne peut plus être annulé : ses lignes ont été effacées, comme le veut la durée de conservation"
        " (INVENTORY_KEEP_IMPORTS_DAYS)."
    )


class NotTheLast(Conflict):
    title = lazy("Lot recouvert")
    sentence = lazy("Le lot {later} a changé les mêmes listes après le lot {number}; annulez-le d'abord.")


class UsedSince(Conflict):
    """What the batch changed has been used since. Figures: `number`, `uses` (a sentence of where and of what)."""

    title = lazy("Lot déjà utilisé")
    sentence = lazy("Le lot {number} ne s'annule plus, car on s'en est servi depuis. {uses} Rien n'a été changé.")


class NoSuchBatch(NotFound):
    sentence = lazy("Aucun lot d'importation ne porte le numéro {number}.")


class ListKind(NamedTuple):
    """A kind of list, as `columns.toml` describes it. `record` is the kind of record that its counts count."""

    name: str
    title: str
    record: str
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    refused_with: tuple[str, ...]


class SourceFile(NamedTuple):
    """A file to import: its name for people, and its bytes (seekable)."""

    name: str
    file: BinaryIO


@cache
def _described() -> dict[str, Any]:
    return tomllib.loads(files("directory.imports").joinpath("columns.toml").read_text("utf-8"))


@cache
def list_kind(name: str) -> ListKind:
    """One of KINDS."""
    about = _described()[name]
    return ListKind(
        name=name,
        title=about["title"],
        record=about["record"],
        columns=columns_from(about["columns"]),
        ignored=tuple(about["ignored"]),
        refused_with=tuple(about["refused_with"]),
    )


def level_words() -> dict[str, str]:
    """Folded words for levels, such as `primaire` → `primary`; `all` where it is of all levels together."""
    words: dict[str, str] = _described()["level_words"]
    return words


@dataclass(slots=True, kw_only=True)
class Reading:
    """What comes of reading the files of one list, filled while `lines` is walked.

    `shielded`: codes on refused lines, whose records are neither changed nor closed. `unnamed`: refused lines on which no code
    could be read; then nothing may be closed, as it could be any record's line.
    """

    kind: ListKind
    tables: Sequence[tuple[str, Table]]
    given: frozenset[str]
    notes: list[str]
    read: int = 0
    refused: list[Refusal] = field(default_factory=list)
    shielded: set[str] = field(default_factory=set)
    unnamed: int = 0
    latest: date | None = None
    file: str = ""
    _table: Table | None = None

    def lines(self, shape: type[Shape]) -> Iterator[tuple[int, Shape]]:
        """Each good line with its number, as a Struct of its kind; refused ones are set aside."""
        for name, table in self.tables:
            self.file, self._table = name, table
            for row in table.rows:
                self.read += 1
                day = row.values.pop("listed_on", None)
                if row.refusal is None:
                    if day and (self.latest is None or day > self.latest):
                        self.latest = day
                    yield row.line, shape(**self._shared(row.values))
                else:
                    self._set_aside(row)

    def refuse(self, line: int, code: str, column: str, value: str, reason: str) -> None:
        """Refuse a line that reads well but cannot be; the record of `code` is left as it is."""
        heading = self._table.headings.get(column, "") if self._table else ""
        self._add(Refusal(line, heading, shown(value), reason))
        self.shielded.add(code)

    def _shared(self, values: dict[str, Any]) -> dict[str, Any]:
        if len(self.tables) == 1:
            return values
        return {name: value for name, value in values.items() if name in self.given}

    def _set_aside(self, row: Row) -> None:
        assert row.refusal is not None
        self._add(row.refusal)
        if "code" in row.values:
            self.shielded.add(row.values["code"])
        elif not row.values and (codes := _codes_in(row.raw)):
            self.shielded.update(codes)  # a line that fell apart: whoever it may be about
        else:
            self.unnamed += 1

    def _add(self, refusal: Refusal) -> None:
        several = len(self.tables) > 1
        self.refused.append(
            Refusal(refusal.line, refusal.column, refusal.value, refusal.reason, self.file if several else "")
        )


def _codes_in(raw: str) -> set[str]:
    """What looks like an organisation's code in a broken line; board codes (`…000`) aside."""
    return {code for code in re.findall(r"(?<!\d)\d{6}(?!\d)", raw) if not code.endswith("000")}


def open_list(kind: str, sources: Sequence[SourceFile]) -> Reading:
    """Open every file of a list before anything else is done. Raises Unreadable: then nothing changes at all.

    Only columns that all files have count, so that a column that one of them lacks wipes nothing.
    """
    wanted = list_kind(kind)
    tables, notes = [], []
    for source in sources:
        table = read_table(source.file, source.name, wanted.columns, ignored=wanted.ignored)
        _refuse_another_kind(wanted, source.name, table)
        notes.extend(table.remarks)
        if table.unknown:
            notes.append(_unknown_columns(source.name, table.unknown))
        tables.append((source.name, table))
    given = frozenset.intersection(*(frozenset(table.headings) for _name, table in tables))
    return Reading(kind=wanted, tables=tables, given=given - {"listed_on"}, notes=notes)


def _refuse_another_kind(kind: ListKind, name: str, table: Table) -> None:
    foreign = {heading_key(heading) for heading in kind.refused_with}
    for heading in (*table.unknown, *table.headings.values()):
        if heading_key(heading) in foreign:
            raise Unreadable(
                _("« {name} » n'est pas une {title} : la colonne « {heading} » est celle d'une autre liste.").format(
                    name=name, title=_(kind.title), heading=heading
                )
            )


def _unknown_columns(name: str, unknown: Sequence[str]) -> str:
    return n_(
        "« {name} » : colonne inconnue, laissée de côté : {columns}.",
        "« {name} » : colonnes inconnues, laissées de côté : {columns}.",
        len(unknown),
    ).format(name=name, columns=some(unknown))


def some(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are."""
    listed = list(names)
    text = ", ".join(listed[:_NAMED])
    return text if len(listed) <= _NAMED else f"{text}… (+{len(listed) - _NAMED})"


def levels_in(text: str) -> frozenset[str]:
    """The levels that a text names: `Préscolaire - Primaire`, or a file's name."""
    words = level_words()
    found = (words.get(heading_key(word)) for word in re.split(r"[^\w]+|_", text))
    return frozenset(level for level in found if level)


def check_date(listed_on: date, newest: date | None) -> None:
    """Raise OlderList when a newer list of the kind is applied already."""
    if newest is not None and listed_on < newest:
        raise OlderList(listed_on=listed_on.isoformat(), newest=newest.isoformat())


def too_many_closed(closed: int, open_before: int) -> bool:
    """Whether a full list closes so much of the network that a person must look first."""
    return closed * 100 > open_before * MOST_CLOSED_PERCENT


def check_files(sources: Sequence[SourceFile]) -> None:
    if not sources:
        raise Refused(_("Donnez au moins un fichier."))
