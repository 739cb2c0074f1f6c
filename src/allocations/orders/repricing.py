"""The lines that a revision adds: priced in each part as an invoice of their own, with the taxes of the day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from allocations.orders.amendments import Added, Changed
from allocations.selections.pricing import charge
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import price_invoice
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch
from kit.money import largest_remainder

_ADD = """
INSERT INTO order_line ("order", part, item, envelope, board, school, building, product, description, position, quantity, revision,
                        amends, contract, unit_before_tax_cents, before_tax_cents, gst_cents, qst_cents, net_cents, charged_cents,
                        expected_on, exception_reason, attested_by_name, attested_at)
SELECT l."order", l.part, l.item, l.envelope, l.board, l.school, l.building, coalesce(n.product, l.product),
       coalesce(p.name, l.description), n.position, n.quantity, $1, l.id, CASE WHEN n.product IS NULL THEN l.contract END, n.unit,
       n.unit * n.quantity, n.gst, n.qst, n.net, n.charged, l.expected_on, l.exception_reason, l.attested_by_name, l.attested_at
FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
    AS n (line, position, product, quantity, unit, gst, qst, net, charged)
JOIN order_line l ON l.id = n.line LEFT JOIN product p ON p.id = n.product
"""

# An order and its parts are the sums of their lines; what is given up stays in them, as the lines do.
_GROW = """
UPDATE {table} t SET before_tax_cents = t.before_tax_cents + n.before_tax, gst_cents = t.gst_cents + n.gst,
    qst_cents = t.qst_cents + n.qst, net_cents = t.net_cents + n.net{more}
FROM (SELECT {key} AS id, sum(before_tax)::bigint AS before_tax, sum(gst)::bigint AS gst, sum(qst)::bigint AS qst,
             sum(gst_rebate)::bigint AS gst_rebate, sum(qst_rebate)::bigint AS qst_rebate, sum(net)::bigint AS net,
             sum(charged)::bigint AS charged
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
          AS part (id, "order", before_tax, gst, qst, gst_rebate, qst_rebate, net, charged) GROUP BY 1) n
WHERE t.id = n.id
"""


async def add_lines(
    who: Actor, row: Any, known: Mapping[int, Any], changes: Sequence[Changed], *, revision: int
) -> dict[UUID, int]:
    """Write the added lines and let the sums of their parts and order grow; what each line's successor is charged (cents).

    Call inside the transaction that has locked the order.
    """
    parts: dict[UUID, list[tuple[Changed, Added]]] = defaultdict(list)
    for change in changes:
        if change.added is not None:
            parts[known[change.position]["part"]].append((change, change.added))
    if not parts:
        return {}
    taxes = await rates_on(who, today())
    bases = {found["id"]: found["tax_basis"] for found in await fetch(_BASES, list(parts))}
    rows: list[tuple[Any, ...]] = []
    sums: list[tuple[Any, ...]] = []
    position = max(known)
    for part, added in parts.items():
        amounts = [new.unit_before_tax_cents * new.quantity for _change, new in added]
        priced = price_invoice(amounts, taxes.rates, taxes.rebates)
        charged, shares = charge(priced, amounts, bases[part])
        gst, qst = largest_remainder(priced.gst, amounts), largest_remainder(priced.qst, amounts)
        for n, (change, new) in enumerate(added):
            position += 1
            rows.append(
                (
                    change.line, position, new.thing.id if new.thing else None, new.quantity, new.unit_before_tax_cents,
                    gst[n], qst[n], priced.line_net[n], shares[n],
                )
            )  # fmt: skip
        sums.append(
            (
                part, row["id"], priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate,
                priced.net, charged,
            )
        )  # fmt: skip
    await execute(_ADD, revision, *map(list, zip(*rows, strict=True)))
    columns = list(map(list, zip(*sums, strict=True)))
    more = (
        ", gst_rebate_cents = t.gst_rebate_cents + n.gst_rebate, qst_rebate_cents = t.qst_rebate_cents + n.qst_rebate,"
    )
    await execute(
        _GROW.format(table="order_part", key="id", more=f"{more} charged_cents = t.charged_cents + n.charged"), *columns
    )
    await execute(
        _GROW.format(
            table="purchase_order", key='"order"', more=", total_cents = t.total_cents + n.before_tax + n.gst + n.qst"
        ),
        *columns,
    )
    return {added[0]: added[-1] for added in rows}


_BASES = """
SELECT t.id, m.tax_basis FROM order_part t JOIN envelope e ON e.id = t.envelope JOIN measure m ON m.id = e.measure
WHERE t.id = ANY($1::uuid[])
"""
