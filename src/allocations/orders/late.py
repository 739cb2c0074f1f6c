"""Lines past their promised day, and the same to take away."""

from allocations.orders.queries import own_schools, seen
from allocations.orders.rules import AWAITING_SQL
from allocations.orders.schemas import LateLine
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch_as, transaction
from kit.filters import Where
from kit.paging import Page, check_limit, decode, page

_LATE = """
SELECT o.number AS "order", l.position, p.name AS supplier_name, l.school, c.name AS school_name, q.code AS product, l.description,
       l.quantity, l.quantity - l.received - l.cancelled AS outstanding, l.expected_on
FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN supplier p ON p.id = o.supplier JOIN school c ON c.code = l.school
JOIN product q ON q.id = l.product
WHERE {where} ORDER BY l.expected_on, o.number, l.position LIMIT {limit}
"""


async def lines(who: Actor, *, limit: int, after: str | None = None) -> Page[LateLine]:
    """Lines of sent orders whose promised day has passed and that are still awaited, the latest first. Raises Forbidden."""
    where = seen(who, Where())
    if (schools := own_schools(who)) is not None:
        where.add("l.school = ANY({}::text[])", schools)
    where.parts.append(f"o.state IN {AWAITING_SQL} AND l.quantity > l.received + l.cancelled")
    where.add("l.expected_on < {}", today())
    if keys := decode(after, keys=3):
        day, number, position = (where.argument(str(key)) for key in keys)
        where.parts.append(
            f"(l.expected_on, o.number, l.position) > (({day}::text)::date, {number}::text, ({position}::text)::int)"
        )
    async with transaction(who):
        rows = await fetch_as(LateLine, _LATE.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page(rows, limit, lambda row: (row.expected_on.isoformat(), row.order, row.position))
