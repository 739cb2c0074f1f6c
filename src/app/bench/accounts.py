"""Bench `year_end`: the accounts of the whole province, a line a board and measure, against the bare aggregates that answer the same.

Bare is one transaction of the statements that an accountant would write: figures, the ledger's allocations by kind, what lines of
orders cost that no invoice asked for, what was ordered and received by category, trainings, schools that attested. Its lines are put
together from dictionaries; it checks no balance and names no digest.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from allocations.accounts.queries import accounts
from allocations.accounts.schemas import Accounts
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from kit.actor import system
from kit.clock import school_year, today

FIGURES = """
SELECT e.board, m.code, b.name, m.name, m.kind, m.tax_basis, e.allocated, e.reserved, e.committed, e.spent FROM (
    SELECT board, measure, sum(allocated_cents)::bigint AS allocated, sum(reserved_cents)::bigint AS reserved,
        sum(committed_cents)::bigint AS committed, sum(spent_cents)::bigint AS spent
    FROM envelope WHERE year = $1 GROUP BY 1, 2) e
JOIN board b ON b.code = e.board JOIN measure m ON m.id = e.measure ORDER BY 1, 2
"""
LEDGER = """
SELECT e.board, m.code, l.kind, sum(l.allocated_cents)::bigint FROM ledger_entry l JOIN envelope e ON e.id = l.envelope
JOIN measure m ON m.id = e.measure WHERE e.year = $1 AND l.allocated_cents <> 0 GROUP BY 1, 2, 3
"""
LINES = """
SELECT e.board, m.code, sum(greatest(l.charged_cents * (l.received - l.returned) / l.quantity
    - l.charged_cents * least(greatest(l.invoiced, 0), l.received - l.returned) / l.quantity, 0))::bigint
FROM order_line l JOIN envelope e ON e.id = l.envelope JOIN measure m ON m.id = e.measure
WHERE e.year = $1 AND l.received > 0 GROUP BY 1, 2
"""
QUANTITIES = """
SELECT p.category, c.name, sum(l.quantity - l.cancelled)::int, sum(l.received - l.returned)::int FROM order_line l
JOIN envelope e ON e.id = l.envelope JOIN product p ON p.id = l.product JOIN purchase_order o ON o.id = l."order"
JOIN category c ON c.code = p.category
WHERE e.year = $1 AND o.sent_at IS NOT NULL AND o.state <> 'cancelled' GROUP BY 1, 2, c.position ORDER BY c.position, 1
"""
TRAININGS = """
SELECT t.code, t.name, sum(n.ordered)::int, sum(n.persons)::int FROM (
    SELECT bt.training, sum(bt.quantity * l.quantity) AS ordered, 0 AS persons FROM selection s
    JOIN selection_line l ON l.selection = s.id JOIN bundle_training bt ON bt.bundle = l.bundle
    WHERE s.state = 'ordered' AND s.year = $1 GROUP BY 1
    UNION ALL SELECT training, 0, sum(persons) FROM training_record WHERE year = $1 GROUP BY 1) n
JOIN training t ON t.id = n.training GROUP BY 1, 2 ORDER BY 1
"""
SCHOOLS = """
SELECT (SELECT count(DISTINCT school) FROM envelope WHERE year = $1),
    (SELECT count(DISTINCT a.school) FROM account_signature a JOIN envelope e ON e.school = a.school AND e.year = a.year
     WHERE a.year = $1 AND a.step = 'attest'), (SELECT state FROM school_year WHERE code = $1)
"""
_COLUMN = {"allocation": 0, "adjustment": 0, "transfer": 1, "loan": 1, "carry_over": 2, "recovery": 3}

Answer = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]], tuple[int, int]]


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on the data as they are kept; neither writes."""
    year = school_year(today())
    async with scratch.using(kept):

        async def bare() -> Answer:
            async with by_hand() as run:
                figures, ledger, lines, quantities, trainings = [
                    await run.fetch(sql, year) for sql in (FIGURES, LEDGER, LINES, QUANTITIES, TRAININGS)
                ]
                schools, attested, _state = await run.fetchrow(SCHOOLS, year)
            return (
                _lines(figures, ledger, lines),
                list(map(tuple, quantities)),
                list(map(tuple, trainings)),
                (schools, attested),
            )

        async def ours() -> Accounts:
            return await accounts(system(), year)

        yield {"": Pair(bare=bare, ours=ours, same=_same)}


def _lines(figures: Sequence[Any], ledger: Sequence[Any], received: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Board, measure, names, kind and basis; given, moved, carried, recovered; the figures and what is free; what no invoice asked for."""
    came: dict[tuple[str, str], list[int]] = {}
    for board, measure, kind, cents in ledger:
        sums = came.setdefault((board, measure), [0, 0, 0, 0])
        sums[_COLUMN[kind]] += -cents if kind == "recovery" else cents
    uninvoiced: Mapping[tuple[str, str], int] = {(row[0], row[1]): row[2] for row in received}
    return [
        (
            *row, row[6] - row[7] - row[8] - row[9], *came.get((row[0], row[1]), (0, 0, 0, 0)), uninvoiced.get((row[0], row[1]), 0),
        )
        for row in figures
    ]  # fmt: skip


def _same(bare: object, ours: object) -> bool:
    """Whether both say the same of every board, category and training, and something."""
    if not isinstance(ours, Accounts):
        return False
    lines = [
        (
            line.board, line.measure, line.name, line.measure_name, line.kind, line.tax_basis, line.allocated_cents,
            line.reserved_cents, line.committed_cents, line.spent_cents, line.free_cents, line.given_cents, line.moved_cents,
            line.carried_cents, line.recovered_cents, line.uninvoiced_cents,
        )
        for line in ours.lines
    ]  # fmt: skip
    quantities = [(one.category, one.category_name, one.ordered, one.received) for one in ours.quantities]
    trainings = [(one.training, one.training_name, one.ordered, one.persons) for one in ours.trainings]
    said = (lines, quantities, trainings, (ours.schools, ours.schools_attested))
    return bool(lines) and said == bare
