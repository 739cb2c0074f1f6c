"""Reading who orders: the board's default and its exceptions."""

from allocations.ordering.rules import By, decided
from allocations.ordering.schemas import OrderingOut
from kit.actor import Actor, Scope
from kit.database import fetch_as, fetch_one, transaction
from kit.filters import Where

RIGHT = "envelope.read"

# Whether the board submits for a school, as SQL: `school` and `board` are columns.
BY_BOARD = (
    "coalesce((SELECT nullif(o.by, 'default') FROM ordering o WHERE o.school = {school}),"
    " (SELECT o.by FROM ordering o WHERE o.board = {board} AND o.school IS NULL), 'school') = 'board'"
)

_ONE = """
SELECT (SELECT by FROM ordering WHERE school = s.code) AS own,
       (SELECT by FROM ordering WHERE board = s.board AND school IS NULL) AS default
FROM school s WHERE s.code = $1
"""


async def listing(who: Actor, *, board: str | None = None) -> list[OrderingOut]:
    """Decisions in sight, each board's default first."""
    who.must(RIGHT)
    where = Where()
    if who.scope is Scope.board:
        where.add("o.board = {}", who.board)
    if who.scope is Scope.school:
        where.add("(o.school = ANY({}::text[]) OR o.school IS NULL)", list(who.schools))
    if board is not None:
        where.add("o.board = {}", board)
    async with transaction(who):
        return await fetch_as(
            OrderingOut,
            "SELECT o.board, o.school, coalesce(s.name, '') AS school_name, o.by, o.reason, o.changed_at, o.changed_by_name,"
            f" o.version FROM ordering o LEFT JOIN school s ON s.code = o.school WHERE {where}"
            " ORDER BY o.board, o.school NULLS FIRST",
            *where.args,
        )


async def who_orders(who: Actor, school: str) -> By:
    """Who submits the baskets of a school."""
    async with transaction(who):
        row = await fetch_one(_ONE, school)
    return decided(own=row["own"], default=row["default"]) if row else By.school
