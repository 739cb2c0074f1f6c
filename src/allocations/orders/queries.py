"""Reads of purchase orders. A school sees the orders that have a part of its own, and its lines of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from allocations.orders import limits
from allocations.orders.rules import AWAITING_SQL, State, over
from allocations.orders.schemas import OrderFile, OrderLineOut, OrderOut, SupplierOut
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import GST, QST
from inventory.floor.schemas import Expected
from kit.actor import Actor, Scope, system
from kit.clock import MONTREAL, today
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import NotFound
from kit.events import timeline
from kit.filters import Where, searched
from kit.paging import Page, check_limit, decode, page

_LATE_STATES = f"o.state IN {AWAITING_SQL}"

# The whole of a line's amount, then what stays of it once so many units are awaited no more; as `rules.kept`.
_KEPT = "sum(CASE WHEN o.state = 'cancelled' THEN {0} ELSE {0} * (quantity - cancelled) / quantity END)"
_AMOUNTS = ", ".join(
    f"coalesce({_KEPT.format(name)}, 0)::bigint AS {name}"
    for name in ("before_tax_cents", "gst_cents", "qst_cents", "net_cents")
)

# An order is the sum of its lines; a school reads what its own cost. A cancelled one shows what it was made for.
_ORDER = f"""
SELECT o.number, o.board, b.name AS board_name, p.code AS supplier, p.name AS supplier_name, o.year, o.state,
       l.before_tax_cents, l.gst_cents, l.qst_cents, l.before_tax_cents + l.gst_cents + l.qst_cents AS total_cents, l.net_cents,
       l.units, l.outstanding, l.schools, l.expected_on,
       coalesce({_LATE_STATES} AND l.expected_on < $1, false) AS late,
       o.made_at, o.made_by_name, o.sent_at, o.sent_by_name, o.sent_how, o.confirmation, o.external_number, o.requested_on,
       o.revision, o.asked_by_name, o.authorised_by_name, o.law_reason, o.law_reason_by_name,
       o.acknowledged_on, o.held_from, o.hold_reason, o.cancelled_by,
       o.cancel_reason, o.version
FROM {{orders}} o JOIN board b ON b.code = o.board JOIN supplier p ON p.id = o.supplier
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE WHEN o.state IN ('closed', 'cancelled') OR cancelled < quantity THEN quantity END), 0)::int AS units,
           coalesce(sum(quantity - received - cancelled), 0)::int AS outstanding,
           count(DISTINCT school)::int AS schools, min(expected_on) FILTER (WHERE quantity > received + cancelled) AS expected_on,
           {_AMOUNTS}
    FROM order_line WHERE "order" = o.id AND ($2::text[] IS NULL OR school = ANY($2)) AND (o.state <> 'cancelled' OR revision = 0)
) l
"""

# Asked of open orders alone, so that a list does not add up the lines of every order that there ever was.
_LATE = f"""({_LATE_STATES} AND EXISTS (
    SELECT FROM order_line WHERE "order" = o.id AND quantity > received + cancelled AND expected_on < $1
    AND ($2::text[] IS NULL OR school = ANY($2))))::int"""

_HOLDS = """NOT EXISTS (
    SELECT FROM unnest(string_to_array(fold({}), ' ')) AS word WHERE word <> '' AND strpos(
        (SELECT concat_ws(' ', fold(o.number), fold(o.external_number), fold(replace(o.external_number, ' ', '')),
                          fold(o.confirmation), p.name_key) FROM supplier p WHERE p.id = o.supplier), word) = 0)"""

# As its unique index: case and spaces are nothing.
_OWN_NUMBER = r"""o.external_number <> ''
    AND lower(regexp_replace(o.external_number, '\s', '', 'g')) = lower(regexp_replace({}, '\s', '', 'g'))"""

_POSTAL_CODE = r"regexp_replace({}.postal_code, '^(\w{{3}})(\w{{3}})$', '\1 \2')"  # lists have it without its space

_LINES = f"""
SELECT l.id, l.position, p.code AS product, l.description, p.category, p.tracked, l.school, c.name AS school_name, l.building,
       coalesce(g.name, '') AS building_name,
       CASE WHEN g.code IS NULL
            THEN concat_ws(', ', nullif(c.address_1, ''), nullif(c.municipality_name, ''), nullif({_POSTAL_CODE.format("c")}, ''))
            ELSE concat_ws(', ', nullif(g.address_1, ''), nullif(g.municipality_name, ''), nullif({_POSTAL_CODE.format("g")}, ''))
       END AS address,
       s.number AS selection, l.envelope, m.code AS measure, l.quantity, l.received,
       l.cancelled, l.quantity - l.received - l.cancelled AS outstanding, l.returned, l.invoiced, l.revision, l.amends,
       coalesce(k.number, '') AS contract, i.mandatory_contract IS NOT NULL AS outside_contract,
       EXISTS (SELECT FROM eco_fee f WHERE f.fee = l.product) AS eco_fee,
       l.exception_reason, l.attested_by_name, l.unit_before_tax_cents, l.before_tax_cents, l.gst_cents, l.qst_cents,
       l.net_cents, l.charged_cents, l.spent_cents, l.abandoned_cents, l.corrected_cents, l.expected_on
FROM order_line l JOIN product p ON p.id = l.product JOIN school c ON c.code = l.school LEFT JOIN building g ON g.code = l.building
JOIN selection_item i ON i.id = l.item LEFT JOIN contract k ON k.id = l.contract
JOIN order_part t ON t.id = l.part JOIN selection s ON s.id = t.selection
JOIN envelope e ON e.id = l.envelope JOIN measure m ON m.id = e.measure
WHERE l."order" = $1 AND ($2::text[] IS NULL OR l.school = ANY($2)) ORDER BY l.position
"""


def own_schools(who: Actor) -> list[str] | None:
    """The schools whose lines of orders `who` may see; None: all of the board's."""
    schools = who.schools_with("order.read")
    if who.scope is Scope.school:
        return [school for school in who.schools if schools is None or school in schools]
    return None if schools is None else list(schools)


def seen(who: Actor, where: Where) -> Where:
    """Add what `who` may see of `purchase_order o`. Raises Forbidden."""
    who.must("order.read")
    if who.scope is not Scope.system:
        where.add("o.board = {}", who.board)
    if (schools := own_schools(who)) is not None:
        where.add('EXISTS (SELECT FROM order_part t WHERE t."order" = o.id AND t.school = ANY({}::text[]))', schools)
    return where


async def list_orders(
    who: Actor,
    *,
    state: State | None = None,
    late: bool = False,
    year: str | None = None,
    text: str = "",
    limit: int,
    after: str | None,
) -> Page[OrderOut]:
    """Orders that the caller may see: those with a line past its promised day first, then the newest.

    `text`: every word of it in the order's number, the board's own, the supplier's confirmation or name; accents, case and
    the spaces of numbers ignored.
    """
    where = seen(who, _from_today(who))
    if state is not None:
        where.add("o.state = {}", state)
    if year is not None:
        where.add("o.year = {}", year)
    if text := searched(text):
        where.add(_HOLDS, text)
    if late:
        where.parts.append(f"{_LATE} = 1")
    if keys := decode(after, keys=2):
        was_late, number = (where.argument(key) for key in (int(bool(keys[0])), str(keys[1])))
        where.parts.append(f"({_LATE}, o.number) < ({was_late}::int, {number})")
    orders = (
        f"(SELECT o.*, {_LATE} AS is_late FROM purchase_order o WHERE {where}"
        f" ORDER BY is_late DESC, o.number DESC LIMIT {check_limit(limit) + 1})"
    )
    async with transaction(who):
        sql = _ORDER.format(orders=orders) + " ORDER BY o.is_late DESC, o.number DESC"
        rows = await fetch_as(OrderOut, sql, *where.args)
    return page([_with_state(row) for row in rows], limit, lambda row: [int(row.late), row.number])


def _from_today(who: Actor) -> Where:
    """The first arguments of `_ORDER`: the day, and whose lines count."""
    where = Where()
    where.argument(today())
    where.argument(own_schools(who))
    return where


async def by_numbers(who: Actor, numbers: Sequence[str]) -> list[OrderOut]:
    """Those of these orders that the caller may see, in the order of their numbers. Call inside a transaction."""
    where = seen(who, _from_today(who))
    where.add("o.number = ANY({}::text[])", list(numbers))
    rows = await fetch_as(
        OrderOut, f"{_ORDER.format(orders='purchase_order')} WHERE {where} ORDER BY o.number", *where.args
    )
    return [_with_state(row) for row in rows]


async def numbered(who: Actor, own_number: str) -> list[str]:
    """The numbers of the orders (one in each board) that bear this number of their board's own."""
    where = seen(who, Where())
    where.add(_OWN_NUMBER, own_number)
    async with transaction(who):
        return [
            row["number"]
            for row in await fetch(f"SELECT o.number FROM purchase_order o WHERE {where} LIMIT 2", *where.args)
        ]


async def one(who: Actor, number: str) -> OrderFile:
    """An order whole. Raises NotFound."""
    async with transaction(who):
        row = await found(who, number)
        lines = await lines_of(who, row["id"])
        supplier = await fetch_as(
            SupplierOut,
            "SELECT code, name, neq, address_1, address_2, postal_code, municipality_name, email,"
            " gst_number, qst_number FROM supplier WHERE id = $1",
            row["supplier"],
        )
        rates = (await rates_on(who, await _priced_on(row))).rates
        leaves_at, mail = await mail_of(row["message"])
        order = (await by_numbers(who, [number]))[0]
        return OrderFile(
            order=order,
            supplier=supplier[0],
            lines=lines,
            gst_ppm=rates[GST],
            qst_ppm=rates[QST],
            approvers=await _approvers(who, row["id"]),
            leaves_at=leaves_at,
            mail=mail,
            extract=sum(line.before_tax_cents for line in lines) != row["before_tax_cents"],
            needs_authorisation=State(row["state"]) is State.draft
            and over(row["before_tax_cents"], await limits.on(row["board"], today())),
            english=await fetch_value("SELECT kind IN ('Anglo', 'Statut') FROM board WHERE code = $1", row["board"]),
            timeline=await timeline("order", number),
        )


async def _priced_on(row: Any) -> date:
    """The day of the rates of an order: its baskets were priced when they were submitted, perhaps before a change."""
    submitted = await fetch_value(
        'SELECT max(s.submitted_at) FROM order_part t JOIN selection s ON s.id = t.selection WHERE t."order" = $1',
        row["id"],
    )
    moment: datetime = submitted or row["made_at"]
    return moment.astimezone(MONTREAL).date()


async def lines_of(who: Actor, order: Any) -> list[OrderLineOut]:
    """The lines of an order that the caller may see. Call inside a transaction."""
    return await fetch_as(OrderLineOut, _LINES, order, own_schools(who))


def expected(line: OrderLineOut, *, board: str, order: str, nothing: bool = False) -> Expected:
    """What the floor is told of a line."""
    return Expected(
        source=str(line.id), board=board, school=line.school, category=line.category,
        quantity=0 if nothing else line.outstanding, expected_on=line.expected_on, label=order,
    )  # fmt: skip


async def locked(who: Actor, number: str) -> Any:
    """The order's row, locked: callers take turns. Raises NotFound. Call inside a transaction."""
    if who.scope is Scope.school:
        raise NotFound()
    return await found(who, number, lock=True)


async def found(who: Actor, number: str, *, lock: bool = False) -> Any:
    """The row of an order that the caller may see. Raises NotFound. Call inside a transaction."""
    where = seen(who, Where())
    where.add("o.number = {}", number)
    row = await fetch_one(
        f"SELECT o.* FROM purchase_order o WHERE {where}{' FOR UPDATE OF o' if lock else ''}", *where.args
    )
    if row is None:
        raise NotFound()
    return row


async def _approvers(who: Actor, order: Any) -> list[str]:
    rows = await fetch(
        "SELECT DISTINCT a.person_name FROM approval a JOIN order_part t ON t.selection = a.selection"
        " WHERE t.\"order\" = $1 AND a.decision = 'approved' AND a.voided_at IS NULL"
        " AND ($2::text[] IS NULL OR a.school = ANY($2)) ORDER BY 1",
        order, own_schools(who),
    )  # fmt: skip
    return [row["person_name"] for row in rows]


async def mail_of(message: Any) -> tuple[datetime | None, str]:
    """When the message leaves (while it waits its two minutes), and what became of it: waiting, sent, failed or none."""
    if message is None:
        return None, "none"
    async with transaction(system()):  # a school sees its order, not the board's mail
        row = await fetch_one(
            "SELECT not_before, attempts, sent_at, failed_at, cancelled_at FROM outbox WHERE id = $1", message
        )
    if row is None or row["cancelled_at"]:
        return None, "none"
    if row["sent_at"] or row["failed_at"]:
        return None, "sent" if row["sent_at"] else "failed"
    return (row["not_before"] if row["attempts"] == 0 else None), "waiting"


def _with_state(order: OrderOut) -> OrderOut:
    order.state = State(order.state)
    return order
