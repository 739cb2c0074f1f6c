"""Reading selections: one, a school's, those that wait for a decision."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from allocations.selections.rules import State, allowed
from allocations.selections.schemas import ApprovalOut, LineOut, QueueRow, SelectionOut, SelectionRow
from allocations.years.queries import still_open
from allocations.years.rules import YearClosed
from kit import events
from kit.actor import Actor
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import NotFound
from kit.events import EventOut
from kit.filters import visible
from kit.i18n import name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page
from kit.waiting import Waiting, waiting

_ONE = """
SELECT s.*, c.name AS school_name, m.id AS measure_id, m.code AS measure_code, m.tax_basis,
       EXISTS (SELECT FROM school_year y WHERE y.code = s.year AND y.state = 'closed') AS year_closed
FROM selection s JOIN school c ON c.code = s.school JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure
WHERE {where}
"""

_LINES = """
SELECT l.id, l.position, b.slug AS bundle, p.code AS product, {name} AS name, l.quantity, l.building,
       coalesce(g.name, '') AS building_name, l.use
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product
LEFT JOIN building g ON g.code = l.building WHERE l.selection = $1 ORDER BY l.position, l.id
"""

_APPROVALS = """
SELECT step, decision, person_name, at, reason, of_version, voided_at FROM approval WHERE selection = $1 ORDER BY at, id
"""

_ROWS = """
SELECT s.number, s.board, s.school, c.name AS school_name, m.code AS measure, s.year, s.title, s.state, s.before_tax_cents,
       s.net_cents, s.charged_cents, s.composed_by_name, s.made_at, s.submitted_at, s.decided_at, s.version
FROM selection s JOIN school c ON c.code = s.school JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure
WHERE {where} ORDER BY s.made_at DESC, s.number DESC LIMIT {limit}
"""

_QUEUE = """
SELECT s.number, s.school, c.name AS school_name, m.code AS measure, s.title, s.net_cents, s.charged_cents,
       s.composed_by_name, s.submitted_at, coalesce(u.units, '{{}}') AS units, s.version
FROM selection s JOIN school c ON c.code = s.school JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(t.category, t.units) AS units FROM (
        SELECT p.category, sum(i.quantity) AS units FROM selection_item i JOIN product p ON p.id = i.product
        WHERE i.selection = s.id AND p.tracked GROUP BY p.category) t
) u ON true
WHERE {where} AND s.state = 'submitted' ORDER BY s.submitted_at, s.number LIMIT {limit}
"""


async def one(who: Actor, number: str) -> SelectionOut:
    """A selection by its number, with its lines, its decisions, and what `who` may do to it. Raises NotFound."""
    async with transaction(who):
        return await whole(who, number)


async def whole(who: Actor, number: str) -> SelectionOut:
    """As `one`, in the transaction that runs: an operation's answer needs no savepoint of its own."""
    row = await found(who, number)
    lines = await fetch_as(LineOut, _LINES.format(name=name_sql("b", "p")), row["id"])
    approvals = await fetch_as(ApprovalOut, _APPROVALS, row["id"])
    authors = await authors_of(row)
    return _out(who, row, lines, approvals, authors)


async def found(who: Actor, number: str, *, lock: bool = False) -> Any:
    """The row of a selection that `who` may read (also `measure_code`, `tax_basis`), locked when an operation
    is about to change it. Raises NotFound, and where it is to change YearClosed. Call in a transaction.
    """
    where = visible(who, "selection.read", board="s.board", school="s.school")
    where.add("s.number = {}", number)
    row = await fetch_one(_ONE.format(where=where) + (" FOR UPDATE OF s" if lock else ""), *where.args)
    if row is None:
        raise NotFound()
    if lock and row["year_closed"]:
        raise YearClosed(year=row["year"])
    return row


async def of_school(
    who: Actor,
    *,
    school: str | None = None,
    year: str | None = None,
    state: State | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[SelectionRow]:
    """Selections of a school (or of all in sight), newest first."""
    where = visible(who, "selection.read", board="s.board", school="s.school")
    for column, value in (("s.school", school), ("s.year", year), ("s.state", state.value if state else None)):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if keys := decode(after, keys=2):
        where.add("(s.made_at, s.number) < (({}::text[])[1]::timestamptz, ({}::text[])[2])", keys)
    async with transaction(who):
        rows = await fetch_as(SelectionRow, _ROWS.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page(rows, limit, lambda row: (row.made_at.isoformat(), row.number))


async def queue(who: Actor, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[QueueRow]:
    """What `who` may decide on, oldest first: nothing that they composed, edited or submitted themselves."""
    where = visible(who, "selection.approve", board="s.board", school="s.school")
    where.add("NOT EXISTS (SELECT FROM selection_author a WHERE a.selection = s.id AND a.person = {})", who.person)
    where.parts.append(still_open("s.year"))
    if keys := decode(after, keys=2):
        where.add("(s.submitted_at, s.number) > (({}::text[])[1]::timestamptz, ({}::text[])[2])", keys)
    async with transaction(who):
        rows = await fetch(_QUEUE.format(where=where, limit=check_limit(limit) + 1), *where.args)
    found_rows = [QueueRow(**{**row, "units": msgspec.json.decode(row["units"])}) for row in rows]
    return page(found_rows, limit, lambda row: (row.submitted_at.isoformat(), row.number))


async def to_decide(who: Actor) -> Waiting:
    """How many selections `who` may decide on, the oldest by its submission: the length of `queue`."""
    where = visible(who, "selection.approve", board="s.board", school="s.school")
    where.add("s.state = {}", State.submitted.value)
    where.add("NOT EXISTS (SELECT FROM selection_author a WHERE a.selection = s.id AND a.person = {})", who.person)
    where.parts.append(still_open("s.year"))
    return await _count(who, where, "s.submitted_at")


async def to_finish(who: Actor, state: State) -> Waiting:
    """How many drafts (or refused selections) wait for the schools in which `who` composes."""
    where = visible(who, "selection.compose", board="s.board", school="s.school")
    where.add("s.state = {}", state.value)
    where.parts.append(still_open("s.year"))
    return await _count(who, where, "s.made_at" if state is State.draft else "s.decided_at")


async def last_submitted(who: Actor, number: str) -> datetime | None:
    """When another selection was last submitted on the same envelope and still holds its money. Raises NotFound."""
    async with transaction(who):
        row = await found(who, number)
        at: datetime | None = await fetch_value(
            "SELECT max(submitted_at) FROM selection WHERE envelope = $1 AND id <> $2 AND state IN ('submitted', 'approved')",
            row["envelope"], row["id"],
        )  # fmt: skip
        return at


async def _count(who: Actor, where: Any, since: str) -> Waiting:
    async with transaction(who):
        sql = f"SELECT count(*)::int AS n, min({since}) AS since FROM selection s WHERE {where}"
        return waiting(await fetch_one(sql, *where.args))


async def history(who: Actor, number: str) -> list[EventOut]:
    """Who did what to a selection, newest first. Raises NotFound."""
    async with transaction(who):
        await found(who, number)
        return await events.timeline("selection", number)


async def authors_of(row: Any) -> Collection[UUID]:
    """Who composed, edited or submitted it. A statement of its own: one that waits for the lock would still read the old rows."""
    rows = await fetch("SELECT person FROM selection_author WHERE selection = $1", row["id"])
    return {author["person"] for author in rows}


def _out(
    who: Actor, row: Any, lines: list[LineOut], approvals: list[ApprovalOut], authors: Collection[UUID]
) -> SelectionOut:
    known = dict(row) | {"measure": row["measure_code"]}
    plain = {name: known[name] for name in SelectionOut.__struct_fields__ if name in known}
    may = [] if row["year_closed"] else allowed(who, State(row["state"]), school=row["school"], authors=authors)
    return SelectionOut(
        **plain,
        lines=lines,
        approvals=approvals,
        own=who.person is not None and who.person in authors,
        may=[verb.value for verb in may],
    )
