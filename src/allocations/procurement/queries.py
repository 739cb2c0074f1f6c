"""What a board has committed of each family of goods in twelve months, against what the law says: a few statements, none in a loop."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from allocations.procurement import rules
from allocations.procurement.rules import Kind, Law, Sum, Warned
from allocations.procurement.schemas import FamilyOut, Goods, OrderWarnings, ReasonOut, ThresholdOut
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import Forbidden, Invalid, NotFound
from kit.filters import Where
from kit.i18n import _, name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

# A kind goes before its category; what no family names is in one of its category's own, under the category's code.
FAMILIES = """family AS MATERIALIZED (
    SELECT p.id AS product, coalesce(k.code, c.code, p.category) AS code, coalesce(k.name, c.name, g.name) AS name,
           coalesce(k.name_en, c.name_en, g.name_en) AS name_en
    FROM product p JOIN category g ON g.code = p.category
    LEFT JOIN (goods_family_member mk JOIN goods_family k ON k.id = mk.family) ON mk.kind = p.kind AND mk.kind <> ''
    LEFT JOIN (goods_family_member mc JOIN goods_family c ON c.id = mc.family) ON mc.category = p.category
)"""

TENDERED = f"coalesce(k.kind IN ({', '.join(map(repr, rules.TENDERED))}), false)"

# What is received or awaited of a line, before tax; as `orders.rules.kept`.
_KEPT = "l.before_tax_cents * (l.quantity - l.cancelled) / l.quantity"

# Orders of a board `$1` sent after `$2` and not after `$3`, and those being made.
_COMMITTED = """
FROM purchase_order o JOIN order_line l ON l."order" = o.id JOIN family f ON f.product = l.product
LEFT JOIN contract k ON k.id = l.contract
WHERE o.board = $1 AND o.state <> 'cancelled' AND (o.sent_at IS NULL OR o.sent_at > $2 AND o.sent_at <= $3)
"""

_SUMS = f"""
WITH {FAMILIES}
SELECT f.code, {{name}} AS name, sum({_KEPT})::bigint AS total_cents,
       coalesce(sum({_KEPT}) FILTER (WHERE NOT {TENDERED}), 0)::bigint AS untendered_cents, count(DISTINCT o.id)::int AS orders
{_COMMITTED} GROUP BY 1, 2
"""

_NEAR = f"""
WITH {FAMILIES}
SELECT o.number, o.supplier, f.code, sum({_KEPT})::bigint AS cents
{_COMMITTED} AND NOT {TENDERED} AND o.supplier = ANY($4::uuid[]) GROUP BY o.number, o.supplier, f.code
"""

_OWN = f"""
WITH {FAMILIES}
SELECT f.code, {{name}} AS name, sum({_KEPT})::bigint AS cents
FROM order_line l JOIN family f ON f.product = l.product LEFT JOIN contract k ON k.id = l.contract
WHERE l."order" = $1 AND NOT {TENDERED} GROUP BY 1, 2 ORDER BY 1
"""

_LAW = """
SELECT DISTINCT ON (kind) kind, before_tax_cents, days FROM procurement_threshold WHERE from_day <= $1
ORDER BY kind, from_day DESC
"""


class Making(Struct, frozen=True, kw_only=True):
    """What an order to be buys of a family under no tendered contract (`cents`), of a supplier; `order` tells one from another."""

    order: int
    supplier: UUID
    family: str
    name: str
    cents: int


async def law_on(day: date) -> Law:
    """The thresholds in force on a day. Call inside a transaction."""
    found = {row["kind"]: row for row in await fetch(_LAW, day)}
    return Law(
        tender_cents=found[Kind.tender]["before_tax_cents"] if Kind.tender in found else None,
        publication_cents=found[Kind.publication]["before_tax_cents"] if Kind.publication in found else None,
        split_days=found[Kind.splitting]["days"] if Kind.splitting in found else None,
    )


async def families(who: Actor, *, board: str | None = None) -> list[FamilyOut]:
    """Every family of goods, and what the board has committed of it in twelve months. Raises Forbidden, NotFound, Invalid."""
    board = _board(who, board)
    async with transaction(who):
        law = await law_on(today())
        sums = {row["code"]: row for row in await _sums(board, now())}
        known = await fetch(f"SELECT code, {name_sql('f')} AS name FROM goods_family f")
    names = {row["code"]: row["name"] for row in (*known, *sums.values())}
    return [_family(code, name, sums.get(code), law) for code, name in sorted(names.items(), key=lambda each: each[1])]


def _family(code: str, name: str, row: Any | None, law: Law) -> FamilyOut:
    total, untendered, orders = (row["total_cents"], row["untendered_cents"], row["orders"]) if row else (0, 0, 0)
    level = rules.level(untendered, law.tender_cents)
    return FamilyOut(
        code=code,
        name=name,
        total_cents=total,
        untendered_cents=untendered,
        orders=orders,
        tender_cents=law.tender_cents,
        publication_cents=law.publication_cents,
        level=level,
        sentence=rules.year_words(untendered, law.tender_cents) if level and law.tender_cents else "",
    )


async def of_order(who: Actor, number: str) -> OrderWarnings:
    """What the watch says of an order that the caller may see. Raises Forbidden, NotFound."""
    who.must("procurement.read")
    async with transaction(who):
        row = await fetch_one(
            "SELECT * FROM purchase_order WHERE number = $1 AND ($2::text IS NULL OR board = $2)", number, who.board
        )
        if row is None or who.scope is Scope.school:
            raise NotFound()
        warnings = await warnings_of(row)
    return OrderWarnings(
        number=number,
        warnings=warnings,
        asks_reason=bool(rules.unexplained(warnings)),
        reason=row["law_reason"],
        reason_by_name=row["law_reason_by_name"],
        reason_at=row["law_reason_at"],
    )


async def warnings_of(row: Any) -> list[Warned]:
    """What is said of an order (its row) that is made, or was on the day that it was sent. Call inside a transaction."""
    until: datetime = row["sent_at"] or now()
    own = await fetch(_OWN.format(name=name_sql("f")), row["id"])
    if row["state"] == "cancelled" or not own:
        return []
    law = await law_on(until.date())
    sums = _by_family(await _sums(row["board"], until))
    near: dict[str, list[int]] = defaultdict(list)
    for other in await _near(row["board"], [row["supplier"]], law, until):
        if other["number"] != row["number"]:
            near[other["code"]].append(other["cents"])
    return [
        warned
        for part in own
        for warned in rules.watch(
            family=part["code"], name=part["name"], own_cents=part["cents"], year=sums.get(part["code"], Sum()),
            near_orders=near[part["code"]], law=law,
        )
    ]  # fmt: skip


async def warnings_of_making(board: str, making: Sequence[Making]) -> dict[int, list[Warned]]:
    """What is said of each order to be, all of them counted with those that are there. Call inside a transaction."""
    if not making:
        return {}
    until = now()
    law = await law_on(today())
    sums = _by_family(await _sums(board, until))
    near: dict[tuple[UUID, str], list[tuple[int | str, int]]] = defaultdict(list)
    for other in await _near(board, list({part.supplier for part in making}), law, until):
        near[other["supplier"], other["code"]].append((other["number"], other["cents"]))
    added: dict[str, int] = defaultdict(int)
    for part in making:
        near[part.supplier, part.family].append((part.order, part.cents))
        added[part.family] += part.cents
    said: dict[int, list[Warned]] = defaultdict(list)
    for part in making:
        before, more = sums.get(part.family, Sum()), added[part.family]
        said[part.order] += rules.watch(
            family=part.family,
            name=part.name,
            own_cents=part.cents,
            year=Sum(total_cents=before.total_cents + more, untendered_cents=before.untendered_cents + more),
            near_orders=_others(near[part.supplier, part.family], part.order),
            law=law,
        )
    return said


def _others(orders: Iterable[tuple[int | str, int]], mine: int) -> list[int]:
    return [cents for order, cents in orders if order != mine]


async def _sums(board: str, until: datetime) -> list[Any]:
    return await fetch(_SUMS.format(name=name_sql("f")), board, _months_before(until), until)


async def _near(board: str, suppliers: list[UUID], law: Law, until: datetime) -> list[Any]:
    """Orders to these suppliers within the days in which they may look split."""
    if law.split_days is None:
        return []
    return await fetch(_NEAR, board, until - timedelta(days=law.split_days), until, suppliers)


def _by_family(rows: Iterable[Any]) -> dict[str, Sum]:
    return {row["code"]: Sum(total_cents=row["total_cents"], untendered_cents=row["untendered_cents"]) for row in rows}


def _months_before(until: datetime) -> datetime:
    """Twelve months before: the same day a year earlier, the 28th for a 29 February."""
    return until.replace(year=until.year - 1, day=28 if (until.month, until.day) == (2, 29) else until.day)


def _board(who: Actor, board: str | None) -> str:
    """The board that the caller watches: their own, or the one that the province names."""
    who.must("procurement.read")
    if who.scope is Scope.school:
        raise Forbidden()
    if who.board is not None:
        if board not in (None, who.board):
            raise NotFound()
        return who.board
    if board is None:
        raise Invalid({"board": _("Nommez l'organisme.")})
    return board


_REASONS = """
SELECT o.number, o.board, p.name AS supplier_name, o.before_tax_cents, o.state, o.sent_at, o.law_reason AS reason,
       o.law_reason_by_name AS reason_by_name, o.law_reason_at AS reason_at
FROM purchase_order o JOIN supplier p ON p.id = o.supplier
WHERE {where} ORDER BY o.number DESC LIMIT {limit}
"""


async def reasons(
    who: Actor, *, board: str | None = None, limit: int = DEFAULT_LIMIT, after: str | None = None
) -> Page[ReasonOut]:
    """The reasons that orders of a board were given, the newest order first. Raises as `families`."""
    where = Where()
    where.add("o.board = {}", _board(who, board))
    where.parts.append("o.law_reason <> ''")
    if keys := decode(after, keys=1):
        where.add("o.number < {}", str(keys[0]))
    async with transaction(who):
        rows = await fetch_as(ReasonOut, _REASONS.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page(rows, limit, lambda row: (row.number,))


async def thresholds(who: Actor) -> list[ThresholdOut]:
    """What the law says, by kind, the latest first; they are few."""
    who.must("procurement.read")
    async with transaction(who):
        rows = await fetch(
            "SELECT t.kind, t.from_day, t.before_tax_cents, t.days, t.source, t.verified, t.person_name, t.at,"
            " t.from_day = (SELECT max(u.from_day) FROM procurement_threshold u WHERE u.kind = t.kind AND u.from_day <= $1)"
            " AS in_force FROM procurement_threshold t ORDER BY t.kind, t.from_day DESC",
            today(),
        )
    return [ThresholdOut(**{**row, "kind": Kind(row["kind"]), "in_force": bool(row["in_force"])}) for row in rows]


async def goods(who: Actor) -> list[Goods]:
    """Families of goods and what belongs to each, by code."""
    who.must("procurement.read")
    async with transaction(who):
        return await _goods()


async def _goods() -> list[Goods]:
    return await fetch_as(
        Goods,
        "SELECT f.code, f.name, f.name_en, coalesce(array_agg(m.category::text ORDER BY m.category)"
        " FILTER (WHERE m.category IS NOT NULL), '{}') AS categories, coalesce(array_agg(m.kind::text ORDER BY m.kind)"
        " FILTER (WHERE m.kind <> ''), '{}') AS kinds"
        " FROM goods_family f LEFT JOIN goods_family_member m ON m.family = f.id GROUP BY f.id ORDER BY f.code",
    )
