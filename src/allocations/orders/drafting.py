"""The rows of new orders, out of approved choices that wait: a few statements, however many orders they make."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from allocations.orders import rules
from kit.actor import Actor
from kit.clock import now
from kit.database import execute
from kit.numbers import next_numbers

# Each statement works on all orders at once; the parts are copies of the frozen invoices, never priced anew.
_ORDERS = """
INSERT INTO purchase_order (number, board, supplier, year, state, made_by, made_by_name, made_at, requested_on,
                            before_tax_cents, gst_cents, qst_cents, total_cents, net_cents)
SELECT n.number, $1, v.supplier, n.year, 'draft', $4, $5, $9, $6, sum(v.before_tax_cents), sum(v.gst_cents), sum(v.qst_cents),
       sum(v.total_cents), sum(v.net_cents)
FROM selection_invoice v JOIN selection s ON s.id = v.selection
JOIN unnest($2::text[], $7::uuid[], $8::text[]) AS n (number, supplier, year) ON n.supplier = v.supplier AND n.year = s.year
WHERE v.id = ANY($3::uuid[]) GROUP BY n.number, v.supplier, n.year
"""

_PARTS = """
INSERT INTO order_part ("order", selection, envelope, board, school, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
                        qst_rebate_cents, net_cents, charged_cents)
SELECT o.id, s.id, s.envelope, s.board, s.school, v.before_tax_cents, v.gst_cents, v.qst_cents, v.gst_rebate_cents,
       v.qst_rebate_cents, v.net_cents, v.charged_cents
FROM selection_invoice v JOIN selection s ON s.id = v.selection
JOIN purchase_order o ON o.supplier = v.supplier AND o.year = s.year AND o.number = ANY($1::text[])
WHERE v.id = ANY($2::uuid[])
"""

_LINES = """
INSERT INTO order_line ("order", part, item, envelope, board, school, building, product, description, position, quantity, contract,
                        unit_before_tax_cents, before_tax_cents, gst_cents, qst_cents, net_cents, charged_cents, expected_on)
SELECT t."order", t.id, i.id, t.envelope, i.board, i.school, i.building, i.product, i.description,
       row_number() OVER (PARTITION BY t."order" ORDER BY i.school, s.number, l.position, i.description, i.id),
       i.quantity, i.contract, i.unit_before_tax_cents, i.before_tax_cents, 0, 0, i.net_cents, i.charged_cents, o.requested_on
FROM order_part t JOIN purchase_order o ON o.id = t."order" JOIN selection s ON s.id = t.selection
JOIN selection_item i ON i.selection = t.selection AND i.supplier = o.supplier JOIN selection_line l ON l.id = i.line
WHERE o.number = ANY($1::text[])
"""

# A line's shares of its part's taxes, by largest remainder, the first lines first: they add up to the tax.
_TAXES = """
UPDATE order_line l SET gst_cents = s.gst, qst_cents = s.qst FROM (
    SELECT id, gst + (gst_place <= gst_over)::int AS gst, qst + (qst_place <= qst_over)::int AS qst
    FROM (SELECT id, gst, qst, t_gst - sum(gst) OVER same AS gst_over, t_qst - sum(qst) OVER same AS qst_over,
                 row_number() OVER (PARTITION BY part ORDER BY gst_rest DESC, position) AS gst_place,
                 row_number() OVER (PARTITION BY part ORDER BY qst_rest DESC, position) AS qst_place
          FROM (SELECT l.id, l.part, l.position, t.gst_cents AS t_gst, t.qst_cents AS t_qst,
                       t.gst_cents * l.before_tax_cents / t.before_tax_cents AS gst,
                       t.qst_cents * l.before_tax_cents / t.before_tax_cents AS qst,
                       t.gst_cents * l.before_tax_cents % t.before_tax_cents AS gst_rest,
                       t.qst_cents * l.before_tax_cents % t.before_tax_cents AS qst_rest
                FROM order_line l JOIN order_part t ON t.id = l.part JOIN purchase_order o ON o.id = l."order"
                WHERE o.number = ANY($1::text[]) AND t.before_tax_cents > 0) whole
          WINDOW same AS (PARTITION BY part)) placed) s
WHERE s.id = l.id
"""

_ORDERED = "UPDATE selection SET state = 'ordered', version = version + 1 WHERE number = ANY($1::text[])"


async def write(who: Actor, waiting: Sequence[Any], *, requested_on: date | None) -> list[str]:
    """One draft for each supplier and year of these invoices (`id`, `supplier`, supplier's `code`, `year`, choice's `number`).

    Their numbers. Called inside the transaction that has locked the choices.
    """
    groups = sorted({(row["year"], row["code"], row["supplier"]) for row in waiting})
    numbers = await _numbers(who.board or "", [year for year, _code, _supplier in groups])
    invoices = [row["id"] for row in waiting]
    await execute(
        _ORDERS, who.board, numbers, invoices, who.person, who.name, requested_on,
        [supplier for _year, _code, supplier in groups], [year for year, _code, _supplier in groups], now(),
    )  # fmt: skip
    await execute(_PARTS, numbers, invoices)
    await execute(_LINES, numbers)
    await execute(_TAXES, numbers)
    await execute(_ORDERED, list({row["number"] for row in waiting}))
    return numbers


async def _numbers(board: str, years: Sequence[str]) -> list[str]:
    """One number for each order, in order; the series of each year is locked once."""
    given = {year: iter(await next_numbers(f"order {board} {year}", years.count(year))) for year in sorted(set(years))}
    return [rules.number(board, year, next(given[year])) for year in years]
