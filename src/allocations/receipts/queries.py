"""Reads of receipts. A school sees the receipts that hold a line of its own, and those lines only."""

from typing import Any

from allocations.orders import queries as orders
from allocations.receipts.schemas import ReceiptLineOut, ReceiptOut
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import NotFound
from kit.filters import Where

_RECEIPT = """
SELECT r.id, r.number, o.number AS "order", r.board, r.received_on, r.slip, r.note, r.person_name, r.at,
       (SELECT coalesce(sum(quantity - received - cancelled), 0)::int FROM order_line
        WHERE "order" = o.id AND ($1::text[] IS NULL OR school = ANY($1))) AS outstanding
FROM receipt r JOIN purchase_order o ON o.id = r."order"
"""

_LINES = """
SELECT l.receipt, o.position, o.description, l.school, c.name AS school_name, l.quantity, l.net_cents,
       ARRAY(SELECT tag FROM asset WHERE receipt_line = l.id ORDER BY tag) AS tags
FROM receipt_line l JOIN order_line o ON o.id = l.order_line JOIN school c ON c.code = l.school
WHERE l.receipt = ANY($1::uuid[]) AND ($2::text[] IS NULL OR l.school = ANY($2)) ORDER BY o.position
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
    async with transaction(who):
        rows = await _receipts(who, "r.number = {}", number)
        if not rows:
            raise NotFound()
        return (await _whole(who, rows))[0]


async def of_order(who: Actor, order: str) -> list[ReceiptOut]:
    """The receipts of an order, the latest first. Raises NotFound."""
    async with transaction(who):
        row = await orders.found(who, order)
        return await _whole(who, await _receipts(who, "o.id = {}", row["id"]))


async def receivable(order: Any) -> dict[int, Any]:
    """The lines of an order by position. Call inside a transaction."""
    return {row["position"]: row for row in await fetch(_RECEIVABLE, order)}


async def _receipts(who: Actor, condition: str, value: object) -> list[Any]:
    """Receipts of orders that the caller may see, with a line of their schools; the latest first."""
    where = Where()
    where.argument(schools := orders.own_schools(who))
    orders.seen(who, where)
    if schools is not None:
        where.parts.append("EXISTS (SELECT FROM receipt_line l WHERE l.receipt = r.id AND l.school = ANY($1))")
    where.add(condition, value)
    return await fetch(f"{_RECEIPT} WHERE {where} ORDER BY r.number DESC", *where.args)


async def _whole(who: Actor, rows: list[Any]) -> list[ReceiptOut]:
    lines: dict[Any, list[ReceiptLineOut]] = {}
    for line in await fetch(_LINES, [row["id"] for row in rows], orders.own_schools(who)):
        fields = dict(line)
        lines.setdefault(fields.pop("receipt"), []).append(ReceiptLineOut(**fields))
    return [
        ReceiptOut(**{key: value for key, value in row.items() if key != "id"}, lines=lines.get(row["id"], []))
        for row in rows
    ]
