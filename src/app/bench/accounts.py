"""Bench `year_end`: the accounts of the whole province, a line a board and measure, against the bare aggregates of the same rows.

Bare is the four statements an accountant would write: the envelopes' figures, the ledger's allocations by kind, what lines of
orders cost that no invoice asked for, what was received by category; it checks no balance and says nothing of signatures.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from allocations.accounts.queries import accounts
from allocations.accounts.schemas import Accounts
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from kit.actor import system
from kit.clock import school_year, today

FIGURES = """
SELECT e.board, e.measure, sum(e.allocated_cents)::bigint, sum(e.reserved_cents)::bigint, sum(e.committed_cents)::bigint,
    sum(e.spent_cents)::bigint FROM envelope e WHERE e.year = $1 GROUP BY 1, 2
"""
LEDGER = """
SELECT e.board, e.measure, l.kind, sum(l.allocated_cents)::bigint FROM ledger_entry l JOIN envelope e ON e.id = l.envelope
WHERE e.year = $1 AND l.allocated_cents <> 0 GROUP BY 1, 2, 3
"""
LINES = """
SELECT e.board, e.measure, sum(l.charged_cents * (l.received - l.returned) / l.quantity
    - l.charged_cents * least(greatest(l.invoiced, 0), l.received - l.returned) / l.quantity)::bigint
FROM order_line l JOIN envelope e ON e.id = l.envelope WHERE e.year = $1 AND l.received > 0 GROUP BY 1, 2
"""
QUANTITIES = """
SELECT p.category, sum(l.quantity - l.cancelled)::int, sum(l.received - l.returned)::int FROM order_line l
JOIN envelope e ON e.id = l.envelope JOIN product p ON p.id = l.product JOIN purchase_order o ON o.id = l."order"
WHERE e.year = $1 AND o.sent_at IS NOT NULL AND o.state <> 'cancelled' GROUP BY 1
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on the data as they are kept; neither writes."""
    year = school_year(today())
    async with scratch.using(kept):

        async def bare() -> int:
            async with by_hand() as run:
                figures = await run.fetch(FIGURES, year)
                for sql in (LEDGER, LINES, QUANTITIES):
                    await run.fetch(sql, year)
            return sum(row[2] for row in figures)

        async def ours() -> Accounts:
            return await accounts(system(), year)

        yield {"": Pair(bare=bare, ours=ours, same=_same)}


def _same(bare: object, ours: object) -> bool:
    """Whether both add up to the same, and to something."""
    return isinstance(ours, Accounts) and 0 < sum(line.allocated_cents for line in ours.lines) == bare
