"""Records of a catalogue as tables (CSV, XLSX), a kind a table: one description for reading them and for writing them out.

A heading is French, its key is that of a catalogue entry. An absent column keeps what is recorded; an empty cell clears it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, NamedTuple

from catalog.imports import contents
from catalog.imports.reading import LARGEST, Entry
from catalog.imports.rules import FIELDS
from kit import cells
from kit.cells import BadCell, Parser
from kit.i18n import _, lazy
from kit.tabular import Column, Refusal, read_table

# What `kit.exports` puts an apostrophe before, and what has apostrophes of its own there.
_MARKED = re.compile("'+[ \u00a0]*[=+\\-@\\t\\r\\n＝＋－＠]")
_SPACES = str.maketrans("", "", " \u00a0\u202f'’")


class Sheet(NamedTuple):
    """A kind of table: its section of a catalogue, and its columns as (key, heading, how a cell reads)."""

    section: str
    columns: tuple[tuple[str, str, Parser], ...]


class Read(NamedTuple):
    """A table as read: entries, headings by key, refused lines, remarks."""

    entries: list[Entry]
    headings: Mapping[str, str]
    refused: list[Refusal]
    remarks: list[str]


def words(cell: str) -> str:
    """Text as written; the apostrophe that an export puts before what a spreadsheet would take for a formula is not part of it."""
    value = cell.strip()
    return value[1:] if _MARKED.match(value) else value


def listed(cell: str) -> Any:
    """A list, its items apart by semicolons; '' when empty."""
    return [item.strip() for item in words(cell).split(";") if item.strip()] or ""


def money(cell: str) -> Any:
    """Dollars with a comma or a point; '' when empty."""
    value = cell.strip().removesuffix("$").translate(_SPACES)
    if not value:
        return ""
    try:
        amount = Decimal(value.replace(",", ".") if value.count(",") + value.count(".") <= 1 else "")
    except InvalidOperation:
        raise BadCell(_("Un montant est attendu : 393,00.")) from None
    return amount


def _or_blank(parse: Parser) -> Parser:
    def read(cell: str) -> Any:
        return "" if (value := parse(cell)) is None else value

    return read


_flag, _day, _whole = _or_blank(cells.flag()), _or_blank(cells.day()), _or_blank(cells.integer())

SHEETS: Mapping[str, Sheet] = {
    "suppliers": Sheet("suppliers", (
        ("code", lazy("Code"), words), ("board", lazy("Organisme"), words), ("name", lazy("Nom"), words),
        ("neq", lazy("NEQ"), words), ("address_1", lazy("Adresse 1"), words), ("address_2", lazy("Adresse 2"), words),
        ("postal_code", lazy("Code postal"), words), ("municipality_name", lazy("Municipalité"), words),
        ("email", lazy("Courriel"), words), ("phone", lazy("Téléphone"), words), ("gst_number", lazy("No de TPS"), words),
        ("qst_number", lazy("No de TVQ"), words), ("orders_by", lazy("Commandes par"), words),
        ("portal_address", lazy("Adresse du portail"), words), ("language", lazy("Langue"), words),
        ("sample", lazy("Exemple"), _flag), ("closed_on", lazy("Fermé le"), _day),
    )),
    "contracts": Sheet("contracts", (
        ("code", lazy("Code"), words), ("board", lazy("Organisme"), words), ("number", lazy("Numéro"), words),
        ("name", lazy("Nom"), words), ("kind", lazy("Genre"), words), ("supplier", lazy("Fournisseur"), words),
        ("from", lazy("Du"), _day), ("until", lazy("Au"), _day), ("options", lazy("Options"), words),
        ("options_until", lazy("Options jusqu'au"), _day), ("mandatory_kinds", lazy("Obligatoire pour"), listed),
        ("binds_all", lazy("Lie tous"), _flag), ("boards", lazy("Organismes liés"), listed),
        ("file_note", lazy("Note au dossier"), words), ("closed_on", lazy("Fermé le"), _day),
    )),
    "products": Sheet("products", (
        ("code", lazy("Code"), words), ("category", lazy("Catégorie"), words), ("kind", lazy("Genre"), words),
        ("maker", lazy("Fabricant"), words), ("model", lazy("Modèle"), words), ("name", lazy("Nom"), words),
        ("name_en", lazy("Nom anglais"), words), ("description", lazy("Description"), words),
        ("useful_life_months", lazy("Vie utile (mois)"), _whole), ("warranty_months", lazy("Garantie (mois)"), _whole),
        ("tracked", lazy("Suivi"), _flag), ("french_interface", lazy("Interface en français"), _flag),
        ("french_documentation", lazy("Documentation en français"), _flag), ("sample", lazy("Exemple"), _flag),
        ("closed_on", lazy("Fermé le"), _day),
    )),
    "prices": Sheet("prices", (
        ("product", lazy("Produit"), words), ("supplier", lazy("Fournisseur"), words), ("board", lazy("Organisme"), words),
        ("contract", lazy("Contrat"), words), ("minimum", lazy("Quantité minimale"), _whole),
        ("before_tax", lazy("Prix avant taxes"), money), ("from", lazy("Du"), _day), ("until", lazy("Au"), _day),
        ("seen_on", lazy("Vu le"), _day), ("source", lazy("Source"), words), ("source_note", lazy("Note de source"), words),
        ("sample", lazy("Exemple"), _flag),
    )),
    "trainings": Sheet("trainings", (
        ("code", lazy("Code"), words), ("category", lazy("Catégorie"), words), ("kind", lazy("Genre"), words),
        ("name", lazy("Nom"), words), ("name_en", lazy("Nom anglais"), words), ("description", lazy("Description"), words),
        ("minutes", lazy("Minutes"), _whole), ("address", lazy("Adresse"), words), ("closed_on", lazy("Fermé le"), _day),
    )),
    "bundles": Sheet("bundles", (
        ("slug", lazy("Code"), words), ("category", lazy("Catégorie"), words), ("name", lazy("Nom"), words),
        ("name_en", lazy("Nom anglais"), words), ("description", lazy("Description"), words),
        ("description_en", lazy("Description anglaise"), words), ("levels", lazy("Ordres d'enseignement"), listed),
        ("lines", lazy("Contenu"), contents.lines), ("trainings", lazy("Formations"), contents.trainings),
        ("pupils_each", lazy("Élèves par combo"), _whole), ("source", lazy("Source"), words),
        ("sample", lazy("Exemple"), _flag), ("closed_on", lazy("Fermé le"), _day),
    )),
}  # fmt: skip
_KEYS: Mapping[str, Sequence[str]] = {
    "suppliers": ("code",), "contracts": ("code",), "products": ("code",), "trainings": ("code",), "bundles": ("slug",),
    "prices": ("product", "supplier", "before_tax", "from", "seen_on", "source"),
}  # fmt: skip


def read_sheet(kind: str, file: BinaryIO, name: str) -> Read:
    """The lines of a table (of SHEETS) as entries of a catalogue. Raises Unreadable, MissingColumns: nothing is taken."""
    sheet = SHEETS[kind]
    columns = [
        Column(key, heading, _aliases(key, heading), parse, key in _KEYS[kind], FIELDS[sheet.section][key].needed)
        for key, heading, parse in sheet.columns
    ]
    table = read_table(file, name, columns, largest=LARGEST)
    remarks = list(table.remarks)
    if table.unknown:
        remarks.append(
            _("« {name} » : colonnes laissées de côté : {columns}.").format(name=name, columns=", ".join(table.unknown))
        )
    entries, refused = [], []
    for row in table.rows:
        if row.refusal:
            refused.append(row.refusal)
        else:
            entries.append(Entry(name, sheet.section, row.line, row.values))
    return Read(entries, table.headings, refused, remarks)


def _aliases(key: str, heading: str) -> tuple[str, ...]:
    """What a column may be called: the heading of an export in French or in the reader's language, or the key of an entry."""
    return tuple(dict.fromkeys((heading, _(heading), key, re.sub(r"\s*\(.*\)", "", heading))))


def headings(kind: str) -> list[str]:
    """The headings of a table, in the reader's language."""
    return [_(heading) for _key, heading, _parse in SHEETS[kind].columns]


def cells_of(kind: str, values: Mapping[str, Any]) -> list[object]:
    """A record's cells, in the order of the columns, so that what is read back is what was written."""
    return [_shown(key, values[key]) for key, _heading, _parse in SHEETS[kind].columns]


def _shown(key: str, value: Any) -> object:
    match value:
        case None:
            return ""
        case bool():
            return _("oui") if value else _("non")
        case int() if key == "before_tax":
            return Decimal(value) / 100
        case list() if key == "lines":
            return contents.shown_lines(value)
        case list() if key == "trainings":
            return contents.shown_trainings(value)
        case list():
            return "; ".join(value)
        case str():
            return f"'{value}" if _MARKED.match(value) else value
        case int() | date():
            return value
    raise TypeError(key)
