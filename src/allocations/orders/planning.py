"""What waits to be ordered and what each of it becomes: one temporary table, of which a preview reads and a build writes.

A line is an item of an approved basket that is on no order that stands. It goes to an order of its supplier, year and contract (and
building or school, where the board has its orders delivered so), or stays aside for a reason. Its taxes are its shares of what its
basket's invoice has left for the lines on no order, by largest remainder: a basket ordered in several parts, at once or in turn, pays
its frozen taxes to the cent. An écofrais goes where its product goes.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from allocations.orders.rules import NotOrderable
from allocations.procurement.queries import FAMILIES, TENDERED
from allocations.years.queries import still_open
from allocations.years.rules import YearClosed
from catalog.products.offers import binding
from kit.clock import today
from kit.database import execute, fetch, fetch_value

# On an order that stands: what amends a line is not the item's first.
_LIVE = """(order_line l JOIN purchase_order o ON o.id = l."order" AND o.state <> 'cancelled') ON l.item = i.id AND l.amends IS NULL"""

# What a school year that is closed still has approved is told; what was ordered of it in part is its accounts' to tell.
_WANTED = f"""
SELECT s.id, s.number FROM selection s
WHERE s.board = $1 AND ($2::text[] IS NULL OR s.number = ANY($2)) AND s.state IN ('approved', 'ordered')
    AND (s.state = 'approved' OR {still_open("s.year")})
    AND EXISTS (SELECT FROM selection_item i LEFT JOIN {_LIVE} WHERE i.selection = s.id AND l.id IS NULL AND i.released_at IS NULL)
ORDER BY s.id
"""

_CLOSED_YEAR = """
SELECT year FROM selection WHERE board = $1 AND number = ANY($2::text[]) AND year IN (
    SELECT code FROM school_year WHERE state IN ('closed', 'reporting')) ORDER BY year LIMIT 1
"""

# The price that was frozen ended, and no price of the same amount, supplier and contract is in force: nobody has confirmed it.
_ENDED = """coalesce(h.price_until < $2, false) AND NOT EXISTS (
    SELECT FROM price x WHERE x.product = h.product AND x.supplier = h.supplier AND x.contract IS NOT DISTINCT FROM h.contract
        AND x.before_tax_cents = h.unit_before_tax_cents AND (x.board IS NULL OR x.board = h.board)
        AND x.from_day <= $2 AND (x.until_day IS NULL OR x.until_day >= $2))"""

_REASON = f"""CASE
    WHEN NOT {still_open("h.year")} THEN 'year_closed'
    WHEN least(h.last_commit_on, h.last_spend_on) < $2 THEN 'last_day'
    WHEN h.product_closed_on <= $2 THEN 'product_closed'
    WHEN h.supplier_closed_on <= $2 THEN 'supplier_closed'
    WHEN k.id IS NOT NULL AND NOT ({binding("k", day="$2", board="h.board")}) THEN 'contract_ended'
    WHEN {_ENDED} THEN 'price_ended'
    WHEN h.mandatory_contract IS NOT NULL AND NOT $3::boolean THEN 'outside_contract'
END"""

# Text each time: a statement that was prepared on the table must find the types that it had.
_PLACE = {
    "one": "''::text",
    "building": "coalesce(nullif(i.building, ''), i.school)::text",
    "school": "i.school::text",
}

# $1 the baskets, $2 the day, $3 whether purchases outside a mandatory contract are justified.
_PLAN = f"""
CREATE TEMP TABLE planned ON COMMIT DROP AS
WITH {FAMILIES},
item AS MATERIALIZED (  -- once: the planner would ask each reason three times
    SELECT h.*, k.number AS contract_number, CASE WHEN NOT h.on_order THEN {_REASON} END AS reason FROM (
    SELECT i.*, s.number AS basket, s.year, s.envelope, b.position AS line_position, l.id IS NOT NULL AS on_order,
           coalesce(sum(l.gst_cents) OVER invoice, 0) AS gst_used, coalesce(sum(l.qst_cents) OVER invoice, 0) AS qst_used,
           y.last_commit_on, y.last_spend_on, p.closed_on AS product_closed_on, u.closed_on AS supplier_closed_on,
           u.code AS supplier_code, fee.fee IS NOT NULL AS is_fee
    FROM selection s JOIN selection_item i ON i.selection = s.id JOIN selection_line b ON b.id = i.line
    JOIN envelope e ON e.id = s.envelope LEFT JOIN measure_year y ON y.measure = e.measure AND y.year = e.year
    JOIN product p ON p.id = i.product JOIN supplier u ON u.id = i.supplier
    LEFT JOIN (SELECT DISTINCT fee FROM eco_fee) fee ON fee.fee = i.product
    LEFT JOIN {_LIVE}
    WHERE s.id = ANY($1::uuid[]) WINDOW invoice AS (PARTITION BY i.selection, i.supplier)
    ) h LEFT JOIN contract k ON k.id = h.contract
), fee_host AS (
    SELECT DISTINCT ON (f.id) f.id AS fee, h.contract, h.contract_number, h.reason
    FROM item f JOIN item h ON h.selection = f.selection AND h.line = f.line AND h.supplier = f.supplier AND NOT h.is_fee
        AND NOT h.on_order AND strpos(f.description, ' – ' || left(h.description, 90)) > 0
    WHERE f.is_fee AND NOT f.on_order ORDER BY f.id, length(h.description) DESC, h.id
), hosted AS (
    SELECT i.*, v.gst_cents - i.gst_used AS gst_left, v.qst_cents - i.qst_used AS qst_left, v.gst_cents AS invoice_gst,
           v.gst_rebate_cents AS invoice_gst_rebate, CASE WHEN f.fee IS NULL THEN i.reason ELSE f.reason END AS host_reason,
           CASE WHEN f.fee IS NULL THEN i.contract ELSE f.contract END AS host_contract,
           coalesce(CASE WHEN f.fee IS NULL THEN i.contract_number ELSE f.contract_number END, '') AS host_number
    FROM item i JOIN selection_invoice v ON v.selection = i.selection AND v.supplier = i.supplier
    LEFT JOIN fee_host f ON f.fee = i.id WHERE NOT i.on_order
), shared AS (
    SELECT *, gst_left * before_tax_cents / whole AS gst_floor, qst_left * before_tax_cents / whole AS qst_floor,
           row_number() OVER (PARTITION BY selection, supplier
               ORDER BY gst_left * before_tax_cents % whole DESC, line_position, description, id) AS gst_place,
           row_number() OVER (PARTITION BY selection, supplier
               ORDER BY qst_left * before_tax_cents % whole DESC, line_position, description, id) AS qst_place
    FROM (SELECT *, sum(before_tax_cents) OVER (PARTITION BY selection, supplier)::bigint AS whole FROM hosted) weighed
), rounded AS (
    SELECT *, (gst_floor + (gst_place <= gst_left - sum(gst_floor) OVER invoice)::int)::bigint AS gst,
           (qst_floor + (qst_place <= qst_left - sum(qst_floor) OVER invoice)::int)::bigint AS qst
    FROM shared WINDOW invoice AS (PARTITION BY selection, supplier)
)
SELECT i.id AS item, i.selection, i.basket, i.year, i.envelope, i.board, i.school, i.building, i.supplier, i.supplier_code, i.product,
       i.description, i.line_position, i.quantity, i.contract, i.mandatory_contract, i.unit_before_tax_cents, i.before_tax_cents,
       i.gst AS gst_cents, i.qst AS qst_cents, i.net_cents, i.charged_cents, i.invoice_gst, i.invoice_gst_rebate,
       i.host_reason AS reason, i.host_number AS contract_number, f.code AS family, {TENDERED} AS tendered, {{place}} AS place,
       CASE WHEN i.host_reason IS NULL THEN dense_rank() OVER (
           ORDER BY i.host_reason IS NOT NULL, i.year, i.supplier_code, i.host_number, i.host_contract, {{place}}) END::int AS place_number
FROM rounded i JOIN family f ON f.product = i.product LEFT JOIN contract k ON k.id = i.contract
WHERE i.released_at IS NULL
"""


async def wanted(board: str, selections: Sequence[str] | None, *, lock: bool = False) -> list[UUID]:
    """The baskets of a board that have something on no order: those named, or all. Call inside a transaction.

    Raises YearClosed for a named one of a closed year, NotOrderable for one that has nothing to order.
    """
    named = None if selections is None else list(selections)
    if year := await fetch_value(_CLOSED_YEAR, board, named or []):
        raise YearClosed(year=year)
    rows = await fetch(_WANTED + (" FOR UPDATE OF s" if lock else ""), board, named)
    if lock:  # asked again once they are locked: a statement that has waited for a row still sees the orders of before
        rows = await fetch(_WANTED, board, [row["number"] for row in rows])
    for number in sorted(set(named or ()) - {row["number"] for row in rows}):
        raise NotOrderable(number=number)
    return [row["id"] for row in rows]


@asynccontextmanager
async def planned(baskets: Sequence[UUID], *, delivery: str, justified: bool) -> AsyncIterator[int]:
    """The table `planned` for the block: a line an item; how many orders they become. Call inside a transaction.

    `place_number`: 1 … of its order, in the order in which they are numbered; NULL: the line stays aside, for `reason`.
    """
    await execute(_PLAN.format(place=_PLACE[delivery]), list(baskets), today(), justified)
    await execute("ANALYZE planned (place_number, selection)")
    yield await fetch_value("SELECT coalesce(max(place_number), 0) FROM planned")
    # For the next plan of the same transaction; an error rolls it back with the rest.
    await execute("DROP TABLE planned")
