"""What the tests of the floor stand on: the desk's school, on the desk's day."""

from datetime import UTC, date, datetime

from inventory.floor import operations, queries
from inventory.floor.schemas import Expected, RuleStatus
from kit.actor import system
from kit.database import fetch
from tests.factories import make_assets, make_building, make_headcount, make_school

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
ROBOTS, LAB, FLEET = "robotique", "laboratoire-creatif", "flotte-appareils"


async def make_sized(code: str = "990001", pupils: int | None = 144, *, board: str = "990000", name: str = "") -> str:
    """A school in one building, with its headcount of September 2025; nothing in it."""
    await make_school(code, board=board, name=name)
    await make_building(f"{code[:3]}8{code[4:]}", school=code)
    await make_headcount(code, pupils)
    return code


async def make_equipped(code: str = "990001", *, board: str = "990000") -> str:
    """A school of 144 pupils that meets the example standard exactly."""
    await make_sized(code, board=board)
    await make_assets(code, ROBOTS, 12)
    await make_assets(code, LAB, 1)
    await make_assets(code, FLEET, 29)
    return code


async def make_desk_school(code: str = "990001") -> str:
    """The school of the desk's table."""
    await make_sized(code)
    await make_assets(code, ROBOTS, 14)
    await make_assets(code, FLEET, 23, useful_until=NOON.date())
    await make_assets(code, FLEET, 2, state="in_repair", since=datetime(2026, 10, 15, 12, tzinfo=UTC))
    await make_assets(code, FLEET, 6, useful_until=date(2026, 11, 23))
    await operations.expect([expected(code, LAB, 1, date(2027, 2, 20)), expected(code, FLEET, 4, date(2027, 3, 12))])
    return code


def expected(school: str, category: str, n: int, day: date | None, *, board: str = "990000") -> Expected:
    return Expected(f"{school}/{category}", board, school, category, n, day, "BC-990-2026-00001")


async def rule(school: str, category: str) -> RuleStatus:
    """How a school stands now on a category's rule."""
    (found,) = [one for one in await queries.gaps_of_school(system(), school) if one.category == category]
    return found


async def flags(school: str) -> dict[str, tuple[str, int]]:
    """State and gap of a school's open flags, by category."""
    rows = await fetch("SELECT category, state, gap FROM floor_flag WHERE school = $1 AND closed_at IS NULL", school)
    return {row["category"]: (row["state"], row["gap"]) for row in rows}
