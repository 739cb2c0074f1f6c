"""Reads of receipts. A school sees the receipts that hold a line of its own, and those lines only."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from allocations.orders import queries as orders
from allocations.receipts.schemas import ReceiptLineOut, ReceiptOut
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import NotFound
from kit.filters import Where

_RECEIPT = """
SELECT r.id, r.number, o.number AS "order", r.board, r.received_on, r.slip, r.note, r.person_name, r.at,
       u.at AS undone_at, coalesce(u.person_name, '') AS undone_by_name, coalesce(u.why, '') AS undone_why,
       (SELECT coalesce(sum(quantity - received - cancelled), 0)::int FROM order_line
        WHERE "order" = o.id AND ($1::text[] IS NULL OR school = ANY($1))) AS outstanding
FROM receipt r JOIN purchase_order o ON o.id = r."order"
LEFT JOIN receipt_undone u ON u.receipt = r.id
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
       l.returned, l.invoiced, l.unit_before_tax_cents, l.net_cents, l.charged_cents, l.spent_cents, p.code, p.tracked, p.category,
       p.name, p.maker, p.model, p.warranty_months, p.useful_life_months
FROM order_line l JOIN product p ON p.id = l.product WHERE l."order" = $1 ORDER BY l.position
"""

_PRODUCTS = """
SELECT id AS product, code, tracked, category, name, maker, model, warranty_months, useful_life_months FROM product
WHERE code = ANY($1::text[])
"""

# Units that are here, or went back for their money: those sent back for others have left their cost to them.
_TAKEN = """
SELECT a.expected_source AS line, a.net_cents, count(*)::int AS n FROM asset a
WHERE a.expected_source = ANY($1::text[]) AND a.state <> 'void' AND NOT EXISTS (
    SELECT FROM goods_return_line l JOIN goods_return r ON r.id = l.goods_return
    WHERE l.asset = a.id AND r.kind = 'replacement' AND r.state <> 'cancelled')
GROUP BY 1, 2
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


async def products(codes: Sequence[str]) -> dict[str, Any]:
    """What a line takes from each of these products of the catalogue, by code."""
    return {row["code"]: row for row in await fetch(_PRODUCTS, list(codes))}


async def costs_taken(lines: Sequence[Any]) -> dict[str, dict[int, int]]:
    """For each order line (by its key as text) of which units came before, how many bear each cost."""
    taken: dict[str, dict[int, int]] = defaultdict(dict)
    if before := [str(line["id"]) for line in lines if line["received"]]:
        for row in await fetch(_TAKEN, before):
            taken[row["line"]][row["net_cents"]] = row["n"]
    return taken


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
