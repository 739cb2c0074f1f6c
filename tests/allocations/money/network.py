"""One board, two schools, everybody who presses something about money, and what must hold whatever they press."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import time_machine

from allocations.envelopes import operations as envelopes
from allocations.envelopes.balance import unbalanced
from allocations.envelopes.rules import Move, Passing
from allocations.invoices import approving, entering, paying
from allocations.invoices.rules import CreditFor, Kind, LineKind, Outcome
from allocations.invoices.schemas import Decide, NewInvoice, NewInvoiceLine, Pay
from allocations.orders import amending, cancelling, closing, holding
from allocations.orders import operations as orders
from allocations.orders.schemas import LineChange
from allocations.reallocations import operations as reallocations
from allocations.reallocations import pools
from allocations.reallocations.schemas import GiveBack, NewReallocation, PoolChange
from allocations.receipts import operations as receipts
from allocations.receipts import undoing
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.returns import operations as returns
from allocations.returns.rules import Kind as ReturnKind
from allocations.returns.schemas import NewReturn, ReturnedLine
from allocations.selections import decisions, operations, queries
from allocations.selections.schemas import NewLine, NewSelection
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import GST, QST
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_one, transaction
from kit.money import share
from tests.factories import make_actor, make_bundle, make_envelope, make_product, make_school

SCHOOLS = ("990001", "990002")
THINGS = ("tablette", "robot", "cable", "combo")

# An envelope of which more is used than it has, or a figure below nothing: the CHECKs forbid it, and are watched here.
OVERDRAWN = """
SELECT * FROM envelope WHERE least(reserved_cents, committed_cents, spent_cents,
    allocated_cents - reserved_cents - committed_cents - spent_cents) < 0
"""

# Money moved between envelopes makes none and loses none.
UNEVEN = """
SELECT kind, sum(allocated_cents) FROM ledger_entry WHERE kind IN ('transfer', 'loan', 'carry_over')
GROUP BY kind HAVING sum(allocated_cents) <> 0
"""

# Baskets whose frozen invoices, items and parts of orders do not add up to what they hold.
UNSOUND_BASKETS = """
SELECT s.number FROM selection s
CROSS JOIN LATERAL (SELECT coalesce(sum(charged_cents), 0) AS charged, coalesce(sum(net_cents), 0) AS net
                    FROM selection_invoice WHERE selection = s.id) v
CROSS JOIN LATERAL (SELECT coalesce(sum(charged_cents), 0) AS charged, coalesce(sum(net_cents), 0) AS net,
                           coalesce(sum(before_tax_cents), 0) AS before_tax FROM selection_item WHERE selection = s.id) i
WHERE s.state <> 'draft' AND ((s.charged_cents, s.net_cents) IS DISTINCT FROM (v.charged, v.net)
    OR (s.charged_cents, s.net_cents, s.before_tax_cents) IS DISTINCT FROM (i.charged, i.net, i.before_tax))
UNION ALL
SELECT o.number FROM purchase_order o
CROSS JOIN LATERAL (SELECT sum(charged_cents) AS charged, sum(net_cents) AS net, sum(before_tax_cents) AS before_tax,
                           sum(before_tax_cents + gst_cents + qst_cents) AS total FROM order_part WHERE "order" = o.id) p
CROSS JOIN LATERAL (SELECT sum(charged_cents) AS charged, sum(net_cents) AS net, sum(before_tax_cents) AS before_tax
                    FROM order_line WHERE "order" = o.id) l
WHERE (p.charged, p.net, p.before_tax) IS DISTINCT FROM (l.charged, l.net, l.before_tax)
    OR (o.net_cents, o.before_tax_cents, o.total_cents) IS DISTINCT FROM (p.net, p.before_tax, p.total)
UNION ALL
SELECT s.number FROM selection s WHERE (s.state = 'ordered') IS DISTINCT FROM EXISTS (
    SELECT FROM order_part t JOIN purchase_order o ON o.id = t."order" WHERE t.selection = s.id AND o.state <> 'cancelled')
"""

# Lines that have not received what their receipts and returns say, or have not spent the order's price of it; tracked units that
# are not as many devices, worth as much.
UNSOUND_GOODS = """
WITH came AS (
    SELECT r.order_line, sum(r.quantity)::int AS n, sum(r.charged_cents)::bigint AS cents FROM receipt_line r
    WHERE NOT EXISTS (SELECT FROM receipt_undone u WHERE u.receipt = r.receipt) GROUP BY 1
), went AS (
    SELECT g.order_line, sum(g.quantity)::int AS n, sum(g.charged_cents)::bigint AS cents FROM goods_return_line g
    JOIN goods_return t ON t.id = g.goods_return AND t.state <> 'cancelled' WHERE t.kind = 'replacement' GROUP BY 1
)
SELECT l.id::text FROM order_line l LEFT JOIN came c ON c.order_line = l.id LEFT JOIN went w ON w.order_line = l.id
WHERE l.received <> coalesce(c.n, 0) - coalesce(w.n, 0) OR l.spent_cents <> l.charged_cents * l.received / l.quantity
UNION ALL
SELECT r.id::text FROM receipt_line r JOIN order_line l ON l.id = r.order_line JOIN product p ON p.id = l.product
CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(net_cents), 0) AS net FROM asset WHERE receipt_line = r.id) a
WHERE p.tracked AND a.n <> r.quantity OR NOT p.tracked AND a.n > 0
"""

# What is paid (approved papers, in the envelopes' basis) is what the invoiced units cost the envelopes, and on the board's account
# what rounding alone makes of it: a cent or so a paper, never more. No line is invoiced twice.
UNSOUND_INVOICES = """
WITH paid AS (
    SELECT v.board, sum(c.charged_cents) AS cents, count(DISTINCT v.id) AS papers FROM invoice_charge c
    JOIN invoice v ON v.id = c.invoice WHERE v.state IN ('approved', 'paid') GROUP BY 1
), lines AS (
    SELECT l.*, coalesce(-(SELECT sum(c.quantity) FROM invoice_charge c JOIN invoice v ON v.id = c.invoice
        WHERE c.order_line = l.id AND v.state IN ('approved', 'paid') AND v.credit_for = 'return'), 0) + l.settled AS gone FROM order_line l
), worth AS (
    SELECT board, sum(charged_cents * (invoiced + gone) / quantity + corrected_cents) AS cents FROM lines GROUP BY 1
), account AS (SELECT board, sum(cents) AS cents FROM board_account_entry GROUP BY 1)
SELECT l.id::text FROM order_line l WHERE l.invoiced NOT BETWEEN 0 AND l.quantity
UNION ALL
SELECT 'account ' || w.board FROM worth w LEFT JOIN paid p USING (board) LEFT JOIN account a USING (board)
WHERE coalesce(p.cents, 0) <> w.cents + coalesce(a.cents, 0) OR abs(coalesce(a.cents, 0)) > 3 * coalesce(p.papers, 0)
"""


class Network:
    """Two schools with an envelope each, everybody who presses something, and chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.teams: dict[str, Actor] = {}
        self.principals: dict[str, Actor] = {}
        self.buyer: Actor
        self.second: Actor
        self.papers = 0
        self.clock: time_machine.Traveller
        self.technician: Actor
        self.envelopes: dict[str, UUID] = {}
        self.later: dict[str, UUID] = {}  # of the next year: what is carried over goes there

    async def made(self, tax_basis: str) -> "Network":
        async with transaction(system()):
            await execute("UPDATE measure SET tax_basis = $1 WHERE code = 'EX-COMBOS'", tax_basis)
        for school in SCHOOLS:
            await make_school(school)
            self.envelopes[school] = await make_envelope(school, self.chance.choice((9_000_00, 30_000_00)))
            self.later[school] = await make_envelope(school, 1_00, year="2027-2028")
            self.teams[school] = await make_actor("school_team", school=school)
            self.principals[school] = await make_actor("principal", school=school)
        for code, cents, supplier in (("tablette", 393_33, "alpha"), ("robot", 185_37, "beta"), ("cable", 7, "beta")):
            await make_product(code, cents, supplier=supplier, tracked=code != "cable")
        await make_bundle("combo", ("tablette", 2), ("cable", 3), ("robot", 1))
        async with transaction(system()):
            await execute("UPDATE supplier SET email = 'ventes@exemple.ca' WHERE code = 'alpha'")
        self.buyer = await make_actor("purchasing", board="990000")
        self.second = await make_actor("purchasing", board="990000")
        self.technician = await make_actor("technician", board="990000")
        return self

    async def _some(self, table: str, *states: str) -> str | None:
        """The number of a basket or an order, more often than not in one of the states where the press means something."""
        async with transaction(system()):
            rows = await fetch(f"SELECT number, state FROM {table} ORDER BY number")
        fitting = [row for row in rows if row["state"] in states]
        rows = fitting if fitting and self.chance.random() < 0.8 else rows
        return self.chance.choice(rows)["number"] if rows else None

    async def _basket(self, *states: str) -> tuple[str, str, int] | None:
        """Number, school and version (rarely a stale one)."""
        if (number := await self._some("selection", *states)) is None:
            return None
        found = await queries.one(system(), number)
        return number, found.school, found.version - (self.chance.random() < 0.05)

    async def draft(self) -> None:
        school = self.chance.choice(SCHOOLS)
        who = self.teams[school]
        basket = await operations.draft(who, NewSelection(school=school, measure="EX-COMBOS", year="2026-2027"))
        for _n in range(self.chance.randint(1, 3)):
            thing, quantity = self.chance.choice(THINGS), self.chance.randint(1, 7)
            line = (
                NewLine(bundle=thing, quantity=quantity)
                if thing == "combo"
                else NewLine(product=thing, quantity=quantity)
            )
            basket = await operations.put_line(who, basket.number, line, version=basket.version)

    async def submit(self) -> None:
        if found := await self._basket("draft"):
            await decisions.submit(self.teams[found[1]], found[0], version=found[2])

    async def approve(self) -> None:
        if found := await self._basket("submitted"):
            await decisions.approve(self.principals[found[1]], found[0], version=found[2])

    async def refuse(self) -> None:
        if found := await self._basket("submitted", "approved"):
            await decisions.refuse(self.principals[found[1]], found[0], version=found[2], reason="Trop cher")

    async def withdraw(self) -> None:
        if found := await self._basket("submitted", "approved"):
            await decisions.withdraw(self.teams[found[1]], found[0], version=found[2])

    async def resume(self) -> None:
        if found := await self._basket("refused", "withdrawn"):
            await decisions.resume(self.teams[found[1]], found[0], version=found[2])

    async def build(self) -> None:
        one = await self._some("selection", "approved") if self.chance.random() < 0.3 else None
        await orders.build(self.buyer, selections=None if one is None else [one])

    async def send(self) -> None:
        if number := await self._some("purchase_order", "draft"):
            await orders.send(self.buyer, number)

    async def recall(self) -> None:
        if number := await self._some("purchase_order", "sent"):
            await orders.recall(self.buyer, number)

    async def cancel(self) -> None:
        if number := await self._some("purchase_order", "draft", "sent"):
            await cancelling.cancel(self.buyer, number, reason="Rupture")

    async def close(self) -> None:
        if number := await self._some("purchase_order", "draft", "sent", "part_received"):
            await closing.close(self.buyer, number, reason="Introuvable")

    async def receive(self) -> None:
        if (number := await self._some("purchase_order", "sent", "acknowledged", "part_received")) is None:
            return
        async with transaction(system()):
            lines = await fetch(
                "SELECT position, quantity - received - cancelled AS left FROM order_line l JOIN purchase_order o"
                ' ON o.id = l."order" WHERE o.number = $1',
                number,
            )
        some = [
            ReceivedLine(
                position=line["position"], quantity=self.chance.randint(1, line["left"] + (self.chance.random() < 0.1))
            )
            for line in lines
            if line["left"] and self.chance.random() < 0.7
        ]
        if some:
            await receipts.receive(self.technician, number, Receive(lines=some, in_service=self.chance.random() < 0.3))

    async def reprice(self) -> None:
        """A supplier's price changes: what is frozen does not."""
        async with transaction(system()):
            await execute(
                "UPDATE price SET before_tax_cents = $2 WHERE product = (SELECT id FROM product WHERE code = $1)",
                self.chance.choice(THINGS[:3]), self.chance.randint(1, 500_00),
            )  # fmt: skip

    async def retax(self) -> None:
        """From tomorrow on a tax has another rate; and it is tomorrow."""
        async with transaction(system()):
            await execute(
                "UPDATE tax_rate SET until_day = $1 WHERE tax = 'qst' AND until_day IS NULL AND from_day <= $1", today()
            )
            self.clock.shift(timedelta(days=1))
            await execute(
                "INSERT INTO tax_rate (tax, name, ppm, from_day) VALUES ('qst', 'TVQ', $1, $2)",
                self.chance.choice((95_000, 99_750, 110_000)), today(),
            )  # fmt: skip

    async def hold(self) -> None:
        if number := await self._some("purchase_order", "draft", "sent", "part_received"):
            await holding.hold(self.buyer, number, reason="Grève")

    async def take_up(self) -> None:
        if number := await self._some("purchase_order", "on_hold"):
            await holding.resume(self.buyer, number)

    async def amend(self) -> None:
        """More or less of something awaited, or at another price."""
        if (number := await self._some("purchase_order", "sent", "acknowledged", "part_received")) is None:
            return
        lines = [line for line in await self._lines(number) if line["left"]]
        if lines:
            line = self.chance.choice(lines)
            price = self.chance.randint(1, 900_00) if self.chance.random() < 0.5 else None
            quantity = self.chance.randint(0, line["left"] + 3)
            change = LineChange(position=line["position"], quantity=quantity, unit_before_tax_cents=price)
            await amending.amend(self.buyer, number, [change], reason="Le fournisseur a changé son offre")

    async def undo_receipt(self) -> None:
        async with transaction(system()):
            rows = await fetch("SELECT number FROM receipt ORDER BY number")
        if rows:
            await undoing.undo(self.technician, self.chance.choice(rows)["number"], why="Mauvais bon")

    async def send_back(self) -> None:
        """A device, or some units, for others or for their money."""
        async with transaction(system()):
            rows = await fetch(
                'SELECT o.number, l.position, l.received, a.tag FROM order_line l JOIN purchase_order o ON o.id = l."order"'
                " LEFT JOIN receipt_line r ON r.order_line = l.id LEFT JOIN asset a ON a.receipt_line = r.id"
                " WHERE l.received > 0 ORDER BY o.number, l.position, a.tag"
            )
        if rows:
            row, kind = self.chance.choice(rows), self.chance.choice(list(ReturnKind))
            lines = (
                []
                if row["tag"]
                else [ReturnedLine(position=row["position"], quantity=self.chance.randint(1, row["received"]))]
            )
            new = NewReturn(kind=kind, reason="Défaut", tags=[row["tag"]] if row["tag"] else [], lines=lines)
            await returns.send_back(self.technician, row["number"], new)

    async def cancel_return(self) -> None:
        async with transaction(system()):
            rows = await fetch("SELECT number FROM goods_return WHERE state = 'awaited' ORDER BY number")
        if rows:
            await returns.cancel(self.technician, self.chance.choice(rows)["number"], reason="Finalement réparé")

    async def invoice(self) -> None:
        """A paper of some lines, at the order's price, above or below; approved or decided at once, more often than not."""
        if (number := await self._some("purchase_order", "part_received", "received", "sent")) is None:
            return
        lines = [line for line in await self._lines(number) if line["received"] - line["invoiced"] > 0]
        printed = []
        for line in lines:
            if self.chance.random() < 0.7:
                unit = max(1, line["unit"] + self.chance.choice((0, 0, 0, 0, -1, 1, -500, 300, 2_000)))
                units = self.chance.randint(1, line["received"] - line["invoiced"])
                printed.append(NewInvoiceLine(position=line["position"], quantity=units, unit_before_tax_cents=unit))
        if not printed:
            return
        if self.chance.random() < 0.2:
            printed.append(
                NewInvoiceLine(
                    kind=LineKind.freight, description="Transport", unit_before_tax_cents=self.chance.randint(1, 50_00)
                )
            )
        entered = await entering.enter(self.buyer, await self._paper(number, printed))
        await self._settle_paper(entered.invoice.number)

    async def credit(self) -> None:
        """A credit note on an approved invoice: of its price, or of the whole."""
        async with transaction(system()):
            rows = await fetch(
                "SELECT v.number, o.number AS order, v.gst_cents, v.qst_cents, v.before_tax_cents, v.total_cents, v.id FROM invoice v"
                " JOIN purchase_order o ON o.id = v.\"order\" WHERE v.kind = 'invoice' AND v.state IN ('approved', 'paid') ORDER BY 1"
            )
            if not rows:
                return
            row = self.chance.choice(rows)
            charge = await fetch_one(
                "SELECT l.position, c.quantity, l.returned FROM invoice_charge c JOIN order_line l ON l.id = c.order_line"
                " WHERE c.invoice = $1 AND c.quantity > 0 ORDER BY l.position LIMIT 1",
                row["id"],
            )
        if charge is None:
            return
        self.papers += 1
        if self.chance.random() < 0.3:
            new = NewInvoice(
                order=row["order"], supplier_number=f"N-{self.papers}", dated=today(), kind=Kind.credit_note,
                credits=row["number"], credit_for=CreditFor.whole, before_tax_cents=row["before_tax_cents"],
                gst_cents=row["gst_cents"], qst_cents=row["qst_cents"], total_cents=row["total_cents"],
            )  # fmt: skip
        else:
            why = CreditFor.returned if charge["returned"] else CreditFor.price
            unit = self.chance.randint(1, 5_00) if why is CreditFor.price else 100_00
            units = min(charge["quantity"], charge["returned"] or charge["quantity"])
            new = await self._paper(
                row["order"],
                [NewInvoiceLine(position=charge["position"], quantity=units, unit_before_tax_cents=unit)],
                kind=Kind.credit_note, credits=row["number"], credit_for=why,
            )  # fmt: skip
        entered = await entering.enter(self.buyer, new)
        await self._settle_paper(entered.invoice.number)

    async def cancel_invoice(self) -> None:
        if number := await self._some("invoice", "approved", "matched", "to_decide"):
            await paying.cancel(self.second, number, reason="Reçue deux fois")

    async def pay(self) -> None:
        if number := await self._some("invoice", "approved"):
            await paying.pay(self.buyer, number, Pay(reference="CH-1"))

    async def transfer(self) -> None:
        source, target = self.chance.sample(SCHOOLS, 2)
        new = NewReallocation(
            source=self.envelopes[source], target=self.envelopes[target], cents=self.chance.randint(1, 3_000_00), reason="Besoin",
        )  # fmt: skip
        await (reallocations.lend if self.chance.random() < 0.5 else reallocations.transfer)(self.buyer, new)

    async def give_back(self) -> None:
        async with transaction(system()):
            rows = await fetch("SELECT number FROM reallocation WHERE kind = 'loan' ORDER BY number")
        if rows:
            await reallocations.give_back(self.buyer, self.chance.choice(rows)["number"], GiveBack(reason="Retour"))

    async def pool(self) -> None:
        change = PoolChange(shared=self.chance.random() < 0.7, reason="Essai")
        await pools.share(self.buyer, "990000", "EX-COMBOS", "2026-2027", change)

    async def adjust(self) -> None:
        """A later headcount, a cut: the allocation changes, never below what is used."""
        cents = self.chance.choice((1, -1)) * self.chance.randint(1, 9_000_00)
        move = Move(self.envelopes[self.chance.choice(SCHOOLS)], cents, "Nouvel effectif")
        async with transaction(system()):
            await envelopes.adjust(system(), [move])

    async def carry_over(self) -> None:
        """Some of what is free goes into the next year, or comes back from it."""
        school = self.chance.choice(SCHOOLS)
        source, target = self.chance.sample([self.envelopes[school], self.later[school]], 2)
        async with transaction(system()):
            await envelopes.carry_over(system(), [Passing(source, target, self.chance.randint(1, 2_000_00), "Report")])

    async def recover(self) -> None:
        async with transaction(system()):
            move = Move(self.envelopes[self.chance.choice(SCHOOLS)], self.chance.randint(1, 500_00), "Récupération")
            await envelopes.recover(system(), [move])

    async def settle_pools(self) -> None:
        await pools.settle_all(system())

    async def _lines(self, order: str) -> list[Any]:
        async with transaction(system()):
            return await fetch(
                "SELECT position, quantity - received - cancelled AS left, received, invoiced, unit_before_tax_cents AS unit"
                ' FROM order_line l JOIN purchase_order o ON o.id = l."order" WHERE o.number = $1 ORDER BY position',
                order,
            )

    async def _paper(self, order: str, printed: list[NewInvoiceLine], **of: Any) -> NewInvoice:
        self.papers += 1
        before = sum(line.quantity * line.unit_before_tax_cents for line in printed)
        rates = (await rates_on(system(), today())).rates
        gst, qst = share(before, rates[GST]), share(before, rates[QST])
        return NewInvoice(
            order=order, supplier_number=f"F-{self.papers}", dated=today(), lines=printed, before_tax_cents=before, gst_cents=gst,
            qst_cents=qst, total_cents=before + gst + qst, **of,
        )  # fmt: skip

    async def _settle_paper(self, number: str) -> None:
        """Approve what matches, decide what does not; now and then it waits."""
        async with transaction(system()):
            row = await fetch_one("SELECT state FROM invoice WHERE number = $1", number)
        if row is None or self.chance.random() < 0.15:
            return
        if row["state"] == "matched":
            await approving.approve(self.buyer, number)
        else:
            outcome = self.chance.choice((Outcome.accept, Outcome.accept, Outcome.credit, Outcome.reject))
            await approving.decide(self.second, number, Decide(outcome=outcome, reason="Vu"))


IDENTITIES = {
    "overdrawn": OVERDRAWN,
    "moved between envelopes": UNEVEN,
    "baskets and orders": UNSOUND_BASKETS,
    "goods": UNSOUND_GOODS,
    "invoices": UNSOUND_INVOICES,
}


async def check() -> None:
    """Every cent is somewhere, and once."""
    assert await unbalanced(system()) == []
    async with transaction(system()):
        for name, sql in IDENTITIES.items():
            found = [dict(row) for row in await fetch(sql)]
            assert found == [], name
