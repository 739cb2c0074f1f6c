"""What one cell of somebody's file says: text in, value out, or `BadCell` with one sentence for the person.

The kinds that a file of columns may name are in `KINDS`. A parser never guesses silently:
- a code that a spreadsheet made a number is read when nothing is lost (`711009.0`), its lost leading zeros come back when the
  declared width says how many (`1023` for five digits), and scientific notation (`7.11E+05`) is refused: its digits are gone;
- `1,000` and `1 000` are a thousand, `1.000` is refused, as it is one in English and a thousand elsewhere;
- `03/04/2024` is refused, `25/04/2024` is not.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kit.i18n import _

Parser = Callable[[str], Any]

# What publishers write where they have no figure. Missing is never zero.
MISSING = frozenset({"", "-", "--", "–", "—", "sp", "n/a", "n/d", "n/r", "na", "nd", "nr"})
TRUE = frozenset({"1", "1.0", "1,0", "oui", "o", "yes", "y", "vrai", "true", "x"})
FALSE = frozenset({"0", "0.0", "0,0", "non", "n", "no", "faux", "false"})

_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
_INTEGRAL = re.compile(r"(\d+)(?:[.,]0{1,2})?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ ,\u00a0\u2009\u202f'’]\d{3})+(?:\.0{1,2})?")
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d{1,2})?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_SEPARATORS = str.maketrans("", "", " ,\u00a0\u2009\u202f'’")
_ISO_DAY = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00(?::?00)?)?)?(?:\.0)?")
_OTHER_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


class BadCell(ValueError):
    """The cell cannot be read; `reason` is a French sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def text(*, longest: int = 200) -> Parser:
    """Text as written, without its outer spaces; a line break inside becomes a space; '' when missing."""

    def parse(cell: str) -> str:
        value = cell.strip()
        if not value.isprintable():
            value = _plain(value)
        if len(value) <= 3 and value.casefold() in MISSING:
            return ""
        if len(value) > longest:
            raise BadCell(_("Ce texte dépasse {longest} caractères; raccourcissez-le.").format(longest=longest))
        return value

    return parse


# Characters of Windows-1252 that a publisher's program took for Latin-1: l\x92Or is l’Or.
_C1 = {place: bytes([place]).decode("cp1252", "ignore") for place in range(0x80, 0xA0) if place != 0x85}


def _plain(value: str) -> str:
    """Without control characters; separators that are not printable (no-break space, line break) stay as spaces."""
    value = value.translate(_C1)
    kept = ("" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and not c.isspace() else c for c in value)
    return re.sub(r"[\r\n\t\v\f\u0085\u2028\u2029]+", " ", "".join(kept)).strip()


def code(*, digits: int = 0, may_lose: int = 0, ending: str = "", longest: int = 40) -> Parser:
    """An identifier, kept as text; '' when missing.

    With `digits` it is made of exactly so many, and up to `may_lose` leading zeros that a spreadsheet dropped come back;
    `ending` is what its last digits must be. Without `digits` anything but scientific notation is kept as it stands.
    """

    def parse(cell: str) -> str:
        value = cell.strip()
        if digits and len(value) == digits and value.isascii() and value.isdigit():
            pass  # as published: nothing to mend
        elif value.casefold() in MISSING:
            return ""
        else:
            value = _mended(value, digits=digits, may_lose=may_lose)
        if ending and not value.endswith(ending):
            raise BadCell(
                _("Un code de {digits} chiffres qui finit par {ending} est attendu.").format(
                    digits=digits, ending=ending
                )
            )
        if not digits and len(value) > longest:
            raise BadCell(_("Ce code dépasse {longest} caractères.").format(longest=longest))
        return value

    return parse


def _mended(value: str, *, digits: int, may_lose: int) -> str:
    # Two ways in which people and programs force a spreadsheet to keep a code as text: ="711009" and '711009
    value = value[2:-1] if value.startswith('="') and value.endswith('"') else value.removeprefix("'")
    if _SCIENTIFIC.fullmatch(value):
        raise BadCell(
            _(
                "Un tableur a changé ce code en nombre et en a perdu des chiffres; mettez la colonne en texte et exportez de nouveau."
            )
        )
    if not digits:
        return value
    whole = _INTEGRAL.fullmatch(value) if value.isascii() else None
    found = whole[1] if whole else ""
    if digits - may_lose <= len(found) <= digits:
        return found.zfill(digits)
    raise BadCell(_("Un code de {digits} chiffres est attendu.").format(digits=digits))


def integer(*, lowest: int = 0, highest: int = 2_000_000_000) -> Parser:
    """A whole number, its thousands apart by a space or a comma or not at all; None when missing."""

    def parse(cell: str) -> int | None:
        value = cell.strip()
        if value.casefold() in MISSING:
            return None
        if _THOUSANDS.fullmatch(value):
            value = value.translate(_SEPARATORS)
        elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", value):
            raise BadCell(_("Ce nombre se lit de deux façons; écrivez-le sans séparateur."))
        whole = _INTEGRAL.fullmatch(value) if value.isascii() and len(value) <= 20 else None
        if whole is None:
            raise BadCell(_("Un nombre entier est attendu."))
        if not lowest <= (number := int(whole[1])) <= highest:
            raise BadCell(_("Un nombre de {lowest} à {highest} est attendu.").format(lowest=lowest, highest=highest))
        return number

    return parse


def decimal(*, lowest: float = -1e12, highest: float = 1e12) -> Parser:
    """A number with a decimal comma or point; None when missing."""

    def parse(cell: str) -> float | None:
        value = cell.strip()
        if value.casefold() in MISSING:
            return None
        if not value.isascii() or not (_DECIMAL.fullmatch(value) or _SCIENTIFIC.fullmatch(value)):
            raise BadCell(_("Un nombre décimal est attendu."))
        number = float(value.replace(",", "."))
        if not math.isfinite(number) or not lowest <= number <= highest:
            raise BadCell(
                _("Un nombre de {lowest} à {highest} est attendu.").format(lowest=f"{lowest:g}", highest=f"{highest:g}")
            )
        return number

    return parse


def dollars(*, highest: int = 10**13) -> Parser:
    """An amount in dollars, signed, exact to the cent (`1 234,56 $`, `-1234.5`), as integer cents; None when missing."""

    def parse(cell: str) -> int | None:
        value = cell.strip().removeprefix("$").removesuffix("$").strip()
        if value.casefold() in MISSING:
            return None
        value = value.replace("\u2212", "-")
        sign, digits = (-1, value[1:].strip()) if value.startswith("-") else (1, value.removeprefix("+"))
        if re.fullmatch(r"\d{1,3}[,.]\d{3}", digits, re.ASCII):
            raise BadCell(_("Ce montant se lit de deux façons; écrivez-le sans séparateur de milliers."))
        if _GROUPED.fullmatch(digits):
            digits = re.sub(r"[ \u00a0\u2009\u202f'’]", "", digits)
        found = re.fullmatch(r"(\d{1,12})(?:[.,](\d{1,2}))?", digits, re.ASCII)
        if found is None:
            raise BadCell(_("Un montant en dollars est attendu, comme 1234,56 ou -1234,56."))
        if (cents := int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) > highest:
            raise BadCell(_("Ce montant est plus grand que tout ce qui existe ici."))
        return sign * cents

    return parse


def flag() -> Parser:
    """Yes or no; None when missing."""
    known: Mapping[str, bool | None] = {
        **dict.fromkeys(MISSING, None), **dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False),
    }  # fmt: skip

    def parse(cell: str) -> bool | None:
        try:
            return known[cell]
        except KeyError:
            value = cell.strip().casefold()
        if value not in known:
            raise BadCell(_("0 ou 1 est attendu."))
        return known[value]

    return parse


def day() -> Parser:
    """A date (`20221205`, `2022-12-05`, a spreadsheet's); None when missing."""

    def parse(cell: str) -> date | None:
        value = cell.strip()
        if value.casefold() in MISSING:
            return None
        if iso := _ISO_DAY.fullmatch(value):
            return _day(*(int(part) for part in iso.groups()))
        if other := _OTHER_DAY.fullmatch(value):
            first, second, year = (int(part) for part in other.groups())
            if first != second and first <= 12 and second <= 12:
                raise BadCell(_("Cette date se lit de deux façons; écrivez-la AAAA-MM-JJ."))
            return _day(year, min(first, second) if first > 12 or second > 12 else first, max(first, second))
        raise BadCell(_("Une date de forme AAAA-MM-JJ est attendue."))

    return parse


def _day(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise BadCell(_("Cette date n'existe pas.")) from None


def school_year() -> Parser:
    """A school year (`2025-2026`, `2025/2026`, `2025-26`), written `2025-2026`; '' when missing."""

    def parse(cell: str) -> str:
        value = cell.strip()
        if value.casefold() in MISSING:
            return ""
        found = re.fullmatch(r"(20\d\d)\s*[-–/]\s*((?:20)?\d\d)", value, re.ASCII)
        if found is None or int(found[2][-2:]) != (int(found[1]) + 1) % 100:
            raise BadCell(_("Une année scolaire de forme 2025-2026 est attendue."))
        return f"{found[1]}-{int(found[1]) + 1}"

    return parse


def postal_code() -> Parser:
    """A Canadian postal code without its space (`G0C2H0`); another text is kept, '' when missing."""
    read = text(longest=12)

    def parse(cell: str) -> str:
        value: str = read(cell)
        close = value.replace(" ", "").replace("\u00a0", "").upper()
        if len(close) > 7:
            raise BadCell(_("Un code postal est attendu."))
        return close

    return parse


KINDS: Mapping[str, Callable[..., Parser]] = {
    "text": text, "code": code, "integer": integer, "decimal": decimal, "flag": flag, "day": day,
    "school_year": school_year, "postal_code": postal_code, "dollars": dollars,
}  # fmt: skip
