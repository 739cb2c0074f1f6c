"""What a supplier's file says of its orders: days in the file's own order, figures that hold together. Pure."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any

from kit.cells import BadCell
from kit.cells import day as day_cell
from kit.errors import Conflict
from kit.i18n import _, lazy


class Outcome(StrEnum):
    """What became of a line of a file."""

    created = "created"
    changed = "changed"
    unchanged = "unchanged"
    unknown = "unknown"
    refused = "refused"


class Unknown(StrEnum):
    """What of a line is not known here."""

    order = "order"
    customer = "customer"
    product = "product"


UNKNOWN_WORDS = {
    Unknown.order: lazy("Aucun bon envoyé à ce fournisseur ne porte ce numéro."),
    Unknown.customer: lazy("Ce compte de livraison n'est lié à aucune école : liez-le, puis reprenez le fichier."),
    Unknown.product: lazy("Aucune ligne du bon n'est de cet article."),
}


class DayOrder(StrEnum):
    """How a file writes `3/4/2026`: the month first, or the day."""

    month_first = "mdy"
    day_first = "dmy"


class OlderFile(Conflict):
    """Figures are taken by absolute value: an older file would undo a newer."""

    sentence = lazy("Un fichier du {day} est déjà pris : celui-ci est plus ancien, rien n'a changé.")


class AccountKnown(Conflict):
    sentence = lazy("Le compte {account} de ce fournisseur est déjà lié à une école de votre organisme.")


_PARTS = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\s*")


def day_order(texts: Iterable[str]) -> DayOrder | None:
    """The order that the days of a file show: one of them has a number over twelve. None where none does, or they disagree."""
    found: set[DayOrder] = set()
    for text in texts:
        if parts := _PARTS.fullmatch(text):
            first, second = int(parts[1]), int(parts[2])
            if first > 12:
                found.add(DayOrder.day_first)
            elif second > 12:
                found.add(DayOrder.month_first)
    return found.pop() if len(found) == 1 else None


def day_reader(order: DayOrder | None) -> Callable[[str], date | None]:
    """Reads a day as the file writes it; what could be read in two ways is refused (BadCell) where the order is not known."""
    plain = day_cell()

    def read(text: str) -> date | None:
        if order and (parts := _PARTS.fullmatch(text)):
            first, second, year = int(parts[1]), int(parts[2]), int(parts[3])
            month, number = (first, second) if order is DayOrder.month_first else (second, first)
            try:
                return date(year, month, number)
            except ValueError:
                raise BadCell(_("Cette date n'existe pas.")) from None
        found: date | None = plain(text)
        return found

    return read


def check_figures(values: dict[str, Any]) -> None:
    """Raise BadCell where more was sent than ordered; nothing is added up or guessed where a figure is missing."""
    ordered, outstanding, completed = (values.get(name) for name in ("ordered", "outstanding", "completed"))
    if ordered is not None and (completed or 0) + (outstanding or 0) > ordered:
        raise BadCell(
            _(
                "{completed} expédiées et {outstanding} à venir pour {ordered} commandées : vérifiez cette ligne."
            ).format(completed=completed or 0, outstanding=outstanding or 0, ordered=ordered)
        )


def number(board: str | None, place: int) -> str:
    """`FS-711-00012`; of the province's files, `FS-QC-00001`."""
    return f"FS-{board[:3] if board else 'QC'}-{place:05}"
