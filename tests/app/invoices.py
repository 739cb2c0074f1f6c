"""The invoices of the walk's world: one in each state that a route wants, on an order of 990001's own."""

from typing import Any

from allocations.invoices import approving, entering, papers, paying
from allocations.invoices.schemas import NewInvoice, NewInvoiceLine, Pay
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import Actor, system
from kit.clock import today

PAPER: dict[str, Any] = {
    "before_tax_cents": 100_00, "gst_cents": 5_00, "qst_cents": 9_98, "total_cents": 114_98,
    "lines": [{"position": 1, "quantity": 1, "unit_before_tax_cents": 100_00}],
}  # fmt: skip


async def add_invoices(
    things: dict[str, Any], baskets: list[str], buyer: Actor, technician: Actor, secret: str
) -> None:
    """Two orders of three units, come and invoiced. All is entered by the service, so that anybody of purchasing may decide."""

    async def enter(name: str, order: str, quantity: int, unit: int = 100_00) -> str:
        new = _paper(order, f"{name} {secret}", quantity, unit)
        things[name] = (await entering.enter(system(), new)).invoice.number
        return things[name]  # type: ignore[no-any-return]

    ordered = []
    for basket in baskets:
        (order,) = await orders.build(buyer, selections=[basket])
        await orders.send(buyer, order.number)
        await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=3)]))
        ordered.append(order.number)
    things["invoice_order"], other = ordered
    await approving.approve(buyer, await enter("paid_invoice", things["invoice_order"], 2))
    await paying.pay(buyer, things["paid_invoice"], Pay(reference=secret[:60]))
    await enter("matched_invoice", things["invoice_order"], 1)
    await enter("invoice", things["invoice_order"], 1, 120_00)
    file = await papers.attach_paper(buyer, things["invoice"], f"{secret[:40]}.txt", secret.encode())
    things["paper"] = file.id
    await approving.approve(buyer, await enter("approved_invoice", other, 3))


def listed(order: str) -> bytes:
    """A list of one paper of one line."""
    return (
        "bon de commande;facture;date;ligne du bon;quantité;prix unitaire;total avant taxes;tps;tvq;total\n"
        f"{order};L-1;{today()};1;1;100,00;100,00;5,00;9,98;114,98\n"
    ).encode()


def _paper(order: str, supplier_number: str, quantity: int, unit: int) -> NewInvoice:
    before = quantity * unit
    gst, qst = before * 5 // 100, (before * 9_975 + 50_000) // 100_000
    return NewInvoice(
        order=order, supplier_number=supplier_number[:60], dated=today(), note=supplier_number[:2_000],
        before_tax_cents=before, gst_cents=gst, qst_cents=qst, total_cents=before + gst + qst,
        lines=[NewInvoiceLine(position=1, quantity=quantity, unit_before_tax_cents=unit, description=supplier_number[:300])],
    )  # fmt: skip
