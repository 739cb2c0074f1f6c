"""The rows of new orders, out of the plan: three statements, however many orders they make."""

from collections.abc import Mapping, Sequence

from allocations.orders import rules
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch
from kit.ids import new_id
from kit.numbers import next_numbers

_ORDERS = """
INSERT INTO purchase_order (id, number, board, supplier, year, state, made_by, made_by_name, made_at, requested_on, law_reason,
                            law_reason_by_name, law_reason_at, before_tax_cents, gst_cents, qst_cents, total_cents, net_cents)
SELECT n.id, n.number, $1, p.supplier, p.year, 'draft', $2, $3::text, $4, $5, n.reason, CASE WHEN n.reason <> '' THEN $3::text ELSE '' END,
       CASE WHEN n.reason <> '' THEN $4::timestamptz END, sum(p.before_tax_cents), sum(p.gst_cents), sum(p.qst_cents),
       sum(p.before_tax_cents + p.gst_cents + p.qst_cents), sum(p.net_cents)
FROM unnest($6::uuid[], $7::text[], $8::text[]) WITH ORDINALITY AS n (id, number, reason, place)
JOIN planned p ON p.place_number = n.place GROUP BY n.id, n.number, n.reason, p.supplier, p.year
"""

# A part is what its lines are; of a whole invoice it is the frozen one. The rebates that it splits into add up to the same net cost.
_LINES = """
WITH part AS (
    INSERT INTO order_part ("order", selection, envelope, board, school, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
                            qst_rebate_cents, net_cents, charged_cents)
    SELECT "order", selection, envelope, board, school, before_tax, gst, qst, gst_rebate, rebates - gst_rebate, net, charged
    FROM (SELECT *, least(rebates, CASE WHEN invoice_gst = 0 THEN invoice_gst_rebate
                          ELSE (2 * invoice_gst_rebate * gst + invoice_gst) / (2 * invoice_gst) END) AS gst_rebate
          FROM (SELECT n.id AS "order", p.selection, p.envelope, p.board, p.school, sum(p.before_tax_cents)::bigint AS before_tax,
                       sum(p.gst_cents)::bigint AS gst, sum(p.qst_cents)::bigint AS qst,
                       sum(p.before_tax_cents + p.gst_cents + p.qst_cents - p.net_cents)::bigint AS rebates,
                       sum(p.net_cents)::bigint AS net, sum(p.charged_cents)::bigint AS charged,
                       min(p.invoice_gst) AS invoice_gst, min(p.invoice_gst_rebate) AS invoice_gst_rebate
                FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, place) JOIN planned p ON p.place_number = n.place
                GROUP BY n.id, p.selection, p.envelope, p.board, p.school) summed) split
    RETURNING id, "order", selection
)
INSERT INTO order_line ("order", part, item, envelope, board, school, building, product, description, position, quantity, contract,
                        unit_before_tax_cents, before_tax_cents, gst_cents, qst_cents, net_cents, charged_cents, expected_on,
                        exception_reason, attested_by_name, attested_at)
SELECT n.id, t.id, p.item, p.envelope, p.board, p.school, p.building, p.product, p.description,
       row_number() OVER (PARTITION BY n.id ORDER BY p.school, p.basket, p.line_position, p.description, p.item),
       p.quantity, p.contract, p.unit_before_tax_cents, p.before_tax_cents, p.gst_cents, p.qst_cents, p.net_cents, p.charged_cents,
       $2, CASE WHEN outside THEN $3::text ELSE '' END, CASE WHEN outside THEN $4::text ELSE '' END,
       CASE WHEN outside THEN $5::timestamptz END
FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, place)
JOIN (SELECT *, mandatory_contract IS NOT NULL AS outside FROM planned) p ON p.place_number = n.place
JOIN part t ON t."order" = n.id AND t.selection = p.selection
"""

_ORDERED = """
UPDATE selection SET state = 'ordered', version = version + 1
WHERE id IN (SELECT selection FROM planned WHERE place_number IS NOT NULL)
"""


async def write(who: Actor, *, requested_on: object, justification: str, reasons: Mapping[int, str]) -> list[str]:
    """The drafts of the plan; their numbers. `reasons`: why an order, by its place, passes a threshold.

    Called inside the transaction that has locked the baskets and holds the table `planned`.
    """
    years = await fetch("SELECT DISTINCT place_number, year FROM planned WHERE place_number IS NOT NULL ORDER BY 1")
    numbers = await _numbers(who.board or "", [row["year"] for row in years])
    ids = [new_id() for _number in numbers]
    await execute(
        _ORDERS, who.board, who.person, who.name, now(), requested_on, ids, numbers,
        [reasons.get(place, "") for place in range(1, len(numbers) + 1)],
    )  # fmt: skip
    await execute(_LINES, ids, requested_on, justification, who.name, now())
    await execute(_ORDERED)
    return numbers


async def _numbers(board: str, years: Sequence[str]) -> list[str]:
    """One number for each order, in order; the series of each year is locked once."""
    given = {year: iter(await next_numbers(f"order {board} {year}", years.count(year))) for year in sorted(set(years))}
    return [rules.number(board, year, next(given[year])) for year in years]
