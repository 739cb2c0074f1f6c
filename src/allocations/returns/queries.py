"""Reads of returns. A school sees those that hold a line of its own, and those lines only."""

from typing import Any

from allocations.orders import queries as orders
from allocations.returns.rules import Kind, State
from allocations.returns.schemas import ReturnLineOut, ReturnOut
from kit.actor import Actor
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import Where
from kit.paging import Page, check_limit, decode, page

_RETURN = """
SELECT r.id, r.number, o.number AS "order", r.board, b.name AS board_name, p.code AS supplier, p.name AS supplier_name, r.kind,
       r.state, r.reason, r.rma, r.returned_on, r.person_name, r.at, r.settled_at, r.settled_by_name, r.settled_note, r.version
FROM goods_return r JOIN purchase_order o ON o.id = r."order" JOIN board b ON b.code = r.board JOIN supplier p ON p.id = r.supplier
"""

_LINES = """
SELECT l.goods_return, o.position, o.description, p.code AS product, l.school, c.name AS school_name, l.quantity, a.tag, a.serial,
       l.charged_cents
FROM goods_return_line l JOIN order_line o ON o.id = l.order_line JOIN product p ON p.id = o.product
JOIN school c ON c.code = l.school LEFT JOIN asset a ON a.id = l.asset
WHERE l.goods_return = ANY($1::uuid[]) AND ($2::text[] IS NULL OR l.school = ANY($2)) ORDER BY o.position, a.tag
"""


async def one(who: Actor, number: str) -> ReturnOut:
    """Raises NotFound."""
    where = _seen(who)
    where.add("r.number = {}", number)
    async with transaction(who):
        found = await _whole(who, await fetch(f"{_RETURN} WHERE {where}", *where.args))
    if not found:
        raise NotFound()
    return found[0]


async def list_returns(
    who: Actor,
    *,
    order: str | None = None,
    kind: Kind | None = None,
    state: State | None = None,
    limit: int,
    after: str | None,
) -> Page[ReturnOut]:
    """Returns, the newest first. `credit` and `awaited`: the credits that suppliers still owe."""
    where = _seen(who)
    for column, value in (("o.number", order), ("r.kind", kind and kind.value), ("r.state", state and state.value)):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if keys := decode(after, keys=1):
        where.add("r.number < {}", str(keys[0]))
    sql = f"{_RETURN} WHERE {where} ORDER BY r.number DESC LIMIT {check_limit(limit) + 1}"
    async with transaction(who):
        found = await _whole(who, await fetch(sql, *where.args))
    return page(found, limit, lambda row: [row.number])


async def locked(number: str) -> Any:
    """The row of a return that was found, locked. Call inside a transaction, with its order locked."""
    row = await fetch_one("SELECT * FROM goods_return WHERE number = $1 FOR UPDATE", number)
    assert row is not None
    return row


def _seen(who: Actor) -> Where:
    where = Where()
    orders.seen(who, where)
    if (schools := orders.own_schools(who)) is not None:
        where.add(
            "EXISTS (SELECT FROM goods_return_line l WHERE l.goods_return = r.id AND l.school = ANY({}::text[]))",
            schools,
        )
    return where


async def _whole(who: Actor, rows: list[Any]) -> list[ReturnOut]:
    lines: dict[Any, list[ReturnLineOut]] = {row["id"]: [] for row in rows}
    for line in await fetch(_LINES, list(lines), orders.own_schools(who)):
        fields = dict(line)
        lines[fields.pop("goods_return")].append(ReturnLineOut(**fields))
    return [_out(row, lines[row["id"]]) for row in rows]


def _out(row: Any, lines: list[ReturnLineOut]) -> ReturnOut:
    fields = {key: value for key, value in row.items() if key != "id"}
    fields |= {"kind": Kind(row["kind"]), "state": State(row["state"])}
    units, charged = sum(line.quantity for line in lines), sum(line.charged_cents for line in lines)
    return ReturnOut(**fields, units=units, charged_cents=charged, lines=lines)
