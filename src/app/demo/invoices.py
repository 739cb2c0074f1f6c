"""Invoices of this year's orders: one in each state, entered by one person of purchasing and decided by the other."""

from datetime import date, timedelta

from allocations.invoices import approving, entering, paying, tolerances
from allocations.invoices.rules import CreditFor, Kind, LineKind, Outcome
from allocations.invoices.schemas import (
    Decide,
    InvoiceFile,
    NewInvoice,
    NewInvoiceLine,
    Pay,
    ToleranceIn,
)
from allocations.orders import queries as orders
from app.demo.loop import on
from app.demo.people import acting
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import GST, QST
from kit.actor import Actor, system
from kit.clock import standing_at
from kit.database import fetch, transaction
from kit.money import share

# Orders of the board of which goods came, by what was done with them.
_CAME = """
SELECT o.number, o.state FROM purchase_order o
WHERE o.board = '990000' AND o.year = $1 AND EXISTS (SELECT FROM order_line l WHERE l."order" = o.id AND l.received > 0)
ORDER BY o.number
"""


async def tell_invoices(year: str, today: date) -> None:
    """Paid, matched, approved at another price with its credit awaited, to decide, entered, rejected, cancelled."""
    buyer, second, admin = await acting("appro"), await acting("finances"), await acting("administration")
    before, lately = on(today - timedelta(days=3)), on(today - timedelta(days=1))
    with standing_at(before):
        await tolerances.set_tolerance(
            admin,
            ToleranceIn(from_day=today - timedelta(days=3), price_ppm=10_000, price_cents=5_00, extra_cents=0),
        )
    async with transaction(system()):
        came = {row["state"]: row["number"] for row in reversed(await fetch(_CAME, year))}
    day = today - timedelta(days=3)
    with standing_at(before):
        paid = await entered(buyer, came["received"], "2026-4471", day, units=1)
        await approving.approve(buyer, paid.invoice.number)
        dear = await entered(buyer, came["part_received"], "INV-30017", day, units=1, above=9_00)
        asked = Decide(
            outcome=Outcome.credit, reason="Le contrat fixe l'ancien prix; le fournisseur promet une note de crédit."
        )
        await approving.decide(second, dear.invoice.number, asked)
        wrong = await entered(buyer, came["closed"], "F-88", day, units=1)
        await approving.approve(buyer, wrong.invoice.number)
    with standing_at(lately):
        await paying.pay(buyer, paid.invoice.number, Pay(reference="VIR-20417"))
        await paying.cancel(
            buyer, wrong.invoice.number, reason="Le fournisseur l'a reprise : elle nommait un autre organisme."
        )
        await entered(buyer, came["closed"], "F-88-R", day, units=1)
        await entered(buyer, came["part_received"], "INV-30021", day, units=9)
        await entered(buyer, came["received"], "2026-4502", day, units=0)
        freight = await entered(buyer, came["received"], "2026-4490", day, units=1, freight=65_00)
        refusal = Decide(
            outcome=Outcome.reject, reason="La livraison est comprise au contrat : demandez une facture sans transport."
        )
        await approving.decide(second, freight.invoice.number, refusal)
        await note(second, dear, day)


async def note(who: Actor, on_: InvoiceFile, day: date) -> None:
    """Part of the credit that was asked for: the rest is still awaited."""
    line = on_.lines[0]
    lines = [NewInvoiceLine(position=line.order_position, quantity=1, unit_before_tax_cents=4_00)]
    paper = await printed("NC-1204", day, lines, on_.invoice.order)
    paper.kind, paper.credits, paper.credit_for = Kind.credit_note, on_.invoice.number, CreditFor.price
    made = await entering.enter(who, paper)
    await approving.approve(who, made.invoice.number)


async def entered(
    who: Actor, order: str, number: str, day: date, *, units: int, above: int = 0, freight: int = 0
) -> InvoiceFile:
    """An invoice of so many units of an order's first received line (none: its lines are not entered yet)."""
    line = next(line for line in (await orders.one(who, order)).lines if line.received)
    lines = [
        NewInvoiceLine(position=line.position, quantity=units, unit_before_tax_cents=line.unit_before_tax_cents + above)
    ]
    if freight:
        lines.append(NewInvoiceLine(kind=LineKind.freight, description="Transport", unit_before_tax_cents=freight))
    return await entering.enter(who, await printed(number, day, lines if units else [], order))


async def printed(number: str, day: date, lines: list[NewInvoiceLine], order: str) -> NewInvoice:
    """The paper with its taxes, which adds up."""
    rates = (await rates_on(system(), day)).rates
    before = sum(line.quantity * line.unit_before_tax_cents for line in lines)
    gst, qst = share(before, rates[GST]), share(before, rates[QST])
    return NewInvoice(
        order=order, supplier_number=number, dated=day, due_on=day + timedelta(days=30), lines=lines,
        before_tax_cents=before, gst_cents=gst, qst_cents=qst, total_cents=before + gst + qst,
    )  # fmt: skip
