"""Bench `planner`: the best mixes for one school among sixty bundles, all proven, against the solver's own time on the same programs.

Ours is the operation: what the school lacks and may choose read, the programs made, solved, the answers priced as baskets.
Bare gives HiGHS the very programs of one such search, made beforehand.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from allocations.planner.choosing import Mixes, best
from allocations.planner.facts import gather
from allocations.planner.operations import searched
from allocations.planner.schemas import PlanOut
from allocations.planner.solving import Program, run
from app.bench.measuring import Pair
from app.bench.scratch import Scratch
from kit.actor import system
from kit.clock import school_year, today
from kit.database import transaction

BUNDLES = 60
MEASURE = "EX-COMBOS"

# A school of the middle, whose devices have all gone out of service: it lacks everything.
SCHOOL = """
SELECT e.school FROM envelope e JOIN measure m ON m.id = e.measure JOIN school s ON s.code = e.school
JOIN headcount h ON h.school = s.code WHERE m.code = $1 AND e.year = $2 AND s.primary
GROUP BY e.school ORDER BY abs(max(h.pupils) - 300), e.school LIMIT 1
"""
NOTHING = "UPDATE asset SET state = 'out_of_service' WHERE school = $1"
MONEY = """
UPDATE envelope SET allocated_cents = reserved_cents + committed_cents + spent_cents + 1500000 WHERE school = $1 AND year = $2
"""
MADE = """
INSERT INTO bundle (slug, name, category, state, edition, published_on, pupils_each, for_primary)
SELECT 'mesure-' || n, 'Mesure ' || n, p.category, 'published', 1, current_date, 20 + n % 7 * 10, true
FROM generate_series(1, $1) AS n JOIN (SELECT category, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS many
    FROM product WHERE tracked) p ON p.place = n % p.many
"""
# Three products in each, one more that is optional, and two of which one is taken.
HELD = """
INSERT INTO bundle_line (bundle, product, quantity, position, optional, choice, taken)
SELECT b.id, p.id, 1 + (b.n * 7 + l) % 5, l, l = 4, CASE WHEN l > 4 THEN 'choix' ELSE '' END, l <> 4 AND l <> 6
FROM (SELECT id, row_number() OVER (ORDER BY slug) AS n FROM bundle WHERE slug LIKE 'mesure-%') b
CROSS JOIN generate_series(1, 6) AS l
JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS many FROM product) p
    ON p.place = (b.n * 3 + l * 5) % p.many ON CONFLICT DO NOTHING
"""


@asynccontextmanager
async def bench(scratch: Scratch, kept: str) -> AsyncIterator[dict[str, Pair]]:
    """Both ways on a copy of the data; neither writes."""
    work = await scratch.new(like=kept)
    year = school_year(today())
    async with scratch.administering(work) as admin, scratch.using(work):
        school = await admin.fetchval(SCHOOL, MEASURE, year)
        await admin.execute(NOTHING, school)
        await admin.execute(MONEY, school, year)
        await admin.execute(MADE, BUNDLES)
        await admin.execute(HELD)
        await admin.execute("VACUUM ANALYZE bundle, bundle_line, envelope, asset")
        async with transaction(system()):
            facts = await gather(system(), school, measure=MEASURE, year=year)
        programs: list[Program] = []
        best(facts.problem, seconds=60, tell=programs.append)

        async def bare() -> list[bool]:
            return [run(program)[1] for program in programs]

        async def ours() -> tuple[PlanOut, Mixes]:
            return await searched(system(), school, measure=MEASURE, year=year, seconds=60)

        yield {"": Pair(bare=bare, ours=ours, same=_same)}
    await scratch.drop(work)


def _same(bare: object, ours: object) -> bool:
    """Every program was proven, and so is the answer."""
    assert isinstance(bare, list) and isinstance(ours, tuple)
    plan, found = ours
    return all(bare) and plan.proven and len(found.mixes) == len(plan.proposals) > 0
