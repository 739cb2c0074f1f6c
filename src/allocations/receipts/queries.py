"""Reads of receipts. A school sees the receipts that hold a line of its own, and those lines only."""

from typing import Any

from allocations.receipts.schemas import ReceiptLineOut, ReceiptOut
from kit.actor import Actor
from kit.database import fetch, fetch_one, fetch_value, transaction
from kit.errors import NotFound

_RECEIPT = """
SELECT r.id, r.number, o.number AS "order", r.board, r.received_on, r.slip, r.note, r.person_name, r.at,
       (SELECT coalesce(sum(quantity - received - cancelled), 0)::int FROM order_line WHERE "order" = o.id) AS outstanding
FROM receipt r JOIN purchase_order o ON o.id = r."order"
"""

_LINES = """
SELECT l.receipt, o.position, o.description, l.school, c.name AS school_name, l.quantity, l.net_cents,
       ARRAY(SELECT tag FROM asset WHERE receipt_line = l.id ORDER BY tag) AS tags
FROM receipt_line l JOIN order_line o ON o.id = l.order_line JOIN school c ON c.code = l.school
WHERE l.receipt = ANY($1::uuid[]) ORDER BY o.position
"""

# What a line needs to be received: its order line, locked by its order, and the product that it becomes.
_RECEIVABLE = """
SELECT l.id, l.position, l.part, l.envelope, l.school, l.building, l.product, l.description, l.quantity, l.received, l.cancelled,
       l.unit_before_tax_cents, l.net_cents, l.charged_cents, p.tracked, p.category, p.name, p.maker, p.model,
       p.warranty_months, p.useful_life_months
FROM order_line l JOIN product p ON p.id = l.product WHERE l."order" = $1 ORDER BY l.position
"""


async def one(who: Actor, number: str) -> ReceiptOut:
    """A receipt. Raises NotFound."""
    who.must("order.read")
    async with transaction(who):
        row = await fetch_one(_RECEIPT + " WHERE r.number = $1", number)
        if row is None:
            raise NotFound()
        return (await _whole([row]))[0]


async def of_order(who: Actor, order: str) -> list[ReceiptOut]:
    """The receipts of an order, the latest first. Raises NotFound."""
    who.must("order.read")
    async with transaction(who):
        if not await fetch_value("SELECT EXISTS (SELECT FROM purchase_order WHERE number = $1)", order):
            raise NotFound()
        return await _whole(await fetch(_RECEIPT + " WHERE o.number = $1 ORDER BY r.number DESC", order))


async def receivable(order: Any) -> dict[int, Any]:
    """The lines of an order by position. Call inside a transaction."""
    return {row["position"]: row for row in await fetch(_RECEIVABLE, order)}


async def _whole(rows: list[Any]) -> list[ReceiptOut]:
    lines: dict[Any, list[ReceiptLineOut]] = {}
    for line in await fetch(_LINES, [row["id"] for row in rows]):
        fields = dict(line)
        lines.setdefault(fields.pop("receipt"), []).append(ReceiptLineOut(**fields))
    return [
        ReceiptOut(**{key: value for key, value in row.items() if key != "id"}, lines=lines.get(row["id"], []))
        for row in rows
    ]
