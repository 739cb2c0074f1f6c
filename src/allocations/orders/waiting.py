"""Approved choices that wait to be ordered."""

from allocations.orders.schemas import Preview, Waiting
from allocations.years.queries import still_open
from kit.actor import Actor
from kit.database import fetch_as, fetch_one, transaction
from kit.filters import visible
from kit.paging import MAXIMUM_LIMIT, check_limit, decode, page

_WAITING = """
SELECT s.number AS selection, s.title, s.school, c.name AS school_name, p.code AS supplier, p.name AS supplier_name, s.year,
       (SELECT sum(i.quantity)::int FROM selection_item i WHERE i.selection = s.id AND i.supplier = v.supplier) AS units,
       v.total_cents, v.net_cents, s.decided_at
FROM selection s JOIN selection_invoice v ON v.selection = s.id JOIN supplier p ON p.id = v.supplier JOIN school c ON c.code = s.school
WHERE {where} ORDER BY s.decided_at, s.number, p.code LIMIT {limit}
"""

_HOW_MANY = """
SELECT count(DISTINCT s.id)::int AS selections, count(DISTINCT (v.supplier, s.year))::int AS orders
FROM selection s JOIN selection_invoice v ON v.selection = s.id WHERE {where}
"""

# Of `selection s` and its invoice `v`: approved, in a year that is open, and on no order that stands.
TO_ORDER = f"""s.state IN ('approved', 'ordered') AND {still_open("s.year")} AND NOT EXISTS (
    SELECT FROM order_part t JOIN purchase_order o ON o.id = t."order"
    WHERE t.selection = s.id AND o.supplier = v.supplier AND o.state <> 'cancelled')"""


async def preview(who: Actor, *, limit: int = MAXIMUM_LIMIT, after: str | None = None) -> Preview:
    """What waits to be ordered, the first approved first, and how many orders all of it makes."""
    where = visible(who, "order.write", board="s.board", school="s.school")
    where.parts.append(TO_ORDER)
    async with transaction(who):
        counted = await fetch_one(_HOW_MANY.format(where=where), *where.args)
        if keys := decode(after, keys=3):
            place = where.argument([str(key) for key in keys])
            where.parts.append(
                f"(s.decided_at, s.number, p.code) > (({place}::text[])[1]::timestamptz, ({place}::text[])[2], ({place}::text[])[3])"
            )
        rows = await fetch_as(Waiting, _WAITING.format(where=where, limit=check_limit(limit) + 1), *where.args)
    assert counted is not None
    found = page(rows, limit, lambda row: (row.decided_at.isoformat(), row.selection, row.supplier))
    return Preview(**counted, items=found.items, next=found.next)
