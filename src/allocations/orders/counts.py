"""What waits around orders: for the desk that orders, for the one that receives, and for a school that expects goods."""

from datetime import date

from msgspec import Struct

from allocations.orders.rules import AWAITING_SQL, UNSENT_SQL, State
from allocations.orders.waiting import TO_ORDER
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch_as, fetch_one, transaction
from kit.filters import visible
from kit.waiting import Waiting, waiting

_TO_ORDER = """
SELECT count(DISTINCT s.id)::int AS n, min(s.decided_at) AS since
FROM selection s JOIN selection_invoice v ON v.selection = s.id
WHERE {where}
"""

_ORDERS = """
SELECT count(*) FILTER (WHERE o.state IN {unsent})::int AS drafts, min(o.made_at) FILTER (WHERE o.state IN {unsent}) AS drafts_since,
       count(l.awaited)::int AS awaited, min(o.sent_at) FILTER (WHERE l.awaited) AS awaited_since,
       count(*) FILTER (WHERE l.late_since IS NOT NULL)::int AS late, min(l.late_since) AS late_since
FROM purchase_order o LEFT JOIN LATERAL (
    SELECT true AS awaited, min(expected_on) FILTER (WHERE expected_on < {day}) AS late_since FROM order_line
    WHERE "order" = o.id AND quantity > received + cancelled AND o.state IN {awaiting} HAVING count(*) > 0
) l ON true
WHERE {where} AND (o.state IN {unsent} OR o.state IN {awaiting})
"""

_EXPECTED = """
SELECT o.number, p.name AS supplier_name, o.state, sum(l.quantity - l.received - l.cancelled)::int AS outstanding,
       min(l.expected_on) AS expected_on, coalesce(min(l.expected_on) < {day}, false) AS late
FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN supplier p ON p.id = o.supplier
WHERE {where} AND o.state IN {awaiting} AND l.quantity > l.received + l.cancelled
GROUP BY o.id, p.id ORDER BY min(l.expected_on) NULLS LAST, o.number LIMIT {limit}
"""


class OrderWork(Struct, frozen=True):
    """Orders of a board that are not sent yet, that are awaited, and that are late (`since`: the oldest promised day)."""

    drafts: Waiting
    awaited: Waiting
    late: Waiting


class Delivery(Struct, frozen=True):
    """What an order still brings to a school; `expected_on` is the first promised day."""

    number: str
    supplier_name: str
    state: State
    outstanding: int
    expected_on: date | None
    late: bool


async def to_order(who: Actor) -> Waiting:
    """How many approved selections have something that is on no order, the oldest by its approval."""
    where = visible(who, "order.write", board="s.board", school="s.school")
    where.parts.append(TO_ORDER)
    async with transaction(who):
        return waiting(await fetch_one(_TO_ORDER.format(where=where), *where.args))


async def work(who: Actor) -> OrderWork:
    """The orders of the caller's board that ask for something. Raises Forbidden."""
    who.must("order.read")
    async with transaction(who):
        row = await fetch_one(
            _ORDERS.format(
                day="$1::date", where="($2::text IS NULL OR o.board = $2)", unsent=UNSENT_SQL, awaiting=AWAITING_SQL
            ),
            today(),
            who.board,
        )
    assert row is not None
    return OrderWork(*(Waiting(row[name], row[f"{name}_since"]) for name in ("drafts", "awaited", "late")))


async def expected_at(who: Actor, school: str, *, limit: int = 10) -> list[Delivery]:
    """Orders that still bring something to a school, the soonest first."""
    where = visible(who, "order.read", board="l.board", school="l.school")
    where.add("l.school = {}", school)
    day = f"{where.argument(today())}::date"
    async with transaction(who):
        found = await fetch_as(
            Delivery, _EXPECTED.format(where=where, day=day, limit=limit, awaiting=AWAITING_SQL), *where.args
        )
    return found
