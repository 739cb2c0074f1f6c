"""Reading the financial portrait: one set-based statement, whatever the size; the tables are made of its cells."""

from collections.abc import Sequence

from allocations.accounts.queries import RIGHT
from allocations.measures.rules import check_year
from allocations.portraits import rules
from allocations.portraits.rules import Cell, Node
from allocations.portraits.schemas import Portrait
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import Forbidden, Invalid, NotFound
from kit.filters import Where
from kit.i18n import _, name_sql

MOST_YEARS = 10
USUAL_YEARS = 5

# Each ledger row is read once, and grouped by its envelope before anything is joined. A school's region is its own.
_CELLS = """
SELECT e.year, m.code AS measure, {measure_name} AS measure_name, m.programme, m.kind, m.tax_basis, b.code AS board, b.name AS board_name,
       coalesce(s.region, '') AS region, coalesce(r.name, '') AS region_name,
       sum(coalesce(g.given, 0))::bigint AS budget_cents, sum(coalesce(g.carried, 0))::bigint AS carried_cents,
       sum(coalesce(g.given, 0) + coalesce(g.carried, 0))::bigint AS available_cents, sum(e.spent_cents)::bigint AS spent_cents,
       sum(e.committed_cents)::bigint AS committed_cents, sum(e.reserved_cents)::bigint AS reserved_cents,
       sum(e.allocated_cents - e.reserved_cents - e.committed_cents - e.spent_cents)::bigint AS free_cents,
       sum(coalesce(g.recovered, 0))::bigint AS recovered_cents
FROM envelope e JOIN measure m ON m.id = e.measure JOIN board b ON b.code = e.board
LEFT JOIN school s ON s.code = e.school LEFT JOIN region r ON r.code = s.region
LEFT JOIN (
    SELECT l.envelope, sum(l.allocated_cents) FILTER (WHERE l.kind IN ('allocation', 'adjustment', 'transfer', 'loan')) AS given,
           sum(l.allocated_cents) FILTER (WHERE l.kind = 'carry_over') AS carried,
           -sum(l.allocated_cents) FILTER (WHERE l.kind = 'recovery') AS recovered
    FROM ledger_entry l WHERE l.allocated_cents <> 0 AND l.envelope IN (SELECT e.id FROM envelope e WHERE {where}) GROUP BY l.envelope
) g ON g.envelope = e.id
WHERE {where} GROUP BY e.year, m.id, b.code, r.code, s.region ORDER BY e.year, m.code, b.code, s.region
"""

_ANNOUNCED = """
SELECT m.code AS measure, y.year, y.total_cents FROM measure_year y JOIN measure m ON m.id = y.measure
WHERE y.year = ANY($1::text[]) AND y.total_cents IS NOT NULL
"""


async def portrait(who: Actor, years: Sequence[str] = (), *, board: str | None = None) -> Portrait:
    """The money of these years (none: the last ones that have any), of a board or, for the ministry, of the whole network.

    Raises Forbidden for a school, NotFound for another's board, Invalid (a year), Unbalanced.
    """
    found, measures, regions, boards = await trees(who, years, board=board)
    found.measures, found.regions, found.boards = (list(rules.lines(tree)) for tree in (measures, regions, boards))
    return found


async def trees(
    who: Actor, years: Sequence[str] = (), *, board: str | None = None
) -> tuple[Portrait, Node, Node, Node]:
    """As `portrait`, its lines not made yet: what they are sums of, for who rounds them."""
    if RIGHT not in who.rights or who.scope is Scope.school:  # a school has its accounts
        raise Forbidden()
    if len(years) > MOST_YEARS:
        raise Invalid({"year": _("Demandez au plus {most} exercices à la fois.").format(most=MOST_YEARS)})
    for year in years:
        check_year(year)
    if who.scope is Scope.board:
        if board not in (None, who.board):
            raise NotFound()
        board = who.board
    where = Where()
    if board is not None:
        where.add("e.board = {}", board)
    async with transaction(who):
        name = await _name(board)
        wanted = sorted(set(years)) or await _last_years(where)
        where.add("e.year = ANY({}::text[])", wanted)
        cells = await fetch_as(Cell, _CELLS.format(where=where, measure_name=name_sql("m")), *where.args)
        announced = None
        if board is None:
            announced = {(row["measure"], row["year"]): row["total_cents"] for row in await fetch(_ANNOUNCED, wanted)}
    for cell in cells:
        rules.check(cell)
    found = Portrait(years=wanted, board=board or "", name=name, measures=[], regions=[], boards=[])
    return (
        found, rules.by_measure(cells, wanted, announced), rules.by_region(cells, wanted), rules.by_board(cells, wanted),
    )  # fmt: skip


async def _name(board: str | None) -> str:
    if board is None:
        return _("Tout le réseau")
    row = await fetch_one("SELECT name FROM board WHERE code = $1", board)
    if row is None:
        raise NotFound()
    return str(row["name"])


async def _last_years(where: Where) -> list[str]:
    rows = await fetch(
        f"SELECT DISTINCT e.year FROM envelope e WHERE {where} ORDER BY e.year DESC LIMIT {USUAL_YEARS}", *where.args
    )
    return sorted(row["year"] for row in rows)
