"""What the entries of a catalogue may say: kind of each key, which are needed, and the sentence for a wrong one. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from catalog.bundles.rules import LEVELS, plain_lines
from catalog.contracts.rules import KINDS as CONTRACT_KINDS
from catalog.suppliers.rules import neq_fault
from kit.i18n import _, number

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class BadValue(Exception):
    """One key of an entry is wrong."""

    def __init__(self, column: str, value: object, reason: str) -> None:
        self.column, self.value, self.reason = column, value, reason
        super().__init__(reason)


class _Bad(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an entry. `needed`: a new record must have it. `empty`: what "" (and absence in a new record) stands for."""

    read: Callable[[Any], Any]
    needed: bool = False
    empty: Any = ""


def text(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _Bad(_("Du texte entre guillemets est attendu."))
        found = " ".join(value.split()) if longest <= 300 else value.strip()
        if len(found) > longest:
            raise _Bad(_("Ce texte dépasse {longest} caractères; raccourcissez-le.").format(longest=longest))
        if "\0" in found:
            raise _Bad(_("Ce texte contient un octet nul."))
        return found

    return read


def code(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or not _CODE.fullmatch(value):
            raise _Bad(
                _(
                    "Un code d'au plus {longest} minuscules, chiffres et traits d'union est attendu : « bee-bot »."
                ).format(longest=longest)
            )
        return value

    return read


def like(pattern: str, example: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _Bad(_("La forme attendue est « {example} ».").format(example=example))
        return value

    return read


def one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise _Bad(_("L'une de ces valeurs est attendue : {choices}.").format(choices=", ".join(choices)))
        return str(value)

    return read


def whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise _Bad(
                _("Un nombre entier de {lowest} à {highest} est attendu.").format(
                    lowest=number(lowest), highest=number(highest)
                )
            )
        return value

    return read


def yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Bad(_("true ou false est attendu, sans guillemets."))
    return value


def day(value: Any) -> date:
    try:
        if isinstance(value, str):
            value = date.fromisoformat(value)
    except ValueError:
        value = None
    if not isinstance(value, date) or isinstance(value, datetime) or not 1990 <= value.year <= 2100:
        raise _Bad(_("Une date est attendue, sans guillemets : 2026-07-01."))
    return value


def dollars(value: Any) -> int:
    """Dollars before tax, as cents."""
    amount = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal("NaN")
    if not amount.is_finite() or not 0 < amount <= 1_000_000_000 or (cents := amount * 100) != int(cents):
        raise _Bad(_("Un montant avant taxes, en dollars, plus grand que zéro et au cent près, est attendu : 393.00."))
    return int(cents)


def levels(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(level in LEVELS for level in value):
        raise _Bad(_("Une liste de niveaux est attendue, parmi : {levels}.").format(levels=", ".join(LEVELS)))
    return [level for level in LEVELS if level in value]


_LINE_KEYS = {"product", "bundle", "quantity", "optional", "choice", "taken"}


def bundle_lines(value: Any) -> list[dict[str, Any]]:
    """`[{product | bundle, quantity, optional, choice, taken}, …]` in order, at least one, each thing once."""
    if not isinstance(value, list) or not value or not all(isinstance(line, dict) for line in value):
        raise _Bad(_('Au moins une ligne est attendue : { product = "bee-bot", quantity = 6 }.'))
    found: dict[str, dict[str, Any]] = {}
    for line in value:
        if "quantity" not in line or ("product" in line) == ("bundle" in line) or set(line) - _LINE_KEYS:
            raise _Bad(_('Chaque ligne dit un produit et une quantité : { product = "bee-bot", quantity = 6 }.'))
        read = {name: _LINE[name](given) for name, given in line.items()}
        thing = read.get("product") or read["bundle"]
        if thing in found:
            raise _Bad(_("Le produit « {product} » est sur deux lignes; additionnez-les.").format(product=thing))
        found[thing] = read
    try:
        return plain_lines(list(found.values()))
    except ValueError as wrong:
        raise _Bad(str(wrong)) from None


_LINE: Mapping[str, Callable[[Any], Any]] = {
    "product": code(60),
    "bundle": code(80),
    "quantity": whole(1, 10_000),
    "optional": yes_or_no,
    "choice": text(60),
    "taken": yes_or_no,
}


def bundle_trainings(value: Any) -> list[Any]:
    """Codes, or `{ training, quantity }` where there are several of one, by code."""
    if not isinstance(value, list):
        raise _Bad(_("Une liste de codes est attendue."))
    found: dict[str, Any] = {}
    for item in value:
        if isinstance(item, dict):
            if set(item) != {"training", "quantity"}:
                raise _Bad(_('Une formation s\'écrit « code » ou { training = "code", quantity = 2 }.'))
            name, many = code(60)(item["training"]), whole(1, 10_000)(item["quantity"])
            found[name] = {"training": name, "quantity": many} if many > 1 else name
        else:
            name = code(60)(item)
            found[name] = name
    return [found[name] for name in sorted(found)]


def neq(value: Any) -> str:
    """A Québec enterprise number."""
    found = text(10)(value)
    if fault := neq_fault(found):
        raise _Bad(fault)
    return found


def texts(longest: int) -> Callable[[Any], list[str]]:
    """A list of texts, sorted, each once."""
    read = text(longest)

    def read_all(value: Any) -> list[str]:
        if not isinstance(value, list):
            raise _Bad(_("Une liste entre crochets est attendue."))
        return sorted({read(item) for item in value} - {""})

    return read_all


_CLOSED = Field(day, empty=None)
_BOARD = Field(like(r"\d{6}", "711000"), empty=None)  # whose own it is; none: shared
_SAMPLE = Field(yes_or_no, empty=False)
_NAMES = {"name": Field(text(200), needed=True), "name_en": Field(text(200))}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "suppliers": {
        "code": Field(code(40), needed=True),
        "board": _BOARD,
        "name": Field(text(200), needed=True),
        "neq": Field(neq),
        "address_1": Field(text(200)),
        "address_2": Field(text(200)),
        "postal_code": Field(like(r"[A-Z]\d[A-Z] \d[A-Z]\d", "G0C 2H0")),
        "municipality_name": Field(text(120)),
        "email": Field(like(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}", "ventes@fournisseur.example")),
        "phone": Field(text(40)),
        "gst_number": Field(like(r"\d{9} RT\d{4}", "123456789 RT0001")),
        "qst_number": Field(like(r"\d{10} TQ\d{4}", "1234567890 TQ0001")),
        "orders_by": Field(one_of("mail", "portal", "feed"), empty="mail"),
        "portal_address": Field(like(r"https://\S{1,290}", "https://portail.example/commandes")),
        "language": Field(one_of("fr", "en"), empty="fr"),
        "sample": _SAMPLE,
        "closed_on": _CLOSED,
    },
    "contracts": {
        "code": Field(code(40), needed=True),
        "board": _BOARD,
        "number": Field(text(60), needed=True),
        "name": Field(text(200), needed=True),
        "kind": Field(one_of(*CONTRACT_KINDS), needed=True),
        "supplier": Field(code(40), needed=True),
        "from": Field(day, needed=True),
        "until": Field(day, empty=None),
        "options": Field(text(300)),
        "options_until": Field(day, empty=None),
        "mandatory_kinds": Field(texts(60), empty=[]),
        "binds_all": Field(yes_or_no, empty=False),
        "boards": Field(texts(6), empty=[]),
        "file_note": Field(text(4000)),
        "closed_on": _CLOSED,
    },
    "products": {
        "code": Field(code(60), needed=True),
        "category": Field(code(40), needed=True),
        "kind": Field(text(60), needed=True),
        "maker": Field(text(120)),
        "model": Field(text(120)),
        **_NAMES,
        "description": Field(text(4000)),
        "useful_life_months": Field(whole(1, 600), empty=None),
        "warranty_months": Field(whole(0, 600), empty=None),
        "tracked": Field(yes_or_no, empty=False),
        "french_interface": Field(yes_or_no, empty=None),
        "french_documentation": Field(yes_or_no, empty=None),
        "sample": _SAMPLE,
        "closed_on": _CLOSED,
    },
    "prices": {
        "product": Field(code(60), needed=True),
        "supplier": Field(code(40), needed=True),
        "board": _BOARD,
        "contract": Field(code(40), empty=None),
        "minimum": Field(whole(1, 100_000), empty=1),
        "before_tax": Field(dollars, needed=True),
        "from": Field(day, needed=True),
        "until": Field(day, empty=None),
        "seen_on": Field(day, needed=True),
        "source": Field(text(300), needed=True),
        "source_note": Field(text(300)),
        "sample": _SAMPLE,
    },
    "trainings": {
        "code": Field(code(60), needed=True),
        "category": Field(code(40), needed=True),
        "kind": Field(one_of("self_training", "accompaniment"), needed=True),
        **_NAMES,
        "description": Field(text(4000)),
        "minutes": Field(whole(1, 100_000), empty=None),
        "address": Field(like(r"https://\S{1,290}", "https://campus.example/cours")),
        "closed_on": _CLOSED,
    },
    "bundles": {
        "slug": Field(code(80), needed=True),
        **_NAMES,
        "category": Field(code(40), needed=True),
        "description": Field(text(4000)),
        "description_en": Field(text(4000)),
        "levels": Field(levels, needed=True, empty=[]),
        "lines": Field(bundle_lines, needed=True, empty=[]),
        "trainings": Field(bundle_trainings, empty=[]),
        "pupils_each": Field(whole(1, 10_000), empty=None),
        "source": Field(text(300)),
        "sample": _SAMPLE,
        "closed_on": _CLOSED,
    },
}


def parse(section: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that an entry gives, checked, and its keys that are not ours. An absent key is left out. Raises BadValue."""
    fields = FIELDS[section]
    found = {}
    for key, value in values.items():
        if key not in fields:
            continue
        try:
            found[key] = fields[key].empty if value == "" else fields[key].read(value)
        except _Bad as bad:
            raise BadValue(key, value, str(bad)) from None
    for key, wanted in fields.items():
        if wanted.needed and key in found and found[key] == wanted.empty:
            raise missing(key)
    return found, sorted(set(values) - set(fields))


def missing(key: str) -> BadValue:
    return BadValue(key, "", _("« {key} » manque dans cette entrée; ajoutez-le.").format(key=key))


def complete(section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A new record: what is given, and what absence stands for. Raises BadValue for a needed key that is absent."""
    for key, wanted in FIELDS[section].items():
        if wanted.needed and key not in given:
            raise missing(key)
    return {key: given.get(key, wanted.empty) for key, wanted in FIELDS[section].items()}
