"""The list of invoices as a file to keep: what the filters hold, whole."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from litestar import Response

from allocations.invoices import queries
from allocations.invoices.rules import KIND_WORDS, WORDS, Kind, State
from allocations.invoices.schemas import InvoiceOut
from kit.actor import Actor
from kit.clock import MONTREAL
from kit.errors import Invalid
from kit.exports import csv_answer, xlsx_answer
from kit.i18n import _
from kit.paging import MAXIMUM_LIMIT


async def invoices(
    who: Actor, sort: str, *, state: State | None, kind: Kind | None, year: str | None, text: str
) -> Response[Any]:
    """Every invoice of the filters, in dollars; credit notes are negative. Raises Invalid for another sort of file."""
    answers = {"csv": csv_answer, "xlsx": xlsx_answer}
    if sort not in answers:
        raise Invalid({"file_format": _("Un fichier est « csv » ou « xlsx ».")})
    rows = [_row(invoice) async for invoice in _all(who, state=state, kind=kind, year=year, text=text)]
    return answers[sort]("factures", _headings(), rows)


async def _all(who: Actor, **filters: Any) -> AsyncIterator[InvoiceOut]:
    after: str | None = None
    while True:
        found = await queries.list_invoices(who, **filters, limit=MAXIMUM_LIMIT, after=after)
        for invoice in found.items:
            yield invoice
        if (after := found.next) is None:
            return


def _headings() -> list[str]:
    return [
        _("Numéro"), _("Nature"), _("Numéro du fournisseur"), _("Code du fournisseur"), _("Fournisseur"), _("Bon de commande"),
        _("Exercice"), _("Date"), _("Échéance"), _("État"), _("Écarts"), _("Avant taxes"), _("TPS"), _("TVQ"), _("Total"),
        _("Crédit demandé"), _("Porte sur"), _("Saisie par"), _("Approuvée le"), _("Approuvée par"), _("Payée le"),
        _("Référence du paiement"), _("Motif de la fin"),
    ]  # fmt: skip


def _row(invoice: InvoiceOut) -> list[object]:
    sign = -1 if invoice.kind is Kind.credit_note else 1
    approved = invoice.approved_at.astimezone(MONTREAL).date() if invoice.approved_at else None
    return [
        invoice.number, _(KIND_WORDS[invoice.kind]), invoice.supplier_number, invoice.supplier, invoice.supplier_name,
        invoice.order, invoice.year, invoice.dated, invoice.due_on, _(WORDS[invoice.state]), invoice.gaps,
        *(_dollars(sign * cents) for cents in (
            invoice.before_tax_cents, invoice.gst_cents, invoice.qst_cents, invoice.total_cents)),
        _dollars(invoice.expected_credit_cents), invoice.credits or "", invoice.entered_by_name, approved,
        invoice.approved_by_name, invoice.paid_on, invoice.payment_reference, invoice.end_reason,
    ]  # fmt: skip


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
