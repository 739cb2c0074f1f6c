"""Does the money balance? The four figures against the ledger, and against the baskets, orders, receipts and invoices behind them."""

from typing import Any
from uuid import UUID

import msgspec

from allocations.envelopes import queries
from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction
from kit.errors import NotFound

# An order that was sent, and is not cancelled: its money is committed until goods come. On hold, it is where it was.
_ENGAGED = (
    "coalesce(nullif(o.held_from, ''), o.state) IN ('sent', 'acknowledged', 'part_received', 'received', 'closed')"
)

# What a submitted basket keeps reserved: what its items cost, less what a sent order has taken over and what was released with its
# year. A draft order has the basket's own cents line by line, and may have given up some.
_RESERVED = f"""
SELECT s.envelope, s.number AS about, 'selection' AS about_kind, s.school, s.title AS words,
       coalesce(l.cents, CASE WHEN i.released_at IS NULL THEN i.charged_cents ELSE 0 END) AS cents
FROM selection s JOIN selection_item i ON i.selection = s.id
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN {_ENGAGED} THEN 0 ELSE l.charged_cents - l.abandoned_cents END)::bigint AS cents
    FROM order_line l JOIN purchase_order o ON o.id = l."order" WHERE l.item = i.id AND o.state <> 'cancelled') l ON true
WHERE s.state IN ('submitted', 'approved', 'ordered')
"""

_COMMITTED = f"""
SELECT l.envelope, o.number AS about, 'order' AS about_kind, l.school, l.description AS words,
       l.charged_cents - l.spent_cents - l.abandoned_cents AS cents
FROM order_line l JOIN purchase_order o ON o.id = l."order" WHERE {_ENGAGED} AND o.state <> 'cancelled'
"""

_SPENT = """
SELECT l.envelope, o.number AS about, 'order' AS about_kind, l.school, l.description AS words, l.spent_cents + l.corrected_cents AS cents
FROM order_line l JOIN purchase_order o ON o.id = l."order"
"""

BEHIND = {"reserved": _RESERVED, "committed": _COMMITTED, "spent": _SPENT}

_UNBALANCED = f"""
WITH behind AS (
    SELECT envelope, sum(reserved)::bigint AS reserved, sum(committed)::bigint AS committed, sum(spent)::bigint AS spent FROM (
        SELECT envelope, cents AS reserved, 0 AS committed, 0 AS spent FROM ({_RESERVED}) r
        UNION ALL SELECT envelope, 0, cents, 0 FROM ({_COMMITTED}) c UNION ALL SELECT envelope, 0, 0, cents FROM ({_SPENT}) s
    ) each GROUP BY envelope
), ledger AS (
    SELECT envelope, sum(allocated_cents)::bigint AS allocated, sum(reserved_cents)::bigint AS reserved,
           sum(committed_cents)::bigint AS committed, sum(spent_cents)::bigint AS spent FROM ledger_entry GROUP BY envelope
)
SELECT e.id, e.board, coalesce(e.school, '') AS school,
       ARRAY[e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents] AS figures,
       ARRAY[coalesce(l.allocated, 0), coalesce(l.reserved, 0), coalesce(l.committed, 0), coalesce(l.spent, 0)] AS ledger,
       ARRAY[e.allocated_cents, coalesce(b.reserved, 0), coalesce(b.committed, 0), coalesce(b.spent, 0)] AS behind
FROM envelope e LEFT JOIN ledger l ON l.envelope = e.id LEFT JOIN behind b ON b.envelope = e.id
WHERE (e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents) IS DISTINCT FROM
          (coalesce(l.allocated, 0), coalesce(l.reserved, 0), coalesce(l.committed, 0), coalesce(l.spent, 0))
   OR (e.reserved_cents, e.committed_cents, e.spent_cents) IS DISTINCT FROM
          (coalesce(b.reserved, 0), coalesce(b.committed, 0), coalesce(b.spent, 0))
ORDER BY e.id
"""


class Unbalanced(msgspec.Struct):
    """An envelope whose figures (allocated, reserved, committed, spent, in cents) are not those of its ledger, or of what is behind."""

    id: UUID
    board: str
    school: str
    figures: list[int]
    ledger: list[int]
    behind: list[int]


class Behind(msgspec.Struct):
    """What makes up a figure: the basket or the order, in words, and its cents in the measure's tax basis."""

    about_kind: str
    about: str
    school: str
    words: str
    cents: int


async def unbalanced(who: Actor) -> list[Unbalanced]:
    """Envelopes that do not balance; none is right. One statement over all that the caller sees."""
    async with transaction(who):
        return await fetch_as(Unbalanced, _UNBALANCED)


async def behind(who: Actor, envelope: UUID, figure: str) -> list[Behind]:
    """The baskets or order lines that a figure is made of; they add up to it. Raises NotFound, also for a figure without such rows."""
    if figure not in BEHIND:
        raise NotFound()
    async with transaction(who):
        await queries.one(who, envelope)
        rows: list[Any] = await fetch(
            f"SELECT about_kind, about, school, words, sum(cents)::bigint AS cents FROM ({BEHIND[figure]}) b"
            " WHERE envelope = $1 GROUP BY about_kind, about, school, words HAVING sum(cents) <> 0 ORDER BY about, words",
            envelope,
        )
    return [Behind(**row) for row in rows]
