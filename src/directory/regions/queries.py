"""Reads of regions."""

from kit.actor import Actor
from kit.database import fetch, transaction


async def all_regions(who: Actor) -> list[tuple[str, str]]:
    """Code and name of each region, by code."""
    async with transaction(who):
        return [(row["code"], row["name"]) for row in await fetch("SELECT code, name FROM region ORDER BY code")]
