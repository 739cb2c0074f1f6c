"""Categories, in the ministry's order."""

from catalog.categories.schemas import CategoryOut
from kit import clock
from kit.actor import Actor
from kit.database import fetch_as, transaction


async def all_open(who: Actor) -> list[CategoryOut]:
    """The categories that are open today."""
    who.must("catalogue.read")
    async with transaction(who):
        return await fetch_as(
            CategoryOut,
            "SELECT code, name, name_en, position FROM category WHERE closed_on IS NULL OR closed_on > $1"
            " ORDER BY position, code",
            clock.today(),
        )
