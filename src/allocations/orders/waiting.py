"""Approved choices that wait to be ordered."""

from allocations.orders.grouping_schemas import Preview, Waiting
from allocations.years.queries import still_open
from kit.actor import Actor
from kit.database import fetch_as, fetch_one, transaction
from kit.filters import visible
from kit.paging import MAXIMUM_LIMIT, check_limit, decode, page

# Of an invoice that is on orders in part, what is left of it; of an item, `l` is its line of an order that stands.
_LIVE = """(order_line l JOIN purchase_order o ON o.id = l."order" AND o.state <> 'cancelled') ON l.item = i.id AND l.amends IS NULL"""

_WAITING = f"""
SELECT s.number AS selection, s.title, s.school, c.name AS school_name, p.code AS supplier, p.name AS supplier_name, s.year,
       w.units, v.total_cents - w.total_cents AS total_cents, v.net_cents - w.net_cents AS net_cents, s.decided_at
FROM selection s JOIN selection_invoice v ON v.selection = s.id JOIN supplier p ON p.id = v.supplier JOIN school c ON c.code = s.school
CROSS JOIN LATERAL (
    SELECT (sum(i.quantity) FILTER (WHERE l.id IS NULL AND i.released_at IS NULL))::int AS units,
           coalesce(sum(l.before_tax_cents + l.gst_cents + l.qst_cents), 0)::bigint AS total_cents,
           coalesce(sum(l.net_cents), 0)::bigint AS net_cents
    FROM selection_item i LEFT JOIN {_LIVE} WHERE i.selection = s.id AND i.supplier = v.supplier
) w
WHERE {{where}} ORDER BY s.decided_at, s.number, p.code LIMIT {{limit}}
"""

_HOW_MANY = """
SELECT count(DISTINCT s.id)::int AS selections, count(DISTINCT (v.supplier, s.year))::int AS orders
FROM selection s JOIN selection_invoice v ON v.selection = s.id WHERE {where}
"""

# Of `selection s` and its invoice `v`: approved, in a year that is open, with an item on no order that stands.
TO_ORDER = f"""s.state IN ('approved', 'ordered') AND {still_open("s.year")} AND EXISTS (
    SELECT FROM selection_item i LEFT JOIN {_LIVE} WHERE i.selection = s.id AND i.supplier = v.supplier AND l.id IS NULL
        AND i.released_at IS NULL)"""


async def preview(who: Actor, *, limit: int = MAXIMUM_LIMIT, after: str | None = None) -> Preview:
    """What waits to be ordered, the first approved first; of how many suppliers and years it is."""
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
