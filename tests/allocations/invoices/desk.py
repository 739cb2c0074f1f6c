"""A board's desk: an order that is sent, received and invoiced by real operations."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from allocations.invoices import approving, entering
from allocations.invoices.rules import CreditFor, Kind, Outcome
from allocations.invoices.schemas import Decide, InvoiceFile, InvoicePaper, NewInvoice, NewInvoiceLine
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import GST, QST
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.money import share
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school


@dataclass
class Desk:
    """One order of school 990001, and who acts. `second` decides what `buyer` entered."""

    buyer: Actor
    second: Actor
    technician: Actor
    envelope: UUID
    order: str = ""
    papers: int = 0
    units: dict[str, int] = field(default_factory=dict)

    async def receive(self, *quantities: int, order: str = "") -> None:
        lines = [ReceivedLine(position=n, quantity=q) for n, q in enumerate(quantities, 1) if q]
        await receipts.receive(self.technician, order or self.order, Receive(lines=lines))

    async def paper(self, *lines: tuple[int, int, int], **of: Any) -> NewInvoice:
        """A paper that adds up: (position, quantity, unit price before tax)."""
        self.papers += 1
        extras = of.pop("extras", [])
        printed = [
            NewInvoiceLine(position=position, quantity=quantity, unit_before_tax_cents=unit)
            for position, quantity, unit in lines
        ] + extras
        amounts = [
            (
                line.quantity * line.unit_before_tax_cents if line.before_tax_cents is None else line.before_tax_cents,
                line.taxable,
            )
            for line in printed
        ]
        rates = (await rates_on(system(), of.get("dated", today()))).rates
        before = sum(cents for cents, _taxable in amounts)
        taxable = sum(cents for cents, is_taxable in amounts if is_taxable)
        gst, qst = share(taxable, rates[GST]), share(taxable, rates[QST])
        values = {
            "order": self.order, "supplier_number": f"F-{self.papers}", "dated": today(), "lines": printed,
            "before_tax_cents": before, "gst_cents": gst, "qst_cents": qst, "total_cents": before + gst + qst,
        }  # fmt: skip
        return NewInvoice(**values | of)

    async def invoice(self, *lines: tuple[int, int, int], **of: Any) -> InvoiceFile:
        return await entering.enter(self.buyer, await self.paper(*lines, **of))

    async def credit(self, on: str, why: CreditFor, *lines: tuple[int, int, int], **of: Any) -> InvoiceFile:
        return await self.invoice(*lines, kind=Kind.credit_note, credits=on, credit_for=why, **of)

    async def approve(self, number: str) -> InvoiceFile:
        return await approving.approve(self.buyer, number)

    async def decide(self, number: str, outcome: Outcome = Outcome.accept, **of: Any) -> InvoiceFile:
        return await approving.decide(
            self.second, number, Decide(outcome=outcome, reason="Vu avec le fournisseur", **of)
        )

    async def send_back(self, position: int, units: int) -> None:
        """As a return for credit leaves a line."""
        async with transaction(system()):
            await execute(
                'UPDATE order_line l SET returned = returned + $3 FROM purchase_order o WHERE o.id = l."order"'
                " AND o.number = $1 AND l.position = $2",
                self.order, position, units,
            )  # fmt: skip


def as_paper(new: NewInvoice, **of: Any) -> InvoicePaper:
    """The same paper, to change one by."""
    fields = {name: getattr(new, name) for name in InvoicePaper.__struct_fields__}
    return InvoicePaper(**fields | of)


async def make_desk(
    *things: tuple[str, int, int], cents: int = 10_000_00, tax_basis: str = "net", school: str = "990001"
) -> Desk:
    """An order of these things (code, unit price, quantity), sent; tracked but for those whose code begins with « lot »."""
    await make_school(school)
    async with transaction(system()):
        await execute("UPDATE measure SET tax_basis = $1 WHERE code = 'EX-COMBOS'", tax_basis)
    for code, unit, _quantity in things:
        await make_product(code, unit, supplier="alpha", tracked=not code.startswith("lot"))
    envelope = await make_envelope(school, cents)
    desk = Desk(
        await make_actor("purchasing", board="990000"), await make_actor("purchasing", board="990000"),
        await make_actor("technician", board="990000"), envelope,
    )  # fmt: skip
    desk.order = await desk_order(desk, *((code, quantity) for code, _unit, quantity in things), school=school)
    return desk


async def desk_order(desk: Desk, *things: tuple[str, int], school: str = "990001", tax_basis: str = "") -> str:
    """One more order on the desk's envelope; its number."""
    basket = await make_approved(*things, school=school, envelope=desk.envelope)
    await in_basis(basket)
    (made,) = await orders.build(desk.buyer, selections=[basket])
    await orders.send(desk.buyer, made.number)
    return made.number


async def in_basis(basket: str) -> None:
    """The factory charges net; what a measure charges otherwise is put right on the basket and on what it reserves."""
    async with transaction(system()):
        basis = await fetch_value(
            "SELECT m.tax_basis FROM selection s JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure"
            " WHERE s.number = $1",
            basket,
        )
        if basis == "net":
            return
        assert basis == "before_tax"
        row: Any = await fetch_one("SELECT * FROM selection WHERE number = $1", basket)
        off = row["before_tax_cents"] - row["charged_cents"]
        await execute("UPDATE selection SET charged_cents = before_tax_cents WHERE id = $1", row["id"])
        for table in ("selection_invoice", "selection_item"):
            await execute(f"UPDATE {table} SET charged_cents = before_tax_cents WHERE selection = $1", row["id"])
        await execute("UPDATE envelope SET reserved_cents = reserved_cents + $2 WHERE id = $1", row["envelope"], off)
        await execute(
            "INSERT INTO ledger_entry (envelope, board, school, kind, reserved_cents, reason, at) SELECT id, board, school,"
            " 'reservation', $2, 'Assiette du panier d''essai', now() FROM envelope WHERE id = $1",
            row["envelope"], off,
        )  # fmt: skip


async def line_of(order: str, position: int = 1) -> Any:
    async with transaction(system()):
        return await fetch_one(
            'SELECT l.*, o.state FROM order_line l JOIN purchase_order o ON o.id = l."order" WHERE o.number = $1 AND l.position = $2',
            order, position,
        )  # fmt: skip


async def booked(board: str = "990000") -> int:
    """The board's account of cents."""
    async with transaction(system()):
        return await fetch_value(  # type: ignore[no-any-return]
            "SELECT coalesce(sum(cents), 0)::bigint FROM board_account_entry WHERE board = $1", board
        )


async def check_sums() -> None:
    """Every envelope's figures are those of its ledger and of its lines; every line's of its charges; the account's of its invoices."""
    async with transaction(system()):
        wrong = await fetch(
            "SELECT e.id FROM envelope e"
            " CROSS JOIN LATERAL (SELECT coalesce(sum(spent_cents), 0) AS spent, coalesce(sum(committed_cents), 0) AS committed"
            "   FROM ledger_entry WHERE envelope = e.id) g"
            " CROSS JOIN LATERAL (SELECT coalesce(sum(l.spent_cents + l.corrected_cents), 0) AS spent,"
            "   coalesce(sum(l.charged_cents - l.spent_cents - l.abandoned_cents), 0) AS committed FROM order_line l"
            "   JOIN purchase_order o ON o.id = l.\"order\" WHERE l.envelope = e.id AND o.state NOT IN ('draft', 'cancelled')) s"
            " WHERE (e.spent_cents, e.committed_cents) IS DISTINCT FROM (g.spent, g.committed)"
            " OR (e.spent_cents, e.committed_cents) IS DISTINCT FROM (s.spent, s.committed)"
        )
        counted = await fetch(
            "SELECT l.id FROM order_line l LEFT JOIN LATERAL (SELECT coalesce(sum(c.quantity), 0) AS n FROM invoice_charge c"
            " JOIN invoice v ON v.id = c.invoice WHERE c.order_line = l.id AND v.state IN ('approved', 'paid')) n ON true"
            " WHERE l.invoiced <> n.n OR l.spent_cents + l.corrected_cents < 0"
        )
        account: Any = await fetch_one(
            "SELECT (SELECT coalesce(sum(cents), 0) FROM board_account_entry)::bigint AS account,"
            " (SELECT coalesce(sum(c.charged_cents), 0) FROM invoice_charge c JOIN invoice v ON v.id = c.invoice"
            "   WHERE v.state IN ('approved', 'paid'))::bigint AS paid,"
            " (SELECT coalesce(sum(l.charged_cents * (l.invoiced + l.settled + g.n) / l.quantity + l.corrected_cents), 0)"
            "   FROM order_line l CROSS JOIN LATERAL (SELECT -coalesce(sum(c.quantity), 0) AS n FROM invoice_charge c"
            "     JOIN invoice v ON v.id = c.invoice WHERE c.order_line = l.id AND v.credit_for = 'return'"
            "     AND v.state IN ('approved', 'paid')) g)::bigint AS worth"
        )
    assert wrong == []
    assert counted == []
    assert account["paid"] == account["worth"] + account["account"]  # what is paid is in an envelope or on the account


__all__ = [
    "CreditFor",
    "Desk",
    "Outcome",
    "as_paper",
    "booked",
    "check_sums",
    "date",
    "desk_order",
    "line_of",
    "make_desk",
]
