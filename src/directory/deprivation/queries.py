"""How deprived a school's surroundings are: its decile ranks (10 is the most deprived), published with the headcounts.

`inventory import headcounts` fills them: the ministry publishes both in one file. No rank is published for schools under
30 pupils, nor for the boards with a special status: NULL, which is not rank 0, and each rule says what it does with it.
"""

import msgspec

from directory.deprivation.rules import first_day
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch_as, transaction
from kit.filters import visible
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page


class DeprivationOut(msgspec.Struct, kw_only=True):
    """The ranks of a school at one level (primary and secondary schools are ranked apart); NULL where none is published."""

    school: str
    board: str
    year: str
    level: str
    imse_rank: int | None
    sfr_rank: int | None


_LISTING = """
SELECT h.school, h.board, h.year, h.level, h.imse_rank, h.sfr_rank FROM headcount h
WHERE {where} ORDER BY h.school, h.level LIMIT {limit}
"""


def ranks(column: str, *, last: str, first: str) -> str:
    """SQL of each school's rank (`imse_rank` or `sfr_rank`) in the latest list of the days `first` to `last`.

    A school with a rank as a primary and another as a secondary school counts by the more deprived of the two.
    """
    return f"""SELECT DISTINCT ON (school) school, max({column}) AS rank FROM headcount
    WHERE counted_on BETWEEN {first} AND {last} GROUP BY school, counted_on HAVING max({column}) IS NOT NULL
    ORDER BY school, counted_on DESC"""


async def listing(
    who: Actor,
    *,
    board: str | None = None,
    school: str | None = None,
    year: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[DeprivationOut]:
    """Ranks by school and level: of a school year, or the latest published of each school."""
    where = visible(who, "network.read", board="h.board", school="h.school")
    for column, value in (("board", board), ("school", school), ("year", year)):
        if value is not None:
            where.add(f"h.{column} = {{}}", value)
    if year is None:
        where.add(
            "h.counted_on = (SELECT max(l.counted_on) FROM headcount l WHERE l.school = h.school AND l.counted_on >= {})",
            first_day(today()),
        )
    if keys := decode(after, keys=2):
        where.add("(h.school, h.level) > (({}::text[])[1], ({}::text[])[2])", keys)
    async with transaction(who):
        rows = await fetch_as(DeprivationOut, _LISTING.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page(rows, limit, lambda row: (row.school, row.level))
