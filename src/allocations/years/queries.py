"""Reads of school years. All may know of a year; one without a row has never been closed."""

from allocations.years.rules import SHUT, State, check_choosing, check_ordering
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
    """SQL: what is approved of the school year in this column may still be ordered and decided."""
    return f"NOT EXISTS (SELECT FROM school_year y WHERE y.code = {year} AND y.state IN ('closed', 'reporting'))"


async def state_of(who: Actor, year: str) -> State:
    """The state of a school year; one without a row is open."""
    async with transaction(who):
        return State(await fetch_value("SELECT state FROM school_year WHERE code = $1", year) or State.open)


async def is_closed(who: Actor, year: str) -> bool:
    """Whether nothing of this school year is chosen, ordered or decided any more."""
    return await state_of(who, year) in SHUT


async def check_open(who: Actor, year: str) -> None:
    """Raise YearClosed where what is approved may not be ordered, decided or taken back any more. One that closes allows it.

    No lock: who was reading when the year closed wrote before it did, and the closing reads nothing of what they wrote.
    """
    check_ordering(await state_of(who, year), year)


async def check_choosing_in(who: Actor, year: str) -> None:
    """As `check_open`, for what begins anew (a basket handed on, money given): raises YearClosing too."""
    check_choosing(await state_of(who, year), year)


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
