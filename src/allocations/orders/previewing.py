"""What building orders would do, said before it is done, out of the same plan."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from allocations.orders import delivering
from allocations.orders.aside import ASIDE_ADVICE, Aside, outcome
from allocations.orders.grouping_schemas import AsideLine, Plan, PlannedOrder, PlannedPart
from allocations.orders.planning import planned, wanted
from allocations.procurement.queries import Making, warnings_of_making
from allocations.procurement.rules import Warned
from kit.actor import Actor, Scope
from kit.database import fetch, transaction
from kit.errors import Forbidden
from kit.i18n import _, name_sql

MOST_ASIDE = 200

_PARTS = """
SELECT q.place_number, q.supplier_code AS supplier, v.name AS supplier_name, q.year, q.contract_number AS contract, q.place,
       s.number AS selection, s.title, s.school, c.name AS school_name, q.envelope, m.code AS measure, q.lines, q.units,
       q.before_tax_cents, q.gst_cents, q.qst_cents, q.before_tax_cents + q.gst_cents + q.qst_cents AS total_cents, q.net_cents,
       q.charged_cents
FROM (SELECT place_number, supplier, supplier_code, year, contract_number, CASE WHEN $1 THEN place ELSE '' END AS place, selection,
             envelope, count(*)::int AS lines, sum(quantity)::int AS units, sum(before_tax_cents)::bigint AS before_tax_cents,
             sum(gst_cents)::bigint AS gst_cents, sum(qst_cents)::bigint AS qst_cents, sum(net_cents)::bigint AS net_cents,
             sum(charged_cents)::bigint AS charged_cents
      FROM planned WHERE place_number IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) q
JOIN selection s ON s.id = q.selection JOIN supplier v ON v.id = q.supplier JOIN school c ON c.code = s.school
JOIN envelope e ON e.id = q.envelope JOIN measure m ON m.id = e.measure
ORDER BY q.place_number, s.school, s.number
"""

_ASIDE = """
SELECT p.basket AS selection, p.school, p.supplier_code AS supplier, q.code AS product, p.description, p.quantity, p.reason
FROM planned p JOIN product q ON q.id = p.product WHERE p.reason IS NOT NULL
ORDER BY p.basket, p.line_position, p.description, p.item LIMIT $1
"""

_MAKING = """
SELECT p.place_number AS "order", p.supplier, p.family, f.name, sum(p.before_tax_cents)::bigint AS cents
FROM planned p LEFT JOIN (SELECT code, {name} AS name FROM goods_family f UNION ALL
                          SELECT g.code, {category} FROM category g WHERE NOT EXISTS (SELECT FROM goods_family x WHERE x.code = g.code)) f
    ON f.code = p.family
WHERE p.place_number IS NOT NULL AND NOT p.tendered GROUP BY 1, 2, 3, 4 ORDER BY 1, 3
"""


async def preview(who: Actor, *, selections: Sequence[str] | None = None, justified: bool = False) -> Plan:
    """Exactly what `operations.build` would make now of these approved choices (all that wait where none is named).

    Nothing is written. `justified`: as if a justification were given for what is outside a mandatory contract. Raises as `build`,
    but says where nothing can be ordered.
    """
    who.must("order.write")
    if who.scope is Scope.school:  # orders are the whole board's
        raise Forbidden()
    board = who.board or ""
    async with transaction(who):
        grouping = await delivering.of(board)
        baskets = await wanted(board, selections)
        async with planned(baskets, delivery=grouping.delivery, justified=justified):
            parts = await fetch(_PARTS, grouping.delivery != "one")
            warnings = await warned(board)
            aside = [_aside(row) for row in await fetch(_ASIDE, MOST_ASIDE)]
            counts = await aside_counts()
    least = grouping.minimum_before_tax_cents
    orders = [
        _order(list(own), warnings.get(place, []), least)
        for place, own in groupby(parts, key=lambda row: row["place_number"])
    ]
    ordered = len({row["selection"] for row in parts})
    return Plan(
        selections=ordered,
        lines=sum(order.lines for order in orders),
        orders=orders,
        aside_lines=sum(counts.values()),
        aside=aside,
        minimum_before_tax_cents=least,
        sentence=outcome(ordered, len(orders), counts),
    )


async def warned(board: str) -> Mapping[int, list[Warned]]:
    """What the watch on the law says of each order of the plan, by its place. Inside `planned`."""
    rows = await fetch(_MAKING.format(name=name_sql("f"), category=name_sql("g")))
    return await warnings_of_making(board, [Making(**row) for row in rows])


async def aside_counts() -> dict[Aside, int]:
    """How many lines of the plan stay aside, by their reason. Inside `planned`."""
    rows = await fetch("SELECT reason, count(*)::int AS n FROM planned WHERE reason IS NOT NULL GROUP BY reason")
    return {Aside(row["reason"]): row["n"] for row in rows}


def _order(rows: Sequence[Any], warnings: list[Warned], least: int | None) -> PlannedOrder:
    first = rows[0]
    sums = {
        name: sum(row[name] for row in rows)
        for name in (
            "lines", "units", "before_tax_cents", "gst_cents", "qst_cents", "total_cents", "net_cents", "charged_cents",
        )
    }  # fmt: skip
    return PlannedOrder(
        supplier=first["supplier"],
        supplier_name=first["supplier_name"],
        year=first["year"],
        contract=first["contract"],
        place=first["place"],
        small=least is not None and sums["before_tax_cents"] < least,
        warnings=warnings,
        parts=[PlannedPart(**{name: row[name] for name in PlannedPart.__struct_fields__}) for row in rows],
        **sums,
    )


def _aside(row: Any) -> AsideLine:
    reason = Aside(row["reason"])
    return AsideLine(**{**row, "reason": reason}, sentence=_(ASIDE_ADVICE[reason]))
