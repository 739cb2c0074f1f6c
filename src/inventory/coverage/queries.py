"""How the network stands: counts of schools by status for the province, a region, a board, and day by day.

Counted from the totals that each scan leaves, so that a past day costs what today does.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.coverage.rules import counts_of
from inventory.coverage.schemas import Coverage, Place, TrendDay
from inventory.floor.listing import list_schools
from inventory.floor.rules import WORST_FIRST, Status
from kit.actor import Actor, Scope
from kit.clock import today
from kit.database import fetch, fetch_value, transaction
from kit.errors import Forbidden, NotFound
from kit.i18n import _

TREND_DAYS = 366


async def province(who: Actor, *, at: date | None = None) -> Coverage:
    """The province by region, as of the last scan up to `at` (None: the last)."""
    who.must("coverage.read")
    async with transaction(who):
        found = await _coverage("", _("Province"), "true", [], at)
        found.places = await _places("region", "true", [], found.day)
    return found


async def region(who: Actor, code: str, *, at: date | None = None) -> Coverage:
    """A region by board. Raises NotFound."""
    who.must("coverage.read")
    async with transaction(who):
        name = await fetch_value("SELECT name FROM region WHERE code = $1", code)
        if name is None:
            raise NotFound()
        found = await _coverage(code, name, "t.region = $2", [code], at)
        found.places = await _places("board", "t.region = $2", [code], found.day)
    return found


async def board(who: Actor, code: str, *, at: date | None = None) -> Coverage:
    """A board (`711000`, or `711`) and its schools. Raises NotFound; Forbidden to a school, which reads its own floor."""
    who.must("floor.read")
    code = f"{code}000" if len(code) == 3 else code
    if who.scope in (Scope.board, Scope.school) and code != who.board:
        raise NotFound()
    if who.scope is Scope.school or who.schools_with("floor.read") is not None:
        raise Forbidden(_("La couverture d'un organisme se lit par l'organisme et par le ministère."))
    async with transaction(who):
        name = await fetch_value("SELECT name FROM board WHERE code = $1", code)
        if name is None:
            raise NotFound()
        found = await _coverage(code, name, "t.board = $2", [code], at)
        if at is None:  # some hundreds of schools at most
            schools = (await list_schools(who, board=code, limit=None)).items
            found.schools = sorted(schools, key=lambda school: WORST_FIRST.index(school.status))
    return found


async def _coverage(code: str, name: str, condition: str, args: list[Any], at: date | None) -> Coverage:
    day = await fetch_value("SELECT max(on_day) FROM floor_scan WHERE on_day <= $1", at or today())
    trend: dict[date, dict[str, int]] = defaultdict(dict)
    if day is not None:
        rows = await fetch(
            "SELECT t.on_day, t.status, sum(t.schools)::int AS schools FROM floor_total t"
            f" WHERE t.on_day BETWEEN $1::date - {TREND_DAYS} AND $1::date AND {condition}"
            " GROUP BY t.on_day, t.status ORDER BY t.on_day",
            day, *args,
        )  # fmt: skip
        for row in rows:
            trend[row["on_day"]][row["status"]] = row["schools"]
    return Coverage(
        code=code,
        name=name,
        day=day,
        counts=counts_of(trend.get(day, {})),
        places=[],
        schools=[],
        trend=[TrendDay(day=then, by_status=counts_of(found).by_status) for then, found in trend.items()],
    )


async def _places(column: str, condition: str, args: list[Any], day: date | None) -> list[Place]:
    """The regions or boards (`column`) with assessed schools, the largest share below first."""
    rows = await fetch(
        f"SELECT t.{column} AS code, coalesce(p.name, '') AS name, t.status, sum(t.schools)::int AS schools"
        f" FROM floor_total t LEFT JOIN {column} p ON p.code = t.{column}"
        f" WHERE t.on_day = $1 AND t.schools > 0 AND {condition} GROUP BY t.{column}, p.name, t.status",
        day, *args,
    )  # fmt: skip
    counts: Mapping[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row["code"], row["name"]][row["status"]] = row["schools"]
    found = [
        Place(code=code, name=name or _("Région inconnue"), counts=counts_of(those))
        for (code, name), those in counts.items()
    ]
    return sorted(found, key=lambda place: (-place.counts.share[Status.below], place.code))
