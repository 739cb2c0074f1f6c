"""Money that a board moves between its schools: a transfer, a loan given back in part, a pool that lends what a basket lacks."""

from datetime import date, timedelta
from uuid import UUID

from allocations.reallocations import operations, pools
from allocations.reallocations.schemas import GiveBack, NewReallocation, PoolChange
from app.demo.loop import MEASURE, on, submitted
from app.demo.people import acting
from kit.clock import school_year_bounds, standing_at
from kit.database import fetch_value, transaction


async def tell_reallocations(year: str, day: date) -> None:
    """Of the Brumes: between schools that order nothing else in this story, then a basket that costs more than its envelope."""
    buyer, team = await acting("brumes.appro"), await acting("brumes.equipe")
    first = max(day - timedelta(days=20), school_year_bounds(year)[0])

    async def envelope(school: str) -> UUID:
        async with transaction(buyer):
            return UUID(str(await fetch_value(_ENVELOPE, school, year, MEASURE)))

    async def moved(source: str, target: str, cents: int, reason: str) -> NewReallocation:
        return NewReallocation(source=await envelope(source), target=await envelope(target), cents=cents, reason=reason)

    with standing_at(on(first)):
        reason = "Un groupe de l'école a déménagé dans l'autre : son argent le suit."
        await operations.transfer(buyer, await moved("991011", "991012", 300_00, reason))
        reason = "Avance pour le salon de robotique, à rendre avant les fêtes."
        loan = await operations.lend(buyer, await moved("991012", "991013", 450_00, reason))
        back = GiveBack(cents=200_00, reason="Première moitié du salon payée par l'école.")
        await operations.give_back(buyer, loan.number, back)
        shared = PoolChange(shared=True, reason="Les écoles s'entendent pour partager ce qui dort.")
        await pools.share(buyer, "991000", MEASURE, year, shared)
    with standing_at(on(day - timedelta(days=1))):
        await submitted(
            team, "991010", year, "Studio et robots pour trois classes", ("studio-video", 2), ("classe-dash", 2)
        )


_ENVELOPE = """
SELECT e.id FROM envelope e JOIN measure m ON m.id = e.measure WHERE e.school = $1 AND e.year = $2 AND m.code = $3
"""
