"""The list of orders as a file to keep: what the filters of the page hold, whole."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

from litestar import Response

from allocations.orders import late, queries
from allocations.orders.rules import WORDS, State
from allocations.orders.schemas import OrderOut
from allocations.orders.words import how_words
from kit.actor import Actor
from kit.clock import MONTREAL
from kit.errors import Invalid
from kit.exports import csv_answer, xlsx_answer
from kit.i18n import _
from kit.paging import MAXIMUM_LIMIT


async def orders(
    who: Actor, sort: str, *, state: State | None, late: bool, year: str | None, text: str
) -> Response[Any]:
    """Every order of the filters. Amounts in dollars, as a spreadsheet adds them up. Raises Invalid for another sort of file."""
    answer = _answer(sort)
    rows = [_row(order) async for order in _all(who, state=state, late=late, year=year, text=text)]
    return answer("bons-de-commande", _headings(), rows)


async def _all(who: Actor, *, state: State | None, late: bool, year: str | None, text: str) -> AsyncIterator[OrderOut]:
    after: str | None = None
    while True:
        found = await queries.list_orders(
            who, state=state, late=late, year=year, text=text, limit=MAXIMUM_LIMIT, after=after
        )
        for order in found.items:
            yield order
        if (after := found.next) is None:
            return


def _headings() -> list[str]:
    return [
        _("Numéro"), _("Numéro interne"), _("Exercice"), _("État"), _("Code du fournisseur"), _("Fournisseur"), _("Unités"),
        _("À recevoir"), _("Attendu le"), _("Avant taxes"), _("TPS"), _("TVQ"), _("Total"), _("Net des remboursements"),
        _("Créé le"), _("Envoyé le"), _("Envoyé par"), _("Remis"), _("Confirmation"),
    ]  # fmt: skip


def _row(order: OrderOut) -> list[object]:
    sent = order.sent_at.astimezone(MONTREAL).date() if order.sent_at else None
    return [
        order.number, order.external_number, order.year, _(WORDS[order.state]), order.supplier, order.supplier_name,
        order.units, order.outstanding, order.expected_on, *(_dollars(cents) for cents in (
            order.before_tax_cents, order.gst_cents, order.qst_cents, order.total_cents, order.net_cents)),
        order.made_at.astimezone(MONTREAL).date(), sent, order.sent_by_name, how_words(order.sent_how), order.confirmation,
    ]  # fmt: skip


async def late_lines(who: Actor, sort: str) -> Response[Any]:
    """Every line past its promised day that the caller may see, the latest first. Raises Invalid for another sort of file."""
    answer, rows, after = _answer(sort), [], None
    while True:
        found = await late.lines(who, limit=MAXIMUM_LIMIT, after=after)
        rows += [
            [line.order, line.position, line.supplier_name, line.school, line.school_name, line.product, line.description,
             line.quantity, line.outstanding, line.expected_on] for line in found.items
        ]  # fmt: skip
        if (after := found.next) is None:
            break
    headings = [
        _("Bon"), _("Ligne"), _("Fournisseur"), _("Code de l'école"), _("École"), _("Article"), _("Description"), _("Commandé"),
        _("À recevoir"), _("Attendu le"),
    ]  # fmt: skip
    return answer("lignes-en-retard", headings, rows)


def _answer(sort: str) -> Callable[..., Response[Any]]:
    answers = {"csv": csv_answer, "xlsx": xlsx_answer}
    if sort not in answers:
        raise Invalid({"format": _("Un fichier est « csv » ou « xlsx ».")})
    return answers[sort]


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
