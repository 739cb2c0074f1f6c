"""Bench `compute`: the envelopes of a measure new to the province, against the same rows by hand.

Ours is the operation, every school's arithmetic in its answer. Bare is one transaction of the same role: the lock, the measure and
its rule, then the envelopes, their ledger rows (with the arithmetic) and their events, each in one statement.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from itertools import count

from allocations.envelopes.computing import compute
from allocations.envelopes.schemas import Computed
from app.bench.measuring import Pair
from app.bench.scratch import Scratch, by_hand
from inventory.floor.rules import oldest_count_day
from inventory.floor.standing import headcounts
from kit.actor import system
from kit.clock import now, school_year, school_year_bounds, today

MEASURE = """
WITH made AS (
    INSERT INTO measure (code, name, kind, mode, holder, tax_basis) VALUES ($1, 'Mesure', 'investment', 'a_priori', 'school', 'net')
    RETURNING id
)
INSERT INTO allocation_rule (measure, year, formula, floor_cents, per_pupil_cents, without_headcount, for_preschool, for_primary,
    for_secondary, for_adult)
SELECT id, $2, 'max_floor_per_pupil', 500000, 2900, 'floor', true, true, true, true FROM made
"""

RULE = """
SELECT m.id, r.floor_cents, r.per_pupil_cents FROM measure m JOIN allocation_rule r ON r.measure = m.id AND r.year = $2
WHERE m.code = $1 AND NOT EXISTS (SELECT FROM school_year y WHERE y.code = $2 AND y.state = 'closed')
"""

# $1 the measure, $4 its year, $5 the floor, $6 so much a pupil.
ENVELOPES = f"""
CREATE TEMP TABLE given ON COMMIT DROP AS
SELECT new_id() AS id, s.board, s.code AS school, greatest($5::bigint, $6::bigint * coalesce(h.pupils, 0)) AS cents,
    CASE WHEN h.pupils IS NULL THEN 'Effectif non connu : le montant minimal, ' || to_char($5::bigint / 100.0, 'FM999G990D00') || ' $.'
    ELSE to_char(h.pupils, 'FM999G990') || ' élèves au ' || to_char(h.counted_on, 'DD MM YYYY') || ' × '
        || to_char($6::bigint / 100.0, 'FM990D00') || ' $ = ' || to_char($6::bigint * h.pupils / 100.0, 'FM999G990D00') || ' $.' END AS why
FROM school s LEFT JOIN ({headcounts()}) h ON h.school = s.code
WHERE s.closed_on IS NULL AND (s.preschool OR s."primary" OR s.secondary OR s.adult)
    AND NOT EXISTS (SELECT FROM envelope e WHERE e.school = s.code AND e.measure = $1 AND e.year = $4)
"""
ROWS = """
INSERT INTO envelope (id, board, school, measure, year, allocated_cents, version)
SELECT id, board, school, $1, $2, cents, 2 FROM given
"""
LEDGER = """
INSERT INTO ledger_entry (envelope, board, school, kind, allocated_cents, reason, about_kind, about, actor_name, at)
SELECT id, board, school, 'allocation', cents, why, '', '', 'système', $1 FROM given ORDER BY school
"""
EVENTS = """
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, after, why, request)
SELECT $1, 'system', 'système', 'envelope.allocated', 'envelope', id::text, board, school,
    jsonb_build_object('allocated_cents', cents), why, '' FROM given
"""
TOTAL = "SELECT sum(allocated_cents)::bigint FROM envelope WHERE measure = $1 AND year = $2"


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data, each time for a measure that has no envelope yet."""
    work = await scratch.new(like=kept)
    async with scratch.administering(work) as run, scratch.using(work):
        await run.execute("VACUUM ANALYZE school, headcount, envelope")
        year = school_year(today())
        last_day = school_year_bounds(year)[1]
        codes = (f"BENCH-{n}" for n in count())
        code = ""

        async def measure() -> None:
            nonlocal code
            code = next(codes)
            await run.execute(MEASURE, code, year)

        async def ours() -> Computed:
            return await compute(system(), code, year)

        await measure()
        yield {"": Pair(bare=lambda: _bare(code, year, last_day), ours=ours, between=measure, same=_same)}
    await scratch.drop(work)


def _same(bare: object, ours: object) -> bool:
    """The measure of the check is computed by hand first: ours then finds every envelope as it would have made it."""
    return isinstance(ours, Computed) and ours.adjusted == ours.created == 0 and ours.total_cents == bare


async def _bare(code: str, year: str, last_day: date) -> int:
    async with by_hand() as run:
        await run.execute("SELECT pg_advisory_xact_lock(1)")
        rule = await run.fetchrow(RULE, code, year)
        await run.execute(
            ENVELOPES,
            rule["id"],
            last_day,
            oldest_count_day(last_day),
            year,
            rule["floor_cents"],
            rule["per_pupil_cents"],
        )
        await run.execute(ROWS, rule["id"], year)
        await run.execute(LEDGER, now())
        await run.execute(EVENTS, now())
        return await run.fetchval(TOTAL, rule["id"], year)  # type: ignore[no-any-return]
