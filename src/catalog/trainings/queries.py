"""Trainings, by category and name."""

from catalog.trainings.schemas import TrainingOut
from kit import clock, paging
from kit.actor import Actor
from kit.database import fetch_as, transaction
from kit.paging import Page


async def search(
    who: Actor, *, category: str | None = None, limit: int = paging.DEFAULT_LIMIT, after: str | None = None
) -> Page[TrainingOut]:
    """Trainings that are open today, of one category or of all, by code."""
    who.must("catalogue.read")
    paging.check_limit(limit)
    (code,) = paging.decode(after, keys=1) or ("",)
    async with transaction(who):
        rows = await fetch_as(
            TrainingOut,
            "SELECT code, category, kind, name, name_en, description, minutes, address, closed_on, version FROM training"
            " WHERE ($1::text IS NULL OR category = $1) AND (closed_on IS NULL OR closed_on > $2) AND code > $3"
            " ORDER BY code LIMIT $4",
            category, clock.today(), str(code), limit + 1,
        )  # fmt: skip
    return paging.page(rows, limit, lambda row: (row.code,))
