"""An electronic list of invoices (CSV or workbook, one row a line): each paper is entered or refused by itself, with its reason."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from allocations.invoices import entering, queries
from allocations.invoices.rules import CreditFor, Kind, LineKind
from allocations.invoices.schemas import MOST_CENTS, ImportedInvoice, InvoicesImported, NewInvoice, NewInvoiceLine
from allocations.orders.queries import numbered
from kit.actor import Actor
from kit.database import fetch_one, transaction
from kit.encodings import Unreadable
from kit.errors import Invalid, NotFound, Refused
from kit.i18n import _, lazy
from kit.tabular import Column, Refusal, Row, columns_from, heading_key, read_table

LARGEST = 8 << 20
MOST_ROWS = 10_000

_LINE_KINDS = {
    "": LineKind.goods, "bien": LineKind.goods, "biens": LineKind.goods, "goods": LineKind.goods, "article": LineKind.goods,
    "ecofrais": LineKind.ecofee, "ecofee": LineKind.ecofee, "ehf": LineKind.ecofee, "transport": LineKind.freight,
    "livraison": LineKind.freight, "freight": LineKind.freight, "shipping": LineKind.freight, "autre": LineKind.other,
    "other": LineKind.other,
}  # fmt: skip
_CREDITS = {
    "retour": CreditFor.returned, "return": CreditFor.returned, "prix": CreditFor.price, "price": CreditFor.price,
    "entiere": CreditFor.whole, "whole": CreditFor.whole,
}  # fmt: skip
_FOOT = ("before_tax", "gst", "qst", "total")
_NO_FOOT = lazy("La première ligne de la facture doit porter ses totaux : avant taxes, TPS, TVQ et total.")

# A live paper of this number from the supplier of the order: the file is read a second time, or two papers bear one number.
_KNOWN = r"""
SELECT v.number, v.dated, v.total_cents, v.state FROM invoice v JOIN purchase_order o ON o.supplier = v.supplier AND o.board = v.board
WHERE o.number = $1 AND v.state NOT IN ('rejected', 'cancelled')
    AND lower(regexp_replace(v.supplier_number, '\s', '', 'g')) = lower(regexp_replace($2, '\s', '', 'g'))
"""


class _DryRun(Exception):
    pass


@cache
def columns() -> tuple[Column, ...]:
    return columns_from(tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))["columns"])


async def import_invoices(who: Actor, file: BinaryIO, name: str, *, dry_run: bool = False) -> InvoicesImported:
    """Enter the invoices and credit notes of a file; a second reading changes nothing.

    Orders go by our number or the board's own. A paper one of whose lines cannot be read is refused whole. Raises Unreadable.
    """
    entering.check_desk(who)
    table = read_table(file, name, columns(), largest=LARGEST)
    papers: dict[tuple[str, str], list[Row]] = {}
    refused: list[Refusal] = []
    read = 0
    for row in table.rows:
        read += 1
        if read > MOST_ROWS:
            raise Unreadable(_("« {name} » dépasse 10 000 lignes : coupez-le.").format(name=name))
        if row.refusal:
            refused.append(row.refusal)
        papers.setdefault(_key(row), []).append(row)
    answer = InvoicesImported(read=read, created=0, unchanged=0, invoices=[], refused=refused, notes=table.remarks)
    try:
        async with transaction(who):
            for (order, number), rows in papers.items():  # one operation a paper, each whole or not at all
                answer.invoices.append(await _enter(who, order, number, rows))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    answer.created = sum(each.result == "created" for each in answer.invoices)
    answer.unchanged = sum(each.result == "unchanged" for each in answer.invoices)
    return answer


def _key(row: Row) -> tuple[str, str]:
    return row.values.get("order") or "", " ".join((row.values.get("supplier_number") or "").split())


async def _enter(who: Actor, order: str, number: str, rows: list[Row]) -> ImportedInvoice:
    made = ImportedInvoice(line=rows[0].line, result="refused", supplier_number=number, order=order)
    if bad := next((row.refusal for row in rows if row.refusal), None):
        made.reason = _("La ligne {line} de cette facture ne se lit pas : {reason}").format(
            line=bad.line, reason=bad.reason
        )
        return made
    try:
        async with transaction(who):
            made.order = order = await _order(who, order)
            new = await _paper(who, order, number, rows)
            known: Any = await fetch_one(_KNOWN, order, number)
            if known and (known["dated"], known["total_cents"]) == (new.dated, new.total_cents):
                made.result, made.number, made.state = "unchanged", known["number"], known["state"]
                return made
            entered = (await entering.enter(who, new)).invoice
            made.result, made.number, made.state, made.gaps = (
                "created",
                entered.number,
                entered.state.value,
                entered.gaps,
            )
    except Invalid as fault:
        made.reason = " ".join(fault.errors.values()) or fault.detail
    except NotFound:
        made.reason = _("Le bon de commande « {order} » n'existe pas ou n'est pas à vous.").format(order=order)
    except Refused as fault:
        made.reason = fault.detail
    return made


async def _order(who: Actor, given: str) -> str:
    """Our number of an order, also by its board's own. Raises NotFound."""
    if given.upper().startswith("BC-"):
        return given.upper()
    found = await numbered(who, given)
    if len(found) != 1:
        raise NotFound()
    return found[0]


async def _paper(who: Actor, order: str, number: str, rows: list[Row]) -> NewInvoice:
    head = rows[0].values
    if not number:
        raise Invalid({"supplier_number": _("Le numéro de facture manque.")})
    if not isinstance(dated := head.get("dated"), date):
        raise Invalid({"dated": _("La date de la facture manque.")})
    if any(head.get(name) is None for name in _FOOT):
        raise Invalid({"total": _(_NO_FOOT)})
    on = await _credited(who, order, head.get("credits") or "")
    # Suppliers print a credit note's amounts with their minus, or without.
    turn = -1 if on and head["total"] < 0 else 1
    return NewInvoice(
        order=order,
        supplier_number=number,
        dated=dated,
        due_on=head.get("due_on"),
        kind=Kind.credit_note if on else Kind.invoice,
        credits=on,
        credit_for=_credit_for(head) if on else None,
        lines=[_line(row.values, turn) for row in rows],
        before_tax_cents=_cents(turn * head["before_tax"]),
        gst_cents=_cents(turn * head["gst"]),
        qst_cents=_cents(turn * head["qst"]),
        total_cents=_cents(turn * head["total"]),
    )


async def _credited(who: Actor, order: str, given: str) -> str | None:
    """Our number of the invoice that a credit note is on, also by the supplier's. Raises Invalid."""
    if not given:
        return None
    if given.upper().startswith("FA-"):
        return given.upper()
    known = await fetch_one(_KNOWN, order, given)
    if known is None:
        raise Invalid({"credits": _("La facture créditée « {number} » n'est pas inscrite.").format(number=given)})
    await queries.found(who, known["number"])
    return str(known["number"])


def _credit_for(head: Mapping[str, Any]) -> CreditFor:
    if (found := _CREDITS.get(heading_key(head.get("credit_for") or ""))) is None:
        raise Invalid({"credit_for": _("Le motif du crédit est « retour », « prix » ou « entière ».")})
    return found


def _line(values: Mapping[str, Any], turn: int) -> NewInvoiceLine:
    kind = _LINE_KINDS.get(heading_key(values.get("kind") or ""))
    if kind is None:
        raise Invalid({"kind": _("La nature d'une ligne est « bien », « écofrais », « transport » ou « autre ».")})
    amount, unit = values.get("amount"), values.get("unit")
    quantity = values.get("quantity")
    if quantity is None:
        quantity = 1 if kind is not LineKind.goods else 0
    if unit is None:
        unit = turn * amount // quantity if amount is not None and quantity else amount or 0
    return NewInvoiceLine(
        kind=kind,
        position=values.get("position"),
        product=values.get("product") or "",
        description=values.get("description") or "",
        quantity=quantity,
        unit_before_tax_cents=_cents(abs(unit) if turn < 0 else unit),
        before_tax_cents=None if amount is None else _cents(turn * amount),
        taxable=values.get("taxable") is not False,
    )


def _cents(cents: int) -> int:
    if not 0 <= cents <= MOST_CENTS:
        raise Invalid({"total": _("Un montant de facture n'est ni négatif ni au-dessus de 100 millions.")})
    return cents
