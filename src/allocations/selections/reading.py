"""The price of a selection: live while it is a draft, as it was frozen from its submission on."""

from typing import Any
from uuid import UUID

import msgspec

from allocations.envelopes import queries as envelopes
from allocations.envelopes.rules import Figures
from allocations.selections import pricing, queries
from allocations.selections.effects import floor_effects
from allocations.selections.frozen import frozen
from allocations.selections.pricing import Basket, Invoice, Offer, Part
from allocations.selections.rules import State
from allocations.selections.schemas import FloorEffect, InvoiceOut, ItemOut, LinePrice, PriceOut, ProblemOut
from catalog.products.queries import CheapestPrice, cheapest
from catalog.taxes.queries import rates_in_force
from catalog.taxes.rules import Priced, Taxes
from inventory.floor.queries import gaps_of_school
from inventory.floor.rules import NoStandard
from kit.actor import Actor
from kit.clock import MONTREAL, today
from kit.database import fetch, transaction
from kit.i18n import name_sql

_PARTS = """
SELECT l.id AS line, p.id AS product, p.code, p.name, p.category, {category} AS category_name, p.tracked,
       coalesce(bl.quantity, 1) AS each, l.quantity * coalesce(bl.quantity, 1) AS quantity,
       coalesce(p.closed_on <= $2 OR b.closed_on <= $2, false) AS closed, l.building
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN bundle_line bl ON bl.bundle = l.bundle
JOIN product p ON p.id = coalesce(bl.product, l.product) JOIN category c ON c.code = p.category
WHERE l.selection = $1 ORDER BY l.position, l.id, bl.position, p.code
"""

_LINES = """
SELECT l.id, {name} AS name, l.quantity FROM selection_line l
LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product WHERE l.selection = $1 ORDER BY l.position, l.id
"""

_ELIGIBLE = "SELECT c.category FROM measure_category c JOIN measure m ON m.id = c.measure WHERE m.code = $1"

Lines = dict[UUID, tuple[str, int]]


class Live(msgspec.Struct, frozen=True):
    """A draft as it would be submitted now."""

    basket: Basket
    parts: list[Part]
    lines: Lines
    problems: list[ProblemOut]
    taxes: Taxes


async def live(who: Actor, row: Any) -> Live:
    """Price a draft (its row of `queries.found`) at the prices and taxes in force today. Call in a transaction."""
    day = today()
    rows = await fetch(_PARTS.format(category=name_sql("c")), row["id"], day)
    offers = await cheapest([part["product"] for part in rows], on_day=day)
    parts = [Part(**part, offer=offer_of(offers.get(part["product"]))) for part in rows]
    lines = await _lines(row["id"])
    eligible = await eligible_of(row["measure_code"])
    taxes = await rates_in_force(day)
    return Live(
        basket=pricing.price(parts, taxes, row["tax_basis"]),
        parts=parts,
        lines=lines,
        problems=pricing.problems(lines, parts, eligible, row["measure_code"]),
        taxes=taxes,
    )


async def price(who: Actor, number: str) -> PriceOut:
    """What a selection costs, what is left in its envelope, what it does to the floor, what stops it. Raises NotFound."""
    async with transaction(who):
        row = await queries.found(who, number)
        figures = (await envelopes.one(who, row["envelope"])).figures
        if row["state"] == State.draft:
            return await _live_price(who, row, figures)
        return await _frozen_price(who, row, figures)


async def _live_price(who: Actor, row: Any, figures: Figures) -> PriceOut:
    now = await live(who, row)
    tax_basis = row["tax_basis"]
    units = pricing.units(now.parts)
    fit = pricing.fit(now.basket.charged, figures.free, tax_basis)
    lines = pricing.shares(now.lines, now.basket)
    if not fit.fits:
        lines = pricing.with_room(lines, now.lines, now.parts, now.taxes, tax_basis, figures.free)
    return _price_out(
        row,
        now.basket,
        lines,
        fit=fit,
        priced_on=today(),
        units=units,
        floor=await _floor(who, row["school"], units),
        problems=now.problems,
        ready=fit.fits and not now.problems,
    )


async def _frozen_price(who: Actor, row: Any, figures: Figures) -> PriceOut:
    basket = await frozen(row["id"])
    parts = [item.part for item in basket.items]
    units = pricing.units(parts)
    ordered = row["state"] == State.ordered
    held = ordered or row["state"] in (State.submitted, State.approved)
    fit = (
        pricing.held(basket.charged, figures, ordered=ordered)
        if held
        else pricing.fit(basket.charged, figures.free, row["tax_basis"])
    )
    lines = pricing.shares(await _lines(row["id"]), basket)
    return _price_out(
        row, basket, lines, fit=fit, priced_on=row["submitted_at"].astimezone(MONTREAL).date(), units=units,
        floor=await _floor(who, row["school"], units) if held and not ordered else [], problems=[], ready=False,
    )  # fmt: skip


async def eligible_of(measure: str) -> list[str]:
    """The categories that a measure (its code) pays for. Call in a transaction."""
    return [found["category"] for found in await fetch(_ELIGIBLE, measure)]


async def _lines(selection: UUID) -> Lines:
    return {
        row["id"]: (row["name"], row["quantity"])
        for row in await fetch(_LINES.format(name=name_sql("b", "p")), selection)
    }


async def _floor(who: Actor, school: str, units: dict[str, int]) -> list[FloorEffect]:
    if not units or not who.may("floor.read", school=school):
        return []
    try:
        return floor_effects(units, await gaps_of_school(who, school))
    except NoStandard:
        return []


def offer_of(found: CheapestPrice | None) -> Offer | None:
    """The price at which a product is bought, as a basket needs it; None: it never had one."""
    if found is None:
        return None
    return Offer(
        supplier=found.supplier,
        supplier_code=found.supplier_code,
        supplier_name=found.supplier_name,
        unit_before_tax_cents=found.before_tax_cents,
        source=found.source,
        expired_on=found.expired_on,
    )


def _price_out(row: Any, basket: Basket, lines: list[LinePrice], **rest: Any) -> PriceOut:
    return PriceOut(
        number=row["number"],
        version=row["version"],
        state=row["state"],
        tax_basis=row["tax_basis"],
        **_figures(basket.priced),
        charged_cents=basket.charged,
        invoices=[_invoice_out(invoice) for invoice in basket.invoices],
        lines=lines,
        **rest,
    )


def _figures(priced: Priced) -> dict[str, Any]:
    names = ("before_tax", "gst", "qst", "total", "gst_rebate", "qst_rebate", "net")
    return {f"{name}_cents": getattr(priced, name) for name in names}


def _invoice_out(invoice: Invoice) -> InvoiceOut:
    return InvoiceOut(
        supplier=invoice.supplier_code,
        supplier_name=invoice.supplier_name,
        **_figures(invoice.priced),
        charged_cents=invoice.charged,
        items=[
            ItemOut(
                line=item.part.line,
                product=item.part.code,
                name=item.part.name,
                category=item.part.category,
                quantity=item.part.quantity,
                unit_before_tax_cents=item.part.offer.unit_before_tax_cents if item.part.offer else 0,
                before_tax_cents=item.before_tax,
                net_cents=item.net,
                charged_cents=item.charged,
                price_source=item.part.offer.source if item.part.offer else "",
            )
            for item in invoice.items
        ],
    )
