"""Reads of school years. All may know of a year; one without a row has never been closed."""

from allocations.years.rules import State, YearClosed
from allocations.years.schemas import YearOut
from kit.actor import Actor, Scope
from kit.clock import school_year, today
from kit.database import fetch, fetch_value, transaction
from kit.filters import Where

# The years that money, baskets or orders name, with those that somebody closed and the one that runs.
_YEARS = """
SELECT n.code, coalesce(y.state, 'open') AS state, n.code = $1 AS current, y.closed_at, coalesce(y.closed_by_name, '') AS closed_by_name,
       coalesce(y.reason, '') AS reason, coalesce(s.n, 0) AS baskets, coalesce(o.drafts, 0) AS drafts,
       coalesce(o.awaited, 0) AS awaited, coalesce(y.version, 0) AS version
FROM (SELECT $1 AS code UNION SELECT code FROM school_year UNION SELECT year FROM envelope UNION SELECT year FROM allocation_rule) n
LEFT JOIN school_year y ON y.code = n.code
LEFT JOIN (SELECT year, count(*)::int AS n FROM selection s WHERE state IN ('draft', 'submitted', 'approved')
           AND {selections} GROUP BY year) s ON s.year = n.code
LEFT JOIN (SELECT year, (count(*) FILTER (WHERE state IN ('draft', 'to_authorise', 'authorised')))::int AS drafts,
                  (count(*) FILTER (WHERE state IN ('sent', 'acknowledged', 'part_received', 'on_hold')))::int AS awaited
           FROM purchase_order o WHERE {orders} GROUP BY year) o ON o.year = n.code
ORDER BY n.code DESC
"""


def still_open(year: str) -> str:
    """SQL: the school year in this column is not closed."""
    return f"NOT EXISTS (SELECT FROM school_year y WHERE y.code = {year} AND y.state = 'closed')"


async def is_closed(who: Actor, year: str) -> bool:
    """Whether nothing of this school year is written any more."""
    async with transaction(who):
        return bool(await fetch_value("SELECT true FROM school_year WHERE code = $1 AND state = 'closed'", year))


async def check_open(who: Actor, year: str) -> None:
    """Raise YearClosed for a closed year.

    No lock: who was reading when the year closed wrote before it did, and the closing reads nothing of what they wrote.
    """
    if await is_closed(who, year):
        raise YearClosed(year=year)


async def listing(who: Actor) -> list[YearOut]:
    """All school years, the latest first, with what each still holds of what the caller may see."""
    who.must("envelope.read")
    where = Where()
    where.argument(school_year(today()))
    selections = orders = "true"
    if who.scope is Scope.board:
        board = where.argument(who.board)
        selections, orders = f"s.board = {board}", f"o.board = {board}"
    if who.scope is Scope.school:
        schools = where.argument(list(who.schools))
        selections = f"s.school = ANY({schools}::text[])"
        orders = f'EXISTS (SELECT FROM order_part t WHERE t."order" = o.id AND t.school = ANY({schools}::text[]))'
    async with transaction(who):
        rows = await fetch(_YEARS.format(selections=selections, orders=orders), *where.args)
    return [YearOut(**{**row, "state": State(row["state"])}) for row in rows]


async def one(who: Actor, code: str) -> YearOut:
    """A school year; one that nothing names yet is open and empty."""
    for year in await listing(who):
        if year.code == code:
            return year
    return YearOut(
        code=code, state=State.open, current=False, closed_at=None, closed_by_name="", reason="", baskets=0, drafts=0,
        awaited=0, version=0,
    )  # fmt: skip
