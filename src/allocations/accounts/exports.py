"""The accounts of a year as a table to keep: a line a place and measure, then the total of each measure."""

from collections.abc import Iterator
from decimal import Decimal

from allocations.accounts.schemas import Accounts, Amounts
from kit.i18n import _


def headings() -> list[str]:
    return [_("Organisme"), _("École"), _("Nom"), _("Mesure"), _("Base"), *figure_words().values()]


def figure_words() -> dict[str, str]:
    """The columns of figures, in the order of a balance."""
    return {
        "given_cents": _("Accordé"),
        "moved_cents": _("Virements et prêts"),
        "carried_cents": _("Reports"),
        "recovered_cents": _("Récupéré"),
        "allocated_cents": _("Alloué"),
        "reserved_cents": _("Réservé"),
        "committed_cents": _("Engagé"),
        "spent_cents": _("Dépensé"),
        "uninvoiced_cents": _("Dont non facturé"),
        "free_cents": _("Libre"),
        "unspent_cents": _("Non dépensé"),
    }


def rows(found: Accounts) -> Iterator[list[object]]:
    for line in found.lines:
        yield [line.board, line.school, line.name, line.measure, line.tax_basis, *_figures(line)]
    for each in found.measures:
        yield ["", "", _("Total"), each.measure, each.tax_basis, *_figures(each)]


def name_of(found: Accounts) -> str:
    """`comptes-2025-2026-711000`: ASCII, without its ending."""
    return "-".join(filter(None, ("comptes", found.year, found.school or found.board or "reseau")))


def _figures(amounts: Amounts) -> list[object]:
    return [Decimal(getattr(amounts, name)).scaleb(-2) for name in figure_words()]
