"""Somebody's table (CSV or spreadsheet) read into rows of named, typed values, a record at a time.

The columns wanted are data (`columns_from`): a name, a label for people, the headings that publishers give it, the kind of its
cells. Headings are compared without accents, case, spaces and punctuation, in any order. A file that cannot be read or lacks a
needed column raises `Unreadable` and gives nothing; a bad line gives a `Refusal` and the others go on.
"""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

import msgspec

from kit.cells import KINDS, BadCell, Parser
from kit.encodings import Unreadable
from kit.i18n import _, n_
from kit.records import Record, Source, source

LARGEST = 64 << 20
_SHOWN = 120


class Column(NamedTuple):
    """A wanted column. `aliases` in order of preference; `needed`: the file must have it; `filled`: no cell may be missing."""

    name: str
    label: str
    aliases: tuple[str, ...]
    parse: Parser
    needed: bool = False
    filled: bool = False


class Refusal(msgspec.Struct, omit_defaults=True, frozen=True):
    """Why a line was not taken: the file's own heading, the cell as found, one sentence. `file` where there are several."""

    line: int
    column: str
    value: str
    reason: str
    file: str = ""


class Row(NamedTuple):
    """A line: its values by column name (only columns that the file has), or its refusal and what could be read of it.

    `raw`: its cells as they stand, one a line; of a good row only where they are asked for.
    """

    line: int
    values: dict[str, Any]
    refusal: Refusal | None = None
    raw: str = ""


@dataclass(slots=True)
class Table:
    """An opened table. `headings`: column name → the file's own heading. `rows` can be walked once, while the file is open."""

    headings: Mapping[str, str]
    unknown: list[str]
    remarks: list[str]
    rows: Iterator[Row] = field(repr=False)


class MissingColumns(Unreadable):
    """Needed columns are not there; `columns` are their names."""


def columns_from(described: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Columns out of data (a TOML array): `name`, `label`, `aliases`, `kind` and its options, `needed`, `may_be_blank`."""
    own = ("name", "label", "aliases", "kind", "needed", "may_be_blank")
    made = []
    for about in described:
        parse = KINDS[about["kind"]](**{option: value for option, value in about.items() if option not in own})
        needed = about.get("needed", False)
        filled = needed and not about.get("may_be_blank", False)
        made.append(Column(about["name"], about["label"], tuple(about["aliases"]), parse, needed, filled))
    return tuple(made)


def heading_key(heading: str) -> str:
    """What is compared: letters and digits alone, without accents or case."""
    bare = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(c for c in bare if c.isalnum())


def read_table(
    file: BinaryIO,
    name: str,
    columns: Sequence[Column],
    *,
    ignored: Sequence[str] = (),
    largest: int = LARGEST,
    keep_raw: bool = False,
) -> Table:
    """Open `file` (seekable, binary; `name` is for sentences) as a table with `columns`.

    `ignored` are known headings of no use, kept out of `unknown`. `keep_raw`: good rows too have
    their `raw` cells. Raises Unreadable and MissingColumns.
    """
    if (size := file.seek(0, os.SEEK_END)) > largest:
        limit = largest >> 20
        raise Unreadable(_("« {name} » dépasse {limit} Mo.").format(name=name, limit=limit), bytes=size)
    found = source(file, name)
    records, header = _header(found, columns, name)
    return _bind(records, header, columns, name, ignored=ignored, remarks=list(found.remarks), keep_raw=keep_raw)


def _header(found: Source, columns: Sequence[Column], name: str) -> tuple[Iterator[Record], list[str]]:
    """Records after the header, and the header, read with the delimiter under which it has most of the columns wanted."""
    wanted = {heading_key(alias) for column in columns for alias in column.aliases}
    best: tuple[tuple[int, int], str] | None = None
    for delimiter in found.delimiters:
        with closing(found.records(delimiter)) as records:
            header = next((r.cells for r in records if not r.problem and not _is_hint(r.cells, delimiter)), [])
        score = (sum(heading_key(cell) in wanted for cell in header), len(header))
        if best is None or score > best[0]:
            best = (score, delimiter)
    assert best is not None
    rest = found.records(best[1])
    first = next((r for r in rest if not _is_hint(r.cells, best[1])), None)
    if first is None or first.problem:
        raise Unreadable(
            _("La première ligne de « {name} » ne se lit pas; attendu : les noms des colonnes.").format(name=name)
        )
    return rest, first.cells


def _is_hint(cells: list[str], delimiter: str) -> bool:
    """The line `sep=;` that spreadsheets read as a hint."""
    return "".join(cells).casefold() in ("sep=", f"sep={delimiter}") and len(cells) <= 2


def _bind(
    records: Iterator[Record],
    header: list[str],
    columns: Sequence[Column],
    name: str,
    *,
    ignored: Sequence[str],
    remarks: list[str],
    keep_raw: bool = False,
) -> Table:
    places: dict[str, list[int]] = {}
    for place, heading in enumerate(header):
        places.setdefault(heading_key(heading), []).append(place)
    taken: dict[str, int] = {}
    for column in columns:
        for key in map(heading_key, column.aliases):
            if key not in places or (where := places[key])[0] in taken.values():
                continue
            if len(where) > 1:
                heading = header[where[0]].strip()
                raise Unreadable(_("« {name} » a plusieurs colonnes « {heading} ».").format(name=name, heading=heading))
            taken[column.name] = where[0]
            break
    _check_needed(taken, columns, name)
    skipped = {heading_key(heading) for heading in ignored} | {""}
    unknown = [
        heading.strip()
        for place, heading in enumerate(header)
        if place not in taken.values() and heading_key(heading) not in skipped
    ]
    plan = [(column, taken[column.name]) for column in columns if column.name in taken]
    headings = {column.name: header[place].strip() for column, place in plan}
    named = max(place for place, heading in enumerate(header, start=1) if heading.strip())
    rows = _rows(records, plan, headings, range(named, len(header) + 1), keep_raw=keep_raw)
    return Table(headings, unknown, remarks, rows)


def _check_needed(taken: Mapping[str, int], columns: Sequence[Column], name: str) -> None:
    if lacking := [column for column in columns if column.needed and column.name not in taken]:
        named = ", ".join(f"{_(column.label)} ({column.aliases[0]})" for column in lacking)
        raise MissingColumns(
            n_(
                "Il manque une colonne à « {name} » : {columns}.",
                "Il manque des colonnes à « {name} » : {columns}.",
                len(lacking),
            ).format(name=name, columns=named),
            columns=[column.name for column in lacking],
        )


def _rows(
    records: Iterator[Record],
    plan: list[tuple[Column, int]],
    headings: Mapping[str, str],
    widths: range,
    *,
    keep_raw: bool,
) -> Iterator[Row]:
    """`widths`: how many cells a line may have. Less or more (but for empty ones) means that its cells are not where they seem."""
    steps = [(column.name, column.parse, place, column.filled) for column, place in plan]
    for line, cells, problem in records:
        if problem or (len(cells) not in widths and (len(cells) < widths[0] or any(cells[widths[-1] :]))):
            yield _broken(line, cells, problem, widths[-1])
            continue
        values: dict[str, Any] = {}
        refusal = None
        for name, parse, place, filled in steps:
            try:
                values[name] = value = parse(cells[place])
                if filled and (value is None or value == ""):
                    raise BadCell(_("Cette cellule est vide; elle est obligatoire."))
            except BadCell as bad:
                values.pop(name, None)
                refusal = refusal or Refusal(line, headings[name], shown(cells[place]), bad.reason)
        yield Row(line, values, refusal, "\n".join(cells) if refusal or keep_raw else "")


def _broken(line: int, cells: list[str], problem: str, width: int) -> Row:
    problem = problem or _("{found} cellules au lieu de {width}; vérifiez les séparateurs et les guillemets.").format(
        found=len(cells), width=width
    )
    raw = "\n".join(cells)
    return Row(line, {}, Refusal(line, "", shown(raw), problem), raw)


def shown(cell: str) -> str:
    """A cell as a person may be shown it: one line, bounded, nothing that a database refuses."""
    flat = re.sub(r"[\x00-\x1f\x7f]+", " ", cell[: 2 * _SHOWN]).strip()
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"
