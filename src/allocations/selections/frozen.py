"""A selection as it was submitted: its items and invoices, never priced anew."""

from typing import Any
from uuid import UUID

from allocations.selections.pricing import Basket, Invoice, Item, Offer, Part
from catalog.taxes.rules import Priced, add_up
from kit.database import fetch
from kit.i18n import name_sql

_ITEMS = """
SELECT i.line, i.product, p.code, i.description AS name, p.category, {category} AS category_name, p.tracked, i.quantity, i.building,
       i.supplier, v.code AS supplier_code, v.name AS supplier_name, i.unit_before_tax_cents, i.price_source, i.before_tax_cents,
       i.net_cents, i.charged_cents, i.price_until, i.contract, coalesce(k.number, '') AS contract_number, i.mandatory_contract
FROM selection_item i LEFT JOIN contract k ON k.id = i.contract JOIN product p ON p.id = i.product JOIN category c ON c.code = p.category
JOIN supplier v ON v.id = i.supplier JOIN selection_line l ON l.id = i.line
WHERE i.selection = $1 ORDER BY l.position, i.id
"""

_INVOICES = """
SELECT n.*, v.code AS supplier_code, v.name AS supplier_name
FROM selection_invoice n JOIN supplier v ON v.id = n.supplier WHERE n.selection = $1 ORDER BY v.code
"""


async def frozen(selection: UUID) -> Basket:
    """A selection as it was submitted. Call in a transaction."""
    items: dict[UUID, list[Item]] = {}
    for row in await fetch(_ITEMS.format(category=name_sql("c")), selection):
        offer = Offer(
            row["supplier"],
            row["supplier_code"],
            row["supplier_name"],
            row["unit_before_tax_cents"],
            row["price_source"],
            until_day=row["price_until"],
            contract=row["contract"],
            contract_number=row["contract_number"],
            mandatory_contract=row["mandatory_contract"],
        )
        part = Part(
            line=row["line"], product=row["product"], code=row["code"], name=row["name"], category=row["category"],
            category_name=row["category_name"], tracked=row["tracked"], each=1, quantity=row["quantity"], closed=False,
            offer=offer, building=row["building"],
        )  # fmt: skip
        item = Item(part, row["before_tax_cents"], row["net_cents"], row["charged_cents"])
        items.setdefault(row["supplier"], []).append(item)
    invoices = [
        Invoice(
            row["supplier"], row["supplier_code"], row["supplier_name"], _priced(row, items[row["supplier"]]),
            row["charged_cents"], items[row["supplier"]],
        )
        for row in await fetch(_INVOICES, selection)
    ]  # fmt: skip
    return Basket(
        invoices=invoices,
        priced=add_up([invoice.priced for invoice in invoices]),
        charged=sum(invoice.charged for invoice in invoices),
    )


def _priced(row: Any, items: list[Item]) -> Priced:
    return Priced(
        before_tax=row["before_tax_cents"],
        gst=row["gst_cents"],
        qst=row["qst_cents"],
        gst_rebate=row["gst_rebate_cents"],
        qst_rebate=row["qst_rebate_cents"],
        total=row["total_cents"],
        net=row["net_cents"],
        line_net=[item.net for item in items],
        line_total=[],
    )
