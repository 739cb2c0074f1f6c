"""Entering a paper and changing it while nobody has approved it; each time it is matched at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from allocations.invoices import facts, placing, queries, rules
from allocations.invoices.costing import OrderLineFacts, PrintedLine
from allocations.invoices.reconciling import match
from allocations.invoices.rules import CreditFor, Kind, State
from allocations.invoices.schemas import InvoiceFile, InvoicePaper, NewInvoice
from allocations.orders import queries as orders
from allocations.orders.rules import State as OrderState
from kit.actor import Actor, Scope
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, Stale, constraint
from kit.events import record
from kit.i18n import _
from kit.numbers import next_number

constraint("invoice_supplier_number_once", rules.SameNumber)

_INSERT = """
INSERT INTO invoice (number, board, supplier, "order", year, state, entered_at, entered_by, entered_by_name, kind, credits,
                     credit_for, supplier_number, dated, due_on, before_tax_cents, gst_cents, qst_cents, total_cents, note)
VALUES ($1, $2, $3, $4, $5, 'entered', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING *
"""

_UPDATE = """
UPDATE invoice SET kind = $2, credits = $3, credit_for = $4, supplier_number = $5, dated = $6, due_on = $7, before_tax_cents = $8,
    gst_cents = $9, qst_cents = $10, total_cents = $11, note = $12, version = version + 1 WHERE id = $1 RETURNING *
"""

_LINES = """
INSERT INTO invoice_line (invoice, board, school, position, kind, order_line, quantity, unit_before_tax_cents, before_tax_cents,
                          taxable, description)
SELECT $1, $2, coalesce(l.school, ''), n.position, n.kind, n.line, n.quantity, n.unit, n.before_tax, n.taxable,
       coalesce(nullif(n.description, ''), l.description, '')
FROM unnest($3::text[], $4::uuid[], $5::int[], $6::bigint[], $7::bigint[], $8::bool[], $9::text[]) WITH ORDINALITY
    AS n (kind, line, quantity, unit, before_tax, taxable, description, position)
LEFT JOIN order_line l ON l.id = n.line
"""


async def enter(who: Actor, new: NewInvoice) -> InvoiceFile:
    """Enter a supplier's paper on an order, and match it. Without lines it waits for them.

    Raises NotInvoiceable, NotCreditable, SameNumber, Invalid, NotFound.
    """
    check_desk(who)
    async with transaction(who):
        order = await orders.locked(who, new.order)
        rules.check_order(OrderState(order["state"]), new.order)
        values = await _values(new, order)
        number = rules.number(
            order["board"], order["year"], await next_number(f"invoice {order['board']} {order['year']}")
        )
        row = await fetch_one(
            _INSERT, number, order["board"], order["supplier"], order["id"], order["year"], now(), who.person, who.name,
            *values,
        )  # fmt: skip
        await _write_lines(row, new)
        await match(who, row)
        await _told(who, row, "invoice.entered", None)
        return await queries.one(who, number)


async def change(who: Actor, number: str, paper: InvoicePaper, *, version: int | None = None) -> InvoiceFile:
    """Write a paper anew while it is not approved: all its lines, and a new match. Raises as `enter`; NotOpen, Stale."""
    check_desk(who)
    async with transaction(who):
        row, order = await locked(who, number, version)
        rules.check_open(State(row["state"]), number)
        after: Any = await fetch_one(_UPDATE, row["id"], *await _values(paper, order))
        await execute("DELETE FROM invoice_line WHERE invoice = $1", row["id"])
        await _write_lines(after, paper)
        await match(who, after)
        await _told(who, after, "invoice.changed", row)
        return await queries.one(who, number)


async def rematch(who: Actor, number: str) -> InvoiceFile:
    """Match an invoice again with what came since. Raises NotOpen, NothingToMatch, NotFound."""
    check_desk(who)
    async with transaction(who):
        row, _order = await locked(who, number, None)
        rules.check_open(State(row["state"]), number)
        if not await fetch_value("SELECT true FROM invoice_line WHERE invoice = $1 LIMIT 1", row["id"]):
            raise rules.NothingToMatch(number=number)
        await match(who, row)
        return await queries.one(who, number)


def check_desk(who: Actor) -> None:
    """Raise Forbidden unless the caller keeps the board's invoices: they are the whole board's, never one school's."""
    who.must("invoice.write")
    if who.scope is Scope.school:
        raise Forbidden()


async def locked(who: Actor, number: str, version: int | None) -> tuple[Any, Any]:
    """The invoice's row and its order's, both locked, the order first: whoever touches one order's invoices takes turns.

    Raises NotFound, Stale. Call inside a transaction.
    """
    order_number = await queries.order_of(who, number)
    order = await orders.locked(who, order_number)
    row = await queries.found(who, number, lock=True)
    if version is not None and version != row["version"]:
        raise Stale()
    return row, order


async def _values(paper: InvoicePaper, order: Any) -> tuple[Any, ...]:
    """The columns of a paper, checked."""
    supplier_number = " ".join(paper.supplier_number.split())
    if not supplier_number:
        raise Invalid({"supplier_number": _("Inscrivez le numéro de la facture.")})
    made_on = order["made_at"].astimezone(MONTREAL).date()
    rules.check_days(paper.dated, paper.due_on, ordered=made_on, today=today())
    on = await _credited(paper, order)
    return (
        paper.kind.value, on, paper.credit_for.value if on and paper.credit_for else "", supplier_number,
        paper.dated, paper.due_on, paper.before_tax_cents, paper.gst_cents, paper.qst_cents, paper.total_cents,
        paper.note.strip(),
    )  # fmt: skip


async def _credited(paper: InvoicePaper, order: Any) -> UUID | None:
    """The key of the invoice that a credit note is on; None for an invoice. Raises Invalid, NotCreditable."""
    if paper.kind is Kind.invoice:
        if paper.credits or paper.credit_for:
            raise Invalid({"credits": _("Seule une note de crédit porte sur une facture.")})
        return None
    if not paper.credits or paper.credit_for is None:
        raise Invalid({"credits": _("Dites sur quelle facture porte la note de crédit, et pour quoi.")})
    key: UUID | None = await fetch_value(
        "SELECT id FROM invoice WHERE number = $1 AND \"order\" = $2 AND kind = 'invoice' AND state IN ('approved', 'paid')",
        paper.credits, order["id"],
    )  # fmt: skip
    if key is None:
        raise rules.NotCreditable(number=paper.credits)
    return key


async def _write_lines(row: Any, paper: InvoicePaper) -> None:
    known = await facts.order_lines(row["order"])
    lines = await _lines(row, paper, known)
    if not lines:
        return
    await execute(
        _LINES, row["id"], row["board"], [line.kind.value for line in lines], [line.line for line in lines],
        [line.quantity for line in lines], [line.unit_before_tax_cents for line in lines],
        [line.before_tax_cents for line in lines], [line.taxable for line in lines],
        [line.description for line in lines],
    )  # fmt: skip


async def _lines(row: Any, paper: InvoicePaper, known: Mapping[UUID, OrderLineFacts]) -> Sequence[PrintedLine]:
    """The lines of a paper on those of its order. A credit of a whole invoice that says none has that invoice's."""
    if paper.kind is Kind.invoice:
        return placing.placed(paper.lines, known, lambda fact: fact.billable)
    if paper.credit_for is CreditFor.whole and not paper.lines:
        return await facts.printed_lines(row["credits"])
    if paper.credit_for is CreditFor.returned:
        return placing.placed(paper.lines, known, lambda fact: fact.returned - fact.credited - fact.settled)
    left = await facts.left_of(row["credits"])
    return placing.placed(paper.lines, known, lambda fact: left[fact.id].units if fact.id in left else 0)


async def _told(who: Actor, row: Any, what: str, before: Any) -> None:
    def figures(of: Any) -> dict[str, Any]:
        return {
            "supplier_number": of["supplier_number"],
            "dated": of["dated"].isoformat(),
            "total_cents": of["total_cents"],
        }

    await record(
        who, what, kind="invoice", subject=row["number"], board=row["board"],
        before=figures(before) if before else None, after=figures(row),
    )  # fmt: skip
