"""Reads of calls and projects. Calls are public; a school sees its own projects, a board all of its own, the ministry what is handed in."""

from typing import Any
from uuid import UUID

from allocations.projects.rules import NoCall, NoSuchProject, State
from allocations.projects.schemas import CallOut, ProjectOut
from kit.actor import Actor, Scope
from kit.clock import today
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.filters import Where, visible
from kit.i18n import current_language
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

RIGHT = "project.read"

_CALLS = """
SELECT m.code AS measure, CASE WHEN $1 AND m.name_en <> '' THEN m.name_en ELSE m.name END AS measure_name, m.holder, c.year,
       c.opens_on, c.closes_on, $2 BETWEEN c.opens_on AND c.closes_on AS open, c.note, y.total_cents, c.version
FROM call_for_projects c JOIN measure m ON m.id = c.measure LEFT JOIN measure_year y ON y.measure = c.measure AND y.year = c.year
WHERE ($3::text IS NULL OR m.code = $3) AND ($4::text IS NULL OR c.year = $4) ORDER BY c.closes_on DESC, m.code
"""

_PROJECTS = """
SELECT p.number, m.code AS measure, c.year, p.board, p.school, coalesce(s.name, b.name) AS name, p.title, p.description, p.state,
       p.asked_cents, p.approved_cents, p.reason, p.report, p.made_at, p.made_by_name, p.submitted_at, p.submitted_by_name,
       p.decided_at, p.decided_by_name, p.reported_at, p.reported_by_name, p.version
FROM project p JOIN call_for_projects c ON c.id = p.call JOIN measure m ON m.id = c.measure JOIN board b ON b.code = p.board
LEFT JOIN school s ON s.code = p.school WHERE {where} ORDER BY p.number LIMIT {limit}
"""

_LOCKED = """
SELECT p.id, p.number, p.board, p.school, p.envelope, p.state, p.asked_cents, p.approved_cents, p.submitted_by, p.version,
       c.measure, c.year, c.opens_on, c.closes_on, m.code, m.holder
FROM project p JOIN call_for_projects c ON c.id = p.call JOIN measure m ON m.id = c.measure WHERE {where} FOR UPDATE OF p
"""


async def calls(who: Actor, *, measure: str | None = None, year: str | None = None) -> list[CallOut]:
    """Calls for projects, the last to close first; they are few."""
    who.must(RIGHT)
    async with transaction(who):
        return await fetch_as(CallOut, _CALLS, current_language() == "en", today(), measure, year)


async def call(who: Actor, measure: str, year: str) -> CallOut:
    """Raises NoCall."""
    if not (found := await calls(who, measure=measure, year=year)):
        raise NoCall(measure=measure, year=year)
    return found[0]


async def listing(
    who: Actor,
    *,
    measure: str | None = None,
    year: str | None = None,
    board: str | None = None,
    school: str | None = None,
    state: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ProjectOut]:
    """Projects by number."""
    where = _seen(who)
    wanted = {"m.code": measure, "c.year": year, "p.board": board, "p.school": school, "p.state": state}
    for column, value in wanted.items():
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if keys := decode(after, keys=1):
        where.add("p.number > ({}::text[])[1]", keys)
    async with transaction(who):
        rows = await fetch(_PROJECTS.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page([_out(row) for row in rows], limit, lambda row: (row.number,))


async def one(who: Actor, number: str) -> ProjectOut:
    """A project by its number. Raises NoSuchProject."""
    where = _seen(who)
    where.add("p.number = {}", number)
    async with transaction(who):
        rows = await fetch(_PROJECTS.format(where=where, limit=1), *where.args)
    if not rows:
        raise NoSuchProject(number=number)
    return _out(rows[0])


async def locked(who: Actor, number: str) -> Any:
    """A project's row with its call, locked. Raises NoSuchProject. In a transaction."""
    where = _seen(who)
    where.add("p.number = {}", number)
    row = await fetch_one(_LOCKED.format(where=where), *where.args)
    if row is None:
        raise NoSuchProject(number=number)
    return row


async def call_row(measure: str, year: str) -> Any:
    """A call's row with its measure's `holder`. Raises NoCall. In a transaction."""
    row = await fetch_one(
        "SELECT c.id, c.measure, c.opens_on, c.closes_on, m.holder FROM call_for_projects c JOIN measure m ON m.id = c.measure"
        " WHERE m.code = $1 AND c.year = $2",
        measure, year,
    )  # fmt: skip
    if row is None:
        raise NoCall(measure=measure, year=year)
    return row


async def envelope_of(row: Any) -> UUID | None:
    """The envelope that a project's money goes to, if there is one. In a transaction."""
    found = await fetch_one(
        "SELECT id FROM envelope WHERE measure = $1 AND year = $2 AND board = $3 AND school IS NOT DISTINCT FROM $4",
        row["measure"], row["year"], row["board"], row["school"],
    )  # fmt: skip
    return found["id"] if found else None


def _seen(who: Actor) -> Where:
    """What the caller may see: the ministry, what was handed in."""
    where = visible(who, RIGHT, board="p.board", school="p.school")
    if who.scope is Scope.ministry:
        where.add("p.state <> {}", "draft")
    return where


def _out(row: Any) -> ProjectOut:
    return ProjectOut(**{**row, "state": State(row["state"])})
