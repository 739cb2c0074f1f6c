"""Reading transfers, loans and pools."""

from allocations.reallocations.rules import REASONS
from allocations.reallocations.schemas import PoolOut, ReallocationOut
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import Where
from kit.i18n import again
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

RIGHT = "envelope.read"

_SELECT = """
SELECT r.number, r.board, m.code AS measure, r.year, r.kind, r.source, r.target, r.source_school, r.target_school, r.amount_cents AS cents,
       r.returned_cents, CASE r.kind WHEN 'loan' THEN r.amount_cents - r.returned_cents ELSE 0 END AS left_cents, r.automatic, r.reason,
       r.made_at, r.made_by_name, r.version
FROM reallocation r JOIN measure m ON m.id = r.measure
WHERE {where} ORDER BY r.made_at DESC, r.number DESC LIMIT {limit}
"""

# What a measure's envelopes of schools hold together, by board and year, with what the board decided.
_POOLS = """
SELECT e.board, m.code AS measure, e.year, coalesce(p.shared, false) AS shared, coalesce(p.reason, '') AS reason, p.changed_at,
       coalesce(p.changed_by_name, '') AS changed_by_name, count(*)::int AS envelopes, sum(e.allocated_cents)::bigint AS allocated_cents,
       sum(e.allocated_cents - e.reserved_cents - e.committed_cents - e.spent_cents)::bigint AS free_cents,
       coalesce((SELECT sum(r.amount_cents - r.returned_cents) FROM reallocation r
                 WHERE r.automatic AND r.board = e.board AND r.measure = m.id AND r.year = e.year), 0)::bigint AS lent_cents,
       coalesce(p.version, 0) AS version
FROM envelope e JOIN measure m ON m.id = e.measure
LEFT JOIN envelope_pool p ON p.board = e.board AND p.measure = e.measure AND p.year = e.year
WHERE e.school IS NOT NULL AND {where} GROUP BY e.board, m.id, m.code, e.year, p.id ORDER BY e.board, e.year DESC, m.code
"""


async def listing(
    who: Actor,
    *,
    board: str | None = None,
    school: str | None = None,
    year: str | None = None,
    kind: str | None = None,
    outstanding: bool = False,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ReallocationOut]:
    """Transfers and loans, newest first. `outstanding`: loans that are not given back whole."""
    where = _visible(who)
    for column, value in (("r.board", board), ("r.year", year), ("r.kind", kind)):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if school is not None:
        where.add("{} IN (r.source_school, r.target_school)", school)
    if outstanding:
        where.parts.append("r.kind = 'loan' AND r.returned_cents < r.amount_cents")
    if keys := decode(after, keys=2):
        where.add("(r.made_at, r.number) < (({}::text[])[1]::timestamptz, ({}::text[])[2])", keys)
    rows = await _select(who, where, limit=check_limit(limit) + 1)
    return page(rows, limit, lambda row: (row.made_at.isoformat(), row.number))


async def one(who: Actor, number: str) -> ReallocationOut:
    """A transfer or a loan by its number. Raises NotFound."""
    where = _visible(who)
    where.add("r.number = {}", number)
    if not (found := await _select(who, where, limit=1)):
        raise NotFound()
    return found[0]


async def pools(who: Actor, *, year: str | None = None) -> list[PoolOut]:
    """What a board's envelopes of each measure hold together, and whether they are shared. Boards only see their own."""
    where = _board_only(who)
    if who.scope is Scope.school:
        return []
    if year is not None:
        where.add("e.year = {}", year)
    async with transaction(who):
        rows = await fetch(_POOLS.format(where=where), *where.args)
    return [PoolOut(**row) for row in rows]


async def pool(who: Actor, board: str, measure: str, year: str) -> PoolOut:
    """One board's envelopes of a measure and year. Raises NotFound where there is none."""
    where = _board_only(who)
    if who.scope is Scope.school:
        raise NotFound()
    for column, value in (("e.board", board), ("m.code", measure), ("e.year", year)):
        where.add(f"{column} = {{}}", value)
    async with transaction(who):
        row = await fetch_one(_POOLS.format(where=where), *where.args)
    if row is None:
        raise NotFound()
    return PoolOut(**row)


def _board_only(who: Actor) -> Where:
    who.must(RIGHT)
    where = Where()
    if who.scope is Scope.board:
        where.add("e.board = {}", who.board)
    return where


def _visible(who: Actor) -> Where:
    """A movement is seen from either of its envelopes."""
    who.must(RIGHT)
    where = Where()
    if who.scope is Scope.board:
        where.add("r.board = {}", who.board)
    schools = list(who.schools) if who.scope is Scope.school else who.schools_with(RIGHT)
    if schools is not None:
        where.add("(r.source_school = ANY({}::text[]) OR r.target_school = ANY({}::text[]))", list(schools))
    return where


async def _select(who: Actor, where: Where, *, limit: int) -> list[ReallocationOut]:
    async with transaction(who):
        rows = await fetch(_SELECT.format(where=where, limit=limit), *where.args)
    return [ReallocationOut(**{**row, "reason": again(row["reason"], REASONS)}) for row in rows]
