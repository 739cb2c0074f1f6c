"""Where labels go on a page, and what their code holds. Pure, but for the list of papers that ships with the program."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from inventory.labels.schemas import Stock
from kit.errors import Invalid
from kit.i18n import _

DEFAULT_STOCK = "letter-3x10"
# The characters of a QR code's alphanumeric mode that an address may hold: 5.5 bits each instead of 8.
_COMPACT = re.compile(r"[A-Z0-9.:/-]+")


@cache
def stocks() -> Mapping[str, Stock]:
    """The papers, by code."""
    text = (Path(__file__).parent / "stocks.toml").read_text(encoding="utf-8")
    return {code: msgspec.convert({"code": code, **stock}, Stock) for code, stock in tomllib.loads(text).items()}


def stock(code: str) -> Stock:
    """A paper by its code. Raises Invalid."""
    if (found := stocks().get(code)) is None:
        raise Invalid({"stock": _("Papier inconnu. Papiers : {codes}.").format(codes=", ".join(stocks()))})
    return found


def check_start(paper: Stock, start_at: int) -> None:
    """Raise Invalid unless the sheet has such a label."""
    if not 1 <= start_at <= paper.per_page:
        raise Invalid({"start_at": _("Cette feuille a des étiquettes de 1 à {last}.").format(last=paper.per_page)})


def places(
    paper: Stock, *, start_at: int, offset_mm: tuple[float, float] = (0.0, 0.0)
) -> Iterator[tuple[int, float, float]]:
    """Page (from 0), left and top edge in millimetres of each label in turn, by rows, without end."""
    check_start(paper, start_at)
    index = start_at - 1
    while True:
        page, on_page = divmod(index, paper.per_page)
        row, column = divmod(on_page, paper.columns)
        left = paper.first_mm[0] + column * paper.pitch_mm[0] + offset_mm[0]
        top = paper.first_mm[1] + row * paper.pitch_mm[1] + offset_mm[1]
        yield page, left, top
        index += 1


def label_address(address: str, label_code: str) -> str:
    """What the code of a label holds: `HTTPS://INVENTAIRE.EXEMPLE.CA/L/7K3M9QXD`.

    Scheme and host mean the same in capitals, which makes the code a size smaller; below a path, which may not, it stays as it is.
    """
    address = address.rstrip("/")
    if not urlsplit(address).path and _COMPACT.fullmatch(address.upper()):
        address = address.upper()
    return f"{address}/L/{label_code}"
