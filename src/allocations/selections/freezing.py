"""Keeping what a selection buys, at which supplier's price, and what each supplier is paid: never priced anew but by `repricing`."""

from typing import Any

from allocations.selections.pricing import Basket, Invoice, Item
from kit.clock import now, today
from kit.database import execute

# After its items: `price_until` is the last day of the one of their prices that ends first.
_PRICED = """
UPDATE selection s SET before_tax_cents = $2, gst_cents = $3, qst_cents = $4, gst_rebate_cents = $5, qst_rebate_cents = $6,
    net_cents = $7, charged_cents = $8, priced_on = $9, price_until = (
        SELECT min(i.price_until) FROM selection_item i WHERE i.selection = s.id),
    {state} version = version + 1 WHERE id = $1
"""
_SUBMITTED = _PRICED.format(state="state = 'submitted', submitted_at = $10, decided_at = NULL, decision_reason = '',")
_REPRICED = _PRICED.format(state="")

_ITEMS = """
INSERT INTO selection_item (selection, board, school, line, product, supplier, building, description, quantity,
                            unit_before_tax_cents, before_tax_cents, net_cents, charged_cents, price_source,
                            price_until, contract, mandatory_contract)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::int[], $10::bigint[],
                                   $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::date[], $16::uuid[], $17::uuid[]) AS i
"""

_INVOICES = """
INSERT INTO selection_invoice (selection, board, school, supplier, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
                               qst_rebate_cents, total_cents, net_cents, charged_cents)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                                   $10::bigint[], $11::bigint[], $12::bigint[]) AS i
"""


async def freeze(row: Any, basket: Basket) -> None:
    """Submit at these prices: what is bought, from whom, and what each supplier is paid."""
    await _keep(row, basket)
    await execute(_SUBMITTED, row["id"], *_totals(basket), today(), now())


async def freeze_again(row: Any, basket: Basket) -> None:
    """The same at other prices; where the basket stands does not change."""
    for table in ("selection_item", "selection_invoice"):
        await execute(f"DELETE FROM {table} WHERE selection = $1", row["id"])
    await _keep(row, basket)
    await execute(_REPRICED, row["id"], *_totals(basket), today())


async def _keep(row: Any, basket: Basket) -> None:
    place = (row["id"], row["board"], row["school"])
    await execute(_ITEMS, *place, *_columns([_item(item) for item in basket.items]))
    await execute(_INVOICES, *place, *_columns([_invoice(invoice) for invoice in basket.invoices]))


def _totals(basket: Basket) -> tuple[int, ...]:
    priced = basket.priced
    return (
        priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.net, basket.charged,
    )  # fmt: skip


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _item(item: Item) -> tuple[Any, ...]:
    part, offer = item.part, item.part.offer
    assert offer is not None  # `problems` names a part without a price
    return (
        part.line, part.product, offer.supplier, part.building, part.name, part.quantity, offer.unit_before_tax_cents,
        item.before_tax, item.net, item.charged, offer.source, offer.until_day, offer.contract,
        offer.mandatory_contract,
    )  # fmt: skip


def _invoice(invoice: Invoice) -> tuple[int | object, ...]:
    priced = invoice.priced
    return (
        invoice.supplier, priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.total,
        priced.net, invoice.charged,
    )  # fmt: skip


def facts(basket: Basket) -> dict[str, Any]:
    """What the trail keeps of a submission."""
    return {
        "net_cents": basket.priced.net,
        "charged_cents": basket.charged,
        "items": [
            {
                "product": item.part.code,
                "supplier": item.part.offer and item.part.offer.supplier_code,
                "quantity": item.part.quantity,
                "before_tax_cents": item.before_tax,
            }
            for item in basket.items
        ],
    }
