"""Reading selections: one, a school's, those that wait for a decision."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from allocations.envelopes import queries as envelopes
from allocations.envelopes.schemas import EnvelopeOut
from allocations.ordering.queries import BY_BOARD
from allocations.selections.content import Content, content_of, differences, fallen_sentence
from allocations.selections.rules import State, Verb, allowed, stand
from allocations.selections.schemas import (
    ApprovalOut,
    DifferenceOut,
    FallenOut,
    LineOut,
    SelectionOut,
    SelectionRow,
    by_line,
)
from allocations.years.rules import YearClosed
from directory.people.queries import role_name
from directory.replacements.queries import standings
from kit import events
from kit.actor import Actor
from kit.clock import MONTREAL
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import NotFound
from kit.events import EventOut
from kit.filters import Where, visible
from kit.i18n import name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

_BY_BOARD = BY_BOARD.format(school="s.school", board="s.board")

_ONE = """
SELECT s.*, c.name AS school_name, m.id AS measure_id, coalesce(m.code, '') AS measure_code, coalesce(m.kind, '') AS measure_kind,
       coalesce(m.tax_basis, 'net') AS tax_basis, s.envelope IS NOT NULL AND e.school IS NULL AS held_by_board, {by_board} AS board_orders,
       coalesce((SELECT {role} FROM role r WHERE r.code = s.step_role), '') AS step_role_name,
       EXISTS (SELECT FROM school_year y WHERE y.code = s.year AND y.state IN ('closed', 'reporting')) AS year_closed
FROM selection s JOIN school c ON c.code = s.school LEFT JOIN envelope e ON e.id = s.envelope LEFT JOIN measure m ON m.id = e.measure
WHERE {where}
"""

_LINES = """
SELECT l.id, l.position, b.slug AS bundle, b.edition, p.code AS product, l.choices, {name} AS name, l.quantity, l.building,
       coalesce(g.name, '') AS building_name, l.use
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product
LEFT JOIN building g ON g.code = l.building WHERE l.selection = $1 ORDER BY l.position, l.id
"""

_APPROVALS = """
SELECT a.step, a.decision, a.person_name, a.replaced_name, a.at, a.reason, a.of_version, a.position, a.role,
       coalesce({role}, '') AS role_name, a.limit_cents, a.voided_at, a.voided_because
FROM approval a LEFT JOIN role r ON r.code = a.role WHERE a.selection = $1 ORDER BY a.at, a.id
"""

_ROWS = """
SELECT s.number, s.board, s.school, c.name AS school_name, coalesce(m.code, '') AS measure, s.year, s.title, s.state, s.priority,
       s.wanted_by, s.before_tax_cents, s.net_cents, s.charged_cents, s.composed_by_name, s.made_at, s.submitted_at, s.decided_at,
       s.version
FROM selection s JOIN school c ON c.code = s.school LEFT JOIN envelope e ON e.id = s.envelope LEFT JOIN measure m ON m.id = e.measure
WHERE {where} ORDER BY s.made_at DESC, s.number DESC LIMIT {limit}
"""

DECIDING = frozenset({Verb.approve.value, Verb.refuse.value, Verb.ask_change.value})

_DECIDED = """
SELECT EXISTS (SELECT FROM approval WHERE selection = $1 AND voided_at IS NULL AND (person = ANY($2::uuid[]) OR replaced = ANY($2::uuid[])))
"""


async def one(who: Actor, number: str) -> SelectionOut:
    """A selection by its number, with its lines, its decisions, and what `who` may do to it. Raises NotFound."""
    async with transaction(who):
        return await whole(who, number)


async def envelope_of(who: Actor, envelope: UUID | None) -> EnvelopeOut | None:
    """The envelope of a selection; None where it has none, or where it is the board's and `who` reads only the school's."""
    if envelope is None:
        return None
    try:
        return await envelopes.one(who, envelope)
    except NotFound:
        return None


async def whole(who: Actor, number: str) -> SelectionOut:
    """As `one`, in the transaction that runs: an operation's answer needs no savepoint of its own."""
    row = await found(who, number)
    lines = await fetch_as(LineOut, _LINES.format(name=name_sql("b", "p")), row["id"])
    approvals = await fetch_as(ApprovalOut, _APPROVALS.format(role=role_name()), row["id"])
    authors = await authors_of(row)
    out = _out(who, row, lines, approvals, authors)
    if DECIDING & set(out.may):
        out.may = await _at_their_step(who, row, authors, out.may)
    return out


def composed_by_board(row: Any) -> bool:
    """Whether the board composes and submits a selection: its own envelope pays, or it orders for the school."""
    return bool(row["held_by_board"] or row["board_orders"])


async def found(who: Actor, number: str, *, lock: bool = False) -> Any:
    """The row of a selection that `who` may read (also `measure_code`, `tax_basis`), locked when an operation
    is about to change it. Raises NotFound, and where it is to change YearClosed. Call in a transaction.
    """
    where = visible(who, "selection.read", board="s.board", school="s.school")
    where.add("s.number = {}", number)
    row = await fetch_one(
        _ONE.format(where=where, role=role_name(), by_board=BY_BOARD.format(school="s.school", board="s.board"))
        + (" FOR UPDATE OF s" if lock else ""),
        *where.args,
    )
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
    where = _filtered(who, school=school, year=year, state=state)
    if keys := decode(after, keys=2):
        where.add("(s.made_at, s.number) < (({}::text[])[1]::timestamptz, ({}::text[])[2])", keys)
    async with transaction(who):
        rows = await fetch_as(SelectionRow, _ROWS.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page(rows, limit, lambda row: (row.made_at.isoformat(), row.number))


async def every(
    who: Actor, *, school: str | None = None, year: str | None = None, state: State | None = None
) -> list[SelectionRow]:
    """The same as `of_school`, whole: at most a few thousand baskets a board and year."""
    where = _filtered(who, school=school, year=year, state=state)
    async with transaction(who):
        return await fetch_as(SelectionRow, _ROWS.format(where=where, limit="ALL"), *where.args)


def _filtered(who: Actor, *, school: str | None, year: str | None, state: State | None) -> Where:
    where = visible(who, "selection.read", board="s.board", school="s.school")
    for column, value in (("s.school", school), ("s.year", year), ("s.state", state.value if state else None)):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    return where


async def last_submitted(who: Actor, number: str) -> datetime | None:
    """When another selection was last submitted on the same envelope and still holds its money. Raises NotFound."""
    async with transaction(who):
        row = await found(who, number)
        at: datetime | None = await fetch_value(
            "SELECT max(submitted_at) FROM selection WHERE envelope = $1 AND id <> $2 AND state IN ('submitted', 'approved')",
            row["envelope"], row["id"],
        )  # fmt: skip
        return at


async def history(who: Actor, number: str) -> list[EventOut]:
    """Who did what to a selection, newest first. Raises NotFound."""
    async with transaction(who):
        await found(who, number)
        return await events.timeline("selection", number)


_LAST_YES = """
SELECT a.at, a.person_name, a.replaced_name, a.content, a.voided_because FROM approval a
WHERE a.selection = $1 AND a.decision IN ('approved', 'agreed') AND a.content IS NOT NULL ORDER BY a.at DESC, a.id DESC LIMIT 1
"""


async def fallen(who: Actor, number: str) -> FallenOut:
    """The last approval of a selection, where it no longer holds, and what is not as it was approved. Raises NotFound."""
    async with transaction(who):
        row = await found(who, number)
        last = await fetch_one(_LAST_YES, row["id"])
        if last is None or (last["voided_because"] == "" and row["state"] in ("submitted", "approved", "ordered")):
            return FallenOut(sentence="", by="", at=None, differences=[])
        before, after = msgspec.json.decode(last["content"], type=Content), await content_of(row)
    changes = differences(before, after)
    return FallenOut(
        sentence=fallen_sentence(last["at"].astimezone(MONTREAL), last["voided_because"], changes, before, after),
        by=by_line(last["person_name"], last["replaced_name"]),
        at=last["at"],
        differences=[DifferenceOut(one.what, one.sentence) for one in changes],
    )


async def authors_of(row: Any) -> Collection[UUID]:
    """Who composed, edited or submitted it. A statement of its own: one that waits for the lock would still read the old rows."""
    rows = await fetch("SELECT person FROM selection_author WHERE selection = $1", row["id"])
    return {author["person"] for author in rows}


async def _at_their_step(who: Actor, row: Any, authors: Collection[UUID], verbs: list[str]) -> list[str]:
    """The verbs left to somebody who may approve: none of deciding where it is not their step, or not any more."""
    stand_ = stand(await standings(who), role=row["step_role"], school=row["school"], authors=authors)
    if stand_ is None:
        return [verb for verb in verbs if verb not in DECIDING]
    mine = [one for one in (who.person, stand_.replaced) if one is not None]
    if Verb.approve.value in verbs and await fetch_value(_DECIDED, row["id"], mine):
        return [verb for verb in verbs if verb != Verb.approve.value]
    return verbs


def _out(
    who: Actor, row: Any, lines: list[LineOut], approvals: list[ApprovalOut], authors: Collection[UUID]
) -> SelectionOut:
    known = dict(row) | {"measure": row["measure_code"]}
    plain = {name: known[name] for name in SelectionOut.__struct_fields__ if name in known}
    may = (
        []
        if row["year_closed"]
        else allowed(who, State(row["state"]), school=row["school"], authors=authors, by_board=composed_by_board(row))
    )
    return SelectionOut(
        **plain,
        lines=lines,
        approvals=approvals,
        own=who.person is not None and who.person in authors,
        may=[verb.value for verb in may],
    )
