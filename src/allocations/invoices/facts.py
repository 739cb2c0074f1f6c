"""What a match stands on: an order's lines with what came and what is invoiced, taxes of the days, the board's tolerance."""

from datetime import date
from typing import Any
from uuid import UUID

from allocations.invoices.costing import OrderLineFacts, PrintedLine
from allocations.invoices.matching import Left, Tolerance
from allocations.invoices.rules import LineKind
from catalog.taxes.queries import rates_on_days
from kit.clock import MONTREAL
from kit.database import fetch, fetch_one

# A line is priced when its basket is submitted, or when the amendment that adds it is made.
_LINES = """
SELECT l.id, l.position, p.code AS product, l.description, l.school, l.envelope, m.tax_basis, l.quantity, l.received, l.returned,
       l.cancelled, l.invoiced, l.settled, l.unit_before_tax_cents, l.before_tax_cents, l.charged_cents, l.corrected_cents,
       coalesce(r.at, s.submitted_at, o.made_at) AS priced_at, coalesce(c.cost, 0) AS cost, coalesce(c.ordered, 0) AS ordered,
       coalesce(c.credited, 0)::int AS credited, coalesce(g.cents, 0)::bigint AS invoiced_cents
FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN product p ON p.id = l.product
JOIN envelope e ON e.id = l.envelope JOIN measure m ON m.id = e.measure
JOIN order_part t ON t.id = l.part JOIN selection s ON s.id = t.selection
LEFT JOIN order_revision r ON r."order" = o.id AND r.revision = l.revision AND l.revision > 0
LEFT JOIN (
    SELECT c.order_line, sum(c.cost_exact) AS cost, sum(c.ordered_exact) AS ordered,
           -sum(c.quantity) FILTER (WHERE v.credit_for = 'return') AS credited
    FROM invoice_charge c JOIN invoice v ON v.id = c.invoice
    WHERE v."order" = $1 AND v.state IN ('approved', 'paid') GROUP BY c.order_line
) c ON c.order_line = l.id
LEFT JOIN (
    SELECT n.order_line, sum(CASE v.kind WHEN 'invoice' THEN n.before_tax_cents ELSE -n.before_tax_cents END) AS cents
    FROM invoice_line n JOIN invoice v ON v.id = n.invoice
    WHERE v."order" = $1 AND v.state IN ('approved', 'paid') GROUP BY n.order_line
) g ON g.order_line = l.id
WHERE l."order" = $1 ORDER BY l.position
"""

_PRINTED = """
SELECT n.kind, n.order_line, n.quantity, n.unit_before_tax_cents, n.before_tax_cents, n.taxable, n.description
FROM invoice_line n WHERE n.invoice = $1 ORDER BY n.position
"""

# What an invoice asked of each line, less what approved credit notes on it gave back; its goods, less credits of price.
_LEFT = """
SELECT c.order_line, sum(c.quantity)::int AS units, sum(c.before_tax_cents)::bigint AS cents,
       coalesce(max(g.cents), 0)::bigint AS goods_cents, coalesce(max(g.units), 0)::bigint AS goods_units
FROM invoice_charge c JOIN invoice v ON v.id = c.invoice
LEFT JOIN (
    SELECT n.order_line, sum(CASE v.kind WHEN 'invoice' THEN n.before_tax_cents ELSE -n.before_tax_cents END) AS cents,
           sum(n.quantity) FILTER (WHERE v.kind = 'invoice') AS units
    FROM invoice_line n JOIN invoice v ON v.id = n.invoice
    WHERE v.state IN ('approved', 'paid') AND (v.id = $1 OR v.credits = $1 AND v.credit_for = 'price') GROUP BY n.order_line
) g ON g.order_line = c.order_line
WHERE v.state IN ('approved', 'paid') AND (v.id = $1 OR v.credits = $1) GROUP BY c.order_line
"""

_TOLERANCE = """
SELECT price_ppm, price_cents, extra_cents FROM invoice_tolerance WHERE board = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1
"""


async def order_lines(order: UUID) -> dict[UUID, OrderLineFacts]:
    """The lines of an order by key. Call inside a transaction."""
    rows = await fetch(_LINES, order)
    day = {row["id"]: row["priced_at"].astimezone(MONTREAL).date() for row in rows}
    taxes = await rates_on_days(day.values())
    skipped = ("priced_at", "cost", "ordered")
    return {
        row["id"]: OrderLineFacts(
            **{key: value for key, value in row.items() if key not in skipped},
            cost=int(row["cost"]), ordered=int(row["ordered"]), taxes=taxes[day[row["id"]]],
        )
        for row in rows
    }  # fmt: skip


async def printed_lines(invoice: UUID) -> list[PrintedLine]:
    """The lines of the paper, in order."""
    return [
        PrintedLine(
            LineKind(row["kind"]), row["order_line"], row["quantity"], row["unit_before_tax_cents"],
            row["before_tax_cents"], row["taxable"], row["description"],
        )
        for row in await fetch(_PRINTED, invoice)
    ]  # fmt: skip


async def left_of(invoice: UUID) -> dict[UUID, Left]:
    """What may still be credited of each line of an approved invoice."""
    return {
        row["order_line"]: Left(row["units"], row["cents"], row["goods_cents"], row["goods_units"])
        for row in await fetch(_LEFT, invoice)
    }


async def tolerance_of(board: str, day: date) -> Tolerance:
    """What a board tolerates on a day: nothing where it has not said."""
    row: Any = await fetch_one(_TOLERANCE, board, day)
    return Tolerance(**row) if row else Tolerance()
