"""Reads of tickets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inventory.tickets.rules import State
from inventory.tickets.schemas import CommentOut, TicketLine, TicketOut
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import timeline
from kit.filters import visible
from kit.i18n import _
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page
from kit.waiting import Waiting, waiting

_LINE = """t.number, a.tag AS asset, a.name AS asset_name, t.board, t.school, coalesce(s.name, '') AS school_name, t.state,
    t.subject, t.out_of_service, t.opened_at, t.opened_by_name, t.assigned_name, t.expected_on, t.closed_at, t.version"""
_FROM = "FROM ticket t JOIN asset a ON a.id = t.asset LEFT JOIN school s ON s.code = t.school"


def _line(row: Mapping[str, Any]) -> TicketLine:
    return TicketLine(**{**row, "state": State(row["state"])})


async def queue(
    who: Actor,
    *,
    school: str | None = None,
    state: State | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[TicketLine]:
    """What is not closed, the oldest first; with `state` (closed too), those in it."""
    return await _list(who, school=school, state=state, limit=limit, after=after, newest_first=False)


async def of_school(
    who: Actor, school: str, *, limit: int = DEFAULT_LIMIT, after: str | None = None
) -> Page[TicketLine]:
    """Every ticket of a school, closed ones too, the newest first."""
    return await _list(who, school=school, state=None, limit=limit, after=after, newest_first=True)


async def _list(
    who: Actor, *, school: str | None, state: State | None, limit: int, after: str | None, newest_first: bool
) -> Page[TicketLine]:
    check_limit(limit)
    place = decode(after, keys=2)
    sign, order = ("<", "DESC") if newest_first else (">", "ASC")
    async with transaction(who):
        where = visible(who, "ticket.read", board="t.board", school="t.school")
        if school is not None:
            where.add("t.school = {}", school)
        if state is not None:
            where.add("t.state = {}", state.value)
        elif not newest_first:
            where.parts.append("t.state <> 'closed'")
        if place is not None:
            opened, number = where.argument(_instant(place[0])), where.argument(str(place[1]))
            where.parts.append(f"(t.opened_at, t.number) {sign} ({opened}, {number})")
        rows = await fetch(
            f"SELECT {_LINE} {_FROM} WHERE {where} ORDER BY t.opened_at {order}, t.number {order} LIMIT {limit + 1}",
            *where.args,
        )
    return page([_line(row) for row in rows], limit, lambda ticket: (ticket.opened_at.isoformat(), ticket.number))


def _instant(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise Invalid({"after": _("« after » ne vient pas d'une page de cette liste; recommencez au début.")}) from None


async def to_take(who: Actor) -> Waiting:
    """How many tickets nobody has taken charge of, the oldest by its opening."""
    where = visible(who, "ticket.triage", board="t.board", school="t.school")
    where.add("t.state = {}", State.open.value)
    async with transaction(who):
        sql = f"SELECT count(*)::int AS n, min(t.opened_at) AS since FROM ticket t WHERE {where}"
        return waiting(await fetch_one(sql, *where.args))


async def open_of_asset(who: Actor, tag: str) -> list[TicketLine]:
    """Tickets of an asset that are not closed, the oldest first; none for who may not read tickets. At most 100."""
    if not who.may("ticket.read"):
        return []
    async with transaction(who):
        where = visible(who, "ticket.read", board="t.board", school="t.school")
        where.add("a.tag = {}", tag)
        rows = await fetch(
            f"SELECT {_LINE} {_FROM} WHERE {where} AND t.state <> 'closed' ORDER BY t.opened_at LIMIT 100",
            *where.args,
        )
    return [_line(row) for row in rows]


async def one(who: Actor, number: str) -> TicketOut:
    """A ticket with its conversation (a school's lacks the internal lines) and its timeline. Raises NotFound."""
    async with transaction(who):
        where = visible(who, "ticket.read", board="t.board", school="t.school")
        where.add("t.number = {}", number)
        rows = await fetch(
            f"SELECT {_LINE}, t.description, t.answer, t.assigned_to, a.state AS asset_state, a.serial AS asset_serial,"
            f" concat_ws(' ', nullif(a.maker, ''), nullif(a.model, '')) AS asset_model, a.warranty_until {_FROM} WHERE {where}",
            *where.args,
        )
        if not rows:
            raise NotFound()
        comments = await fetch_as(
            CommentOut,
            "SELECT c.at, c.author_name, c.body, c.internal FROM ticket_comment c JOIN ticket t ON t.id = c.ticket"
            " WHERE t.number = $1 AND ($2 OR NOT c.internal) ORDER BY c.at, c.id",
            number,
            reads_internal(who),
        )
        return TicketOut(
            **{**rows[0], "state": State(rows[0]["state"])},
            comments=comments,
            timeline=await timeline("ticket", number),
        )


def reads_internal(who: Actor) -> bool:
    """Internal lines are the board's: whoever reads tickets in the whole board, never a school (the database says it too)."""
    return who.scope is not Scope.school and "ticket.read" in who.rights


# For operations -----------------------------------------------------------------------------------------------------


async def locked(who: Actor, number: str) -> Any:
    """The row of a ticket, locked. Raises NotFound."""
    where = visible(who, "ticket.read", board="t.board", school="t.school")
    where.add("t.number = {}", number)
    rows = await fetch(f"SELECT t.* FROM ticket t WHERE {where} FOR UPDATE", *where.args)
    if not rows:
        raise NotFound()
    return rows[0]


async def held_by_another(asset: Any, ticket: Any) -> bool:
    """Whether another unclosed ticket keeps the asset out of service."""
    return bool(
        await fetch_value(
            "SELECT true FROM ticket WHERE asset = $1 AND id <> $2 AND state <> 'closed' AND out_of_service LIMIT 1",
            asset, ticket,
        )
    )  # fmt: skip
