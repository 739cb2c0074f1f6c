"""Reads of suppliers' files, lines and accounts: a board's own, and of the province's files what is of its orders."""

from typing import Any
from uuid import UUID

from allocations.supplier_files.rules import Outcome, Unknown
from allocations.supplier_files.schemas import AccountOut, RawLineOut, SupplierFileOut, SupplierLineOut
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_value, transaction
from kit.errors import Forbidden, NotFound
from kit.filters import Where
from kit.paging import Page, check_limit, decode, page

_FILE = """
SELECT f.number, p.code AS supplier, f.board, f.name, f.listed_on, f.lines, f.person_name, f.at,
       (SELECT count(*) FILTER (WHERE outcome = 'unknown')::int FROM supplier_file_line WHERE file = f.id) AS unknown,
       (SELECT count(*) FILTER (WHERE outcome = 'refused')::int FROM supplier_file_line WHERE file = f.id) AS refused
FROM supplier_file f JOIN supplier p ON p.id = f.supplier
"""

# What several lines of the supplier sent of one of ours is counted together, and told once: on the last of them.
_LINE = """
SELECT t.id, p.code AS supplier, t.sales_order, t.material, t.customer_order, t.is_return, t.account, t.customer, t.description,
       t.ordered, t.outstanding, t.completed, t.ordered_on, t.despatched_on, t.promised_on, o.number AS "order", l.position, t.school,
       l.received, CASE WHEN s.last = t.id THEN greatest(s.sent - l.received, 0) ELSE 0 END AS in_transit, t.unknown,
       coalesce(f.number, '') AS file, t.at  -- the province's files are not the boards'
FROM supplier_order_line t JOIN supplier p ON p.id = t.supplier LEFT JOIN supplier_file f ON f.id = t.file
LEFT JOIN order_line l ON l.id = t.order_line LEFT JOIN purchase_order o ON o.id = l."order"
LEFT JOIN LATERAL (
    SELECT coalesce(sum(c.completed), 0)::int AS sent, (array_agg(c.id ORDER BY c.id DESC))[1] AS last FROM supplier_order_line c
    WHERE c.order_line = t.order_line AND NOT c.is_return) s ON NOT t.is_return AND t.order_line IS NOT NULL
"""

_ACCOUNT = """
SELECT a.id, p.code AS supplier, a.account, a.board, a.school, s.name AS school_name, a.closed_on, a.version
FROM supplier_account a JOIN supplier p ON p.id = a.supplier JOIN school s ON s.code = a.school
"""


async def list_files(who: Actor, *, limit: int, after: str | None) -> Page[SupplierFileOut]:
    """The files that were taken, the newest first."""
    where = _seen(who, "f.board")
    if keys := decode(after, keys=2):
        where.parts.append(
            f"(f.at, f.number) < ({where.argument(str(keys[0]))}::text::timestamptz, {where.argument(str(keys[1]))})"
        )
    async with transaction(who):
        rows = await fetch_as(
            SupplierFileOut,
            f"{_FILE} WHERE {where} ORDER BY f.at DESC, f.number DESC LIMIT {check_limit(limit) + 1}",
            *where.args,
        )
    return page(rows, limit, lambda row: (row.at.isoformat(), row.number))


async def file(who: Actor, number: str) -> SupplierFileOut:
    """Raises NotFound."""
    where = _seen(who, "f.board")
    where.add("f.number = {}", number)
    async with transaction(who):
        rows = await fetch_as(SupplierFileOut, f"{_FILE} WHERE {where}", *where.args)
    if not rows:
        raise NotFound()
    return rows[0]


async def raw_lines(who: Actor, number: str, *, limit: int, after: str | None) -> Page[RawLineOut]:
    """The lines of a file as they came. Raises NotFound."""
    async with transaction(who):
        await file(who, number)
        key = await fetch_value("SELECT id FROM supplier_file WHERE number = $1", number)
        place = keys[0] if (keys := decode(after, keys=1)) else 0
        rows = await fetch(
            "SELECT line, cells, outcome, heading, reason FROM supplier_file_line WHERE file = $1 AND line > $2 ORDER BY line"
            f" LIMIT {check_limit(limit) + 1}",
            key, place,
        )  # fmt: skip
    lines = [RawLineOut(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]
    return page(lines, limit, lambda row: (row.line,))


async def list_lines(
    who: Actor,
    *,
    supplier: str | None = None,
    order: str | None = None,
    unknown: bool = False,
    in_transit: bool = False,
    limit: int,
    after: str | None,
) -> Page[SupplierLineOut]:
    """What suppliers say today. `unknown`: of nothing known here; `in_transit`: sent, and not received here."""
    where = _seen(who, "t.board")
    if supplier is not None:
        where.add("p.code = {}", supplier)
    if order is not None:
        where.add("o.number = {}", order)
    if unknown:
        where.parts.append("t.unknown <> ''")
    if in_transit:
        where.parts.append("s.last = t.id AND s.sent > l.received")
    if keys := decode(after, keys=3):
        place = where.argument([str(key) for key in keys])
        where.parts.append(
            f"(p.code, t.sales_order, t.id) > (({place}::text[])[1], ({place}::text[])[2], ({place}::text[])[3]::uuid)"
        )
    sql = f"{_LINE} WHERE {where} ORDER BY p.code, t.sales_order, t.id LIMIT {check_limit(limit) + 1}"
    async with transaction(who):
        rows = await fetch(sql, *where.args)
    found = page(
        [(row["id"], _line(row)) for row in rows],
        limit,
        lambda pair: (pair[1].supplier, pair[1].sales_order, str(pair[0])),
    )
    return Page(items=[line for _key, line in found.items], next=found.next)


async def list_accounts(who: Actor, *, limit: int, after: str | None) -> Page[AccountOut]:
    """The accounts of suppliers that are linked to a school."""
    where = _seen(who, "a.board")
    if keys := decode(after, keys=3):
        place = where.argument([str(key) for key in keys])
        where.parts.append(
            f"(p.code, a.account, a.board) > (({place}::text[])[1], ({place}::text[])[2], ({place}::text[])[3])"
        )
    async with transaction(who):
        rows = await fetch_as(
            AccountOut,
            f"{_ACCOUNT} WHERE {where} ORDER BY p.code, a.account, a.board LIMIT {check_limit(limit) + 1}",
            *where.args,
        )
    return page(rows, limit, lambda row: (row.supplier, row.account, row.board))


async def account(who: Actor, key: UUID) -> AccountOut:
    """Raises NotFound."""
    where = _seen(who, "a.board")
    where.add("a.id = {}", key)
    async with transaction(who):
        rows = await fetch_as(AccountOut, f"{_ACCOUNT} WHERE {where}", *where.args)
    if not rows:
        raise NotFound()
    return rows[0]


def _seen(who: Actor, board: str) -> Where:
    """What is of the caller's board; a school has no supplier's file. Raises Forbidden."""
    who.must("order.read")
    if who.scope is Scope.school:
        raise Forbidden()
    where = Where()
    if who.board:
        where.add(f"{board} = {{}}", who.board)
    return where


def _line(row: Any) -> SupplierLineOut:
    fields = {key: value for key, value in row.items() if key != "id"}
    return SupplierLineOut(**fields | {"unknown": Unknown(row["unknown"]) if row["unknown"] else None})
