"""Units of a line that its supplier's invoices hold: what they ask for is neither given up nor undone behind them."""

from typing import Any

from allocations.orders.rules import InvoicedAlready
from kit.database import fetch

# Units of the line `l` that approved papers hold: asked for, given back by a credit note after a return, or returned and settled.
BILLED = """(l.invoiced + l.settled - coalesce((
    SELECT sum(c.quantity) FROM invoice_charge c JOIN invoice v ON v.id = c.invoice
    WHERE c.order_line = l.id AND v.credit_for = 'return' AND v.state IN ('approved', 'paid')), 0))::int"""

_GIVEN_UP = f"""
SELECT o.number, l.position FROM order_line l JOIN purchase_order o ON o.id = l."order"
WHERE l."order" = ANY($1::uuid[]) AND l.cancelled > 0 AND {BILLED} > l.quantity - l.cancelled ORDER BY 1, 2
"""


async def check_given_up(*orders: Any) -> None:
    """Raise InvoicedAlready where lines of locked orders have given up units that were invoiced and went back to be replaced.

    Their money would be free though it is paid. Call inside the transaction, once what is given up is written.
    """
    if rows := await fetch(_GIVEN_UP, [order["id"] for order in orders]):
        first = rows[0]["number"]
        raise InvoicedAlready(number=first, lines=[row["position"] for row in rows if row["number"] == first])
