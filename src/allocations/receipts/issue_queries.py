"""Reads of what came and was not received."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allocations.orders import queries as orders
from allocations.receipts.rules import IssueKind, Outcome
from allocations.receipts.schemas import IssueOut
from kit import attachments
from kit.actor import Actor
from kit.attachments import Attachment, Content
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import Where
from kit.paging import Page, check_limit, decode, page

_ISSUE = """
SELECT i.number, o.number AS "order", i.board, l.position, l.description, i.school, c.name AS school_name, i.kind, i.quantity,
       p.code AS product, i.outcome, r.number AS receipt, i.note, i.slip, i.person_name, i.at, i.settled_at, i.settled_by_name, i.version
FROM receipt_issue i JOIN purchase_order o ON o.id = i."order" JOIN order_line l ON l.id = i.order_line
JOIN school c ON c.code = i.school LEFT JOIN product p ON p.id = i.product LEFT JOIN receipt r ON r.id = i.receipt
"""


async def one(who: Actor, number: str) -> IssueOut:
    """Raises NotFound."""
    if not (found := await by_numbers(who, [number])):
        raise NotFound()
    return found[0]


async def by_numbers(who: Actor, numbers: Sequence[str]) -> list[IssueOut]:
    """Those of these issues that the caller may see, in the order of their numbers."""
    where = _seen(who)
    where.add("i.number = ANY({}::text[])", list(numbers))
    async with transaction(who):
        return [_out(row) for row in await fetch(f"{_ISSUE} WHERE {where} ORDER BY i.number", *where.args)]


async def list_issues(
    who: Actor, *, order: str | None = None, unsettled: bool = False, limit: int, after: str | None
) -> Page[IssueOut]:
    """Issues, the newest first; `unsettled`: those whose units are still set aside."""
    where = _seen(who)
    if order is not None:
        where.add("o.number = {}", order)
    if unsettled:
        where.parts.append("i.outcome = 'set_aside'")
    if keys := decode(after, keys=1):
        where.add("i.number < {}", str(keys[0]))
    async with transaction(who):
        rows = await fetch(f"{_ISSUE} WHERE {where} ORDER BY i.number DESC LIMIT {check_limit(limit) + 1}", *where.args)
    return page([_out(row) for row in rows], limit, lambda row: [row.number])


async def photos(who: Actor, number: str) -> list[Attachment]:
    """Raises NotFound."""
    async with transaction(who):
        await one(who, number)
        return await attachments.listing("receipt_issue", number)


async def photo(who: Actor, number: str, attachment: UUID) -> Content:
    """Raises NotFound."""
    async with transaction(who):
        await one(who, number)
        return await attachments.content_of("receipt_issue", number, attachment)


async def locked(number: str) -> Any:
    """The row of an issue that was found, locked. Call inside a transaction."""
    row = await fetch_one("SELECT * FROM receipt_issue WHERE number = $1 FOR UPDATE", number)
    assert row is not None
    return row


def _seen(who: Actor) -> Where:
    where = Where()
    orders.seen(who, where)
    if (schools := orders.own_schools(who)) is not None:
        where.add("i.school = ANY({}::text[])", schools)
    return where


def _out(row: Any) -> IssueOut:
    return IssueOut(**{**row, "kind": IssueKind(row["kind"]), "outcome": Outcome(row["outcome"])})
