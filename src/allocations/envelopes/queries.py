"""Reading envelopes: what was given, what became of it, and why."""

from uuid import UUID

from allocations.envelopes.rules import NAMES, REASONS, Figures, Kind
from allocations.envelopes.schemas import EnvelopeOut, LedgerLine
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import NotFound
from kit.filters import Where, visible
from kit.i18n import _, again, current_language
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

_SELECT = """
SELECT e.id, e.board, e.school, coalesce(s.name, b.name) AS school_name, m.code AS measure,
       CASE WHEN {english} AND m.name_en <> '' THEN m.name_en ELSE m.name END AS measure_name, m.tax_basis, e.year,
       e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents, m.example, e.version
FROM envelope e JOIN measure m ON m.id = e.measure JOIN board b ON b.code = e.board LEFT JOIN school s ON s.code = e.school
WHERE {where} ORDER BY coalesce(e.school, e.board), e.year, m.code LIMIT {limit}
"""

FIGURES = ("allocated", "reserved", "committed", "spent")

_LEDGER = """
SELECT l.id, l.at, l.kind, l.allocated_cents, l.reserved_cents, l.committed_cents, l.spent_cents, l.reason, l.about_kind,
       l.about, l.counterpart, coalesce(s.name || ' (' || s.code || ')', b.name, '') AS counterpart_name, l.actor_name
FROM ledger_entry l LEFT JOIN envelope o ON o.id = l.counterpart LEFT JOIN school s ON s.code = o.school
LEFT JOIN board b ON b.code = o.board
WHERE {where} ORDER BY l.at DESC, l.id DESC LIMIT {limit}
"""


async def one(who: Actor, envelope: UUID) -> EnvelopeOut:
    """An envelope by its key. Raises NotFound."""
    where = visible(who, "envelope.read", board="e.board", school="e.school")
    where.add("e.id = {}", envelope)
    return await _only(who, where)


async def of_measure(who: Actor, school: str, measure: str, year: str) -> EnvelopeOut:
    """A school's envelope of one measure and year. Raises NotFound."""
    where = visible(who, "envelope.read", board="e.board", school="e.school")
    where.add("e.school = {}", school)
    where.add("m.code = {}", measure)
    where.add("e.year = {}", year)
    return await _only(who, where)


async def of_school(who: Actor, school: str, year: str) -> list[EnvelopeOut]:
    """All envelopes of a school in a school year, by measure."""
    where = visible(who, "envelope.read", board="e.board", school="e.school")
    where.add("e.school = {}", school)
    where.add("e.year = {}", year)
    return await _select(who, where, limit=None)


async def listing(
    who: Actor,
    *,
    board: str | None = None,
    school: str | None = None,
    measure: str | None = None,
    year: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[EnvelopeOut]:
    """Envelopes by school, year and measure, a page at a time."""
    where = _filtered(who, board=board, school=school, measure=measure, year=year)
    if keys := decode(after, keys=3):
        where.add(
            "(coalesce(e.school, e.board), e.year, m.code) > (({}::text[])[1], ({}::text[])[2], ({}::text[])[3])", keys
        )
    rows = await _select(who, where, limit=check_limit(limit) + 1)
    return page(rows, limit, lambda row: (row.school or row.board, row.year, row.measure))


async def every(
    who: Actor,
    *,
    board: str | None = None,
    school: str | None = None,
    measure: str | None = None,
    year: str | None = None,
) -> list[EnvelopeOut]:
    """The same as `listing`, whole: a few thousand rows a year."""
    return await _select(who, _filtered(who, board=board, school=school, measure=measure, year=year), limit=None)


def _filtered(who: Actor, **wanted: str | None) -> Where:
    where = visible(who, "envelope.read", board="e.board", school="e.school")
    columns = {"board": "e.board", "school": "e.school", "measure": "m.code", "year": "e.year"}
    for name, value in wanted.items():
        if value is not None:
            where.add(f"{columns[name]} = {{}}", value)
    return where


async def ledger(
    who: Actor, envelope: UUID, *, figure: str | None = None, limit: int = DEFAULT_LIMIT, after: str | None = None
) -> Page[LedgerLine]:
    """Why an envelope's figures are what they are, newest first; `figure` (one of `FIGURES`): the rows that changed it.

    Raises NotFound, also for a figure that is none.
    """
    if figure is not None and figure not in FIGURES:
        raise NotFound()
    async with transaction(who):
        await one(who, envelope)
        where = visible(who, "envelope.read", board="l.board", school="l.school")
        where.add("l.envelope = {}", envelope)
        if figure is not None:
            where.parts.append(f"l.{figure}_cents <> 0")
        if keys := decode(after, keys=2):
            where.add("(l.at, l.id) < (({}::text[])[1]::timestamptz, ({}::text[])[2]::uuid)", keys)
        rows = await fetch(_LEDGER.format(where=where, limit=check_limit(limit) + 1), *where.args)
    lines = [
        LedgerLine(**{**row, "kind_name": _(NAMES[Kind(row["kind"])]), "reason": again(row["reason"], REASONS)})
        for row in rows
    ]
    return page(lines, limit, lambda line: (line.at.isoformat(), str(line.id)))


async def _only(who: Actor, where: Where) -> EnvelopeOut:
    if not (found := await _select(who, where, limit=1)):
        raise NotFound()
    return found[0]


async def _select(who: Actor, where: Where, *, limit: int | None) -> list[EnvelopeOut]:
    sql = _SELECT.format(
        where=where, limit="ALL" if limit is None else limit, english="true" if current_language() == "en" else "false"
    )
    async with transaction(who):
        return [_out(row) for row in await fetch(sql, *where.args)]


def _out(row: dict[str, object]) -> EnvelopeOut:
    """A row, its four amounts gathered."""
    rest = dict(row)
    amounts = [rest.pop(f"{figure}_cents") for figure in FIGURES]
    return EnvelopeOut(figures=Figures(*amounts), **rest)  # type: ignore[arg-type]
