"""What a board is owed and owes: goods received and not invoiced, credits that suppliers have not given yet."""

from collections.abc import Sequence
from uuid import UUID

from allocations.invoices.queries import own_schools
from allocations.invoices.schemas import ExpectedCredit, UninvoicedLine
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, transaction
from kit.filters import Where, visible
from kit.paging import Page, check_limit, decode, page

# Units credited after they were sent back, of the lines `l` of the outer query.
_GONE = """
LEFT JOIN LATERAL (
    SELECT -coalesce(sum(c.quantity), 0)::int AS credited FROM invoice_charge c JOIN invoice v ON v.id = c.invoice
    WHERE c.order_line = l.id AND v.credit_for = 'return' AND v.state IN ('approved', 'paid')
) g ON true
"""

# Unit i of n costs floor(c·i/n) − floor(c·(i−1)/n), as receipts and invoices say it.
_UNINVOICED_CENTS = """l.charged_cents * l.received / l.quantity
    - l.charged_cents * (l.invoiced + g.credited + l.settled) / l.quantity"""

_LINES = f"""
SELECT o.number AS "order", l.position, p.code AS supplier, p.name AS supplier_name, l.description, l.school, l.envelope,
       m.code AS measure, l.received, l.returned, l.invoiced,
       l.received - g.credited - l.settled - l.invoiced AS uninvoiced,
       ({_UNINVOICED_CENTS})::bigint AS uninvoiced_cents
FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN supplier p ON p.id = o.supplier
JOIN envelope e ON e.id = l.envelope JOIN measure m ON m.id = e.measure {_GONE}
WHERE l.received > l.invoiced AND l.received > l.invoiced + g.credited + l.settled AND {{where}}
ORDER BY o.number, l.position LIMIT {{limit}}
"""

_BY_ENVELOPE = f"""
SELECT l.envelope, sum({_UNINVOICED_CENTS})::bigint AS cents FROM order_line l {_GONE}
WHERE l.envelope = ANY($1::uuid[]) AND l.received > l.invoiced AND l.received > l.invoiced + g.credited + l.settled GROUP BY l.envelope
"""

# Units sent back that are on an approved invoice; then what a decision asked for and credit notes have not given.
_CREDITS = """
SELECT * FROM (
    SELECT 'return' AS why, o.number AS "order", l.position, NULL::text AS invoice, p.code AS supplier, p.name AS supplier_name,
           l.description, l.invoiced + l.returned - l.received AS units,
           (l.invoiced + l.returned - l.received) * l.unit_before_tax_cents AS cents
    FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN supplier p ON p.id = o.supplier
    WHERE l.returned > 0 AND l.invoiced > l.received - l.returned AND {lines}
    UNION ALL
    SELECT 'decision', o.number, 0, v.number, p.code, p.name, '', 0, v.expected_credit_cents - coalesce(n.cents, 0)
    FROM invoice v JOIN purchase_order o ON o.id = v."order" JOIN supplier p ON p.id = v.supplier
    LEFT JOIN LATERAL (SELECT sum(before_tax_cents)::bigint AS cents FROM invoice
                       WHERE credits = v.id AND credit_for <> 'return' AND state IN ('approved', 'paid')) n ON true
    WHERE v.state IN ('approved', 'paid') AND v.expected_credit_cents > coalesce(n.cents, 0) AND {invoices}
) found ORDER BY "order", position, invoice
"""


async def uninvoiced(who: Actor, *, limit: int, after: str | None) -> Page[UninvoicedLine]:
    """Order lines of which more is received than invoiced, oldest order first."""
    where = visible(who, "invoice.read", board="l.board", school="l.school")
    if keys := decode(after, keys=2):
        order, position = where.argument(str(keys[0])), where.argument(str(keys[1]))
        where.parts.append(f"(o.number, l.position) > ({order}, ({position}::text)::int)")
    sql = _LINES.format(where=where, limit=check_limit(limit) + 1)
    async with transaction(who):
        rows = await fetch_as(UninvoicedLine, sql, *where.args)
    return page(rows, limit, lambda row: [row.order, row.position])


async def uninvoiced_of(who: Actor, envelopes: Sequence[UUID]) -> dict[UUID, int]:
    """Of what these envelopes have spent, the cents that no invoice asks for yet (« dont non facturé »)."""
    who.must("envelope.read")
    async with transaction(who):
        return {row["envelope"]: row["cents"] for row in await fetch(_BY_ENVELOPE, list(envelopes))}


async def expected_credits(who: Actor) -> list[ExpectedCredit]:
    """Credits that suppliers owe. A school reads those of its own lines."""
    lines = visible(who, "invoice.read", board="l.board", school="l.school")
    invoices = Where()
    invoices.args = lines.args
    if who.scope is not Scope.system:
        invoices.add("v.board = {}", who.board)
    if own_schools(who) is not None:
        invoices.parts.append("false")
    async with transaction(who):
        return await fetch_as(ExpectedCredit, _CREDITS.format(lines=lines, invoices=invoices), *lines.args)
