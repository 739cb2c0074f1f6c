"""The price of a selection: live while it is a draft, as it was frozen from its submission on."""

from typing import Any
from uuid import UUID

import msgspec

from allocations.envelopes.rules import Figures
from allocations.reallocations import pools
from allocations.selections import pricing, queries
from allocations.selections.effects import floor_effects
from allocations.selections.frozen import frozen
from allocations.selections.offering import notices, offered, seen_by
from allocations.selections.pricing import Basket, Invoice, Part
from allocations.selections.rules import NoEnvelope, State
from allocations.selections.schemas import FitOut, FloorEffect, InvoiceOut, ItemOut, LinePrice, PriceOut, ProblemOut
from allocations.selections.things import parts_of_selection
from catalog.taxes.queries import rates_in_force
from catalog.taxes.rules import Priced, Taxes
from inventory.floor.queries import gaps_of_school
from inventory.floor.rules import NoStandard
from kit.actor import Actor
from kit.clock import MONTREAL, today
from kit.database import fetch, transaction
from kit.i18n import _, name_sql

_LINES = """
SELECT l.id, {name} AS name, l.quantity, l.building, l.building IS NOT NULL AND NOT EXISTS (SELECT FROM school_building g
           WHERE g.school = l.school AND g.building = l.building AND g.closed_on IS NULL) AS gone
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product
WHERE l.selection = $1 ORDER BY l.position, l.id
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
    rows = await parts_of_selection(row["id"], day)
    parts = await offered(row["board"], rows, day)
    found = await _line_rows(row["id"])
    lines = {line["id"]: (line["name"], line["quantity"]) for line in found}
    eligible = await eligible_of(row["measure_code"]) if row["envelope"] else [part.category for part in parts]
    taxes = await rates_in_force(day)
    return Live(
        basket=pricing.price(parts, taxes, row["tax_basis"]),
        parts=parts,
        lines=lines,
        problems=[*pricing.problems(lines, parts, eligible, row["measure_code"]), *_misplaced(row, found)],
        taxes=taxes,
    )


async def price(who: Actor, number: str) -> PriceOut:
    """What a selection costs, what is left in its envelope, what it does to the floor, what stops it. Raises NotFound."""
    async with transaction(who):
        row = await queries.found(who, number)
        envelope = await queries.envelope_of(who, row["envelope"])
        figures = envelope.figures if envelope else Figures()
        if row["state"] == State.draft:
            return await _live_price(who, row, figures)
        return await _frozen_price(who, row, figures)


async def _live_price(who: Actor, row: Any, figures: Figures) -> PriceOut:
    now = await live(who, row)
    tax_basis = row["tax_basis"]
    units = pricing.units(now.parts)
    fit = pricing.fit(now.basket.charged, figures.free, tax_basis)
    if row["envelope"] is None:
        fit = FitOut(fits=False, free_cents=0, left_cents=-now.basket.charged, sentence=NoEnvelope().detail)
    elif not fit.fits and -fit.left_cents <= await pools.lendable(row["envelope"]):
        fit = pricing.lent(now.basket.charged, figures.free)
    lines = pricing.shares(now.lines, now.basket)
    if not fit.fits and row["envelope"]:
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
        notices=notices(now.parts, await seen_by(row["id"])),
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
        row, basket, lines, fit=fit, priced_on=row["priced_on"] or row["submitted_at"].astimezone(MONTREAL).date(), units=units,
        floor=await _floor(who, row["school"], units) if held and not ordered else [], problems=[], ready=False,
    )  # fmt: skip


async def eligible_of(measure: str) -> list[str]:
    """The categories that a measure (its code) pays for. Call in a transaction."""
    return [found["category"] for found in await fetch(_ELIGIBLE, measure)]


async def _lines(selection: UUID) -> Lines:
    return {row["id"]: (row["name"], row["quantity"]) for row in await _line_rows(selection)}


async def _line_rows(selection: UUID) -> list[Any]:
    return await fetch(_LINES.format(name=name_sql("b", "p")), selection)


def _misplaced(row: Any, lines: list[Any]) -> list[ProblemOut]:
    """What the whole basket lacks to be submitted, and lines for a building that the school has left."""
    found = [] if row["envelope"] else [ProblemOut(None, NoEnvelope().detail)]
    sentence = _("« {name} » : l'école n'est plus dans l'immeuble {building}. Choisissez-en un autre.")
    return found + [
        ProblemOut(line["id"], sentence.format(name=line["name"], building=line["building"]))
        for line in lines
        if line["gone"]
    ]


async def _floor(who: Actor, school: str, units: dict[str, int]) -> list[FloorEffect]:
    if not units or not who.may("floor.read", school=school):
        return []
    try:
        return floor_effects(units, await gaps_of_school(who, school))
    except NoStandard:
        return []


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
                before_tax_cents=item.before_tax,
                net_cents=item.net,
                charged_cents=item.charged,
                **_offer_facts(item.part),
            )
            for item in invoice.items
        ],
    )


def _offer_facts(part: Part) -> dict[str, Any]:
    offer = part.offer
    assert offer is not None  # what has no price is on no invoice
    return {
        "unit_before_tax_cents": offer.unit_before_tax_cents,
        "price_source": offer.source,
        "price_until": offer.until_day,
        "contract": offer.contract_number,
        "outside_contract": offer.mandatory_contract is not None,
    }
