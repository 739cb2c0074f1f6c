"""What a school awaits, one line a delivery, and what was said of a flag."""

from inventory.floor.queries import visible_school
from inventory.floor.schemas import Expected, FlagOut
from kit.actor import Actor
from kit.database import fetch_as, fetch_value, transaction
from kit.events import EventOut, timeline


async def awaited_by(who: Actor, school: str) -> list[Expected]:
    """Deliveries that a school awaits, the first promised first, those without a day last. Raises NotFound."""
    async with transaction(who):
        await visible_school(who, school, "floor.read")
        return await fetch_as(
            Expected,
            "SELECT source, board, school, category, quantity, expected_on, label FROM expected_delivery"
            " WHERE school = $1 AND quantity > 0 ORDER BY expected_on NULLS LAST, category, source",
            school,
        )


async def flag_history(who: Actor, flag: FlagOut) -> list[EventOut]:
    """What was told and answered about a flag's school in its category since it was opened, newest first."""
    async with transaction(who):
        events = await timeline("school", flag.school)
        # what was told names the category as the digest did, in French
        names = (flag.category, await fetch_value("SELECT name FROM category WHERE code = $1", flag.category))
    return [
        event
        for event in events
        if event.what.startswith("floor.")
        and event.at >= flag.opened_at
        and (event.after or {}).get("category") in names
    ]
