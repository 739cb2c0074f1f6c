"""Whatever is pressed, in any order, on baskets, orders and receipts of one board: every cent is somewhere, and once."""

from collections.abc import Awaitable, Callable
from random import Random
from uuid import UUID

import pytest

from allocations.orders import cancelling, closing
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions, operations, queries
from allocations.selections.schemas import NewLine, NewSelection
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Refused
from tests.factories import make_actor, make_bundle, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")

SCHOOLS = ("990001", "990002")
THINGS = ("tablette", "robot", "cable", "combo")

# Envelopes whose figures are not what the ledger, the baskets, the orders and the receipts say each on its own.
UNSOUND = """
WITH ledger AS (
    SELECT envelope, sum(allocated_cents) AS allocated, sum(reserved_cents) AS reserved, sum(committed_cents) AS committed,
           sum(spent_cents) AS spent FROM ledger_entry GROUP BY envelope
), baskets AS (
    SELECT envelope, sum(charged_cents - (SELECT coalesce(sum(l.abandoned_cents), 0) FROM order_line l
        JOIN order_part t ON t.id = l.part WHERE t.selection = s.id)) AS held
    FROM selection s WHERE state IN ('submitted', 'approved', 'ordered') GROUP BY envelope
), ordered AS (
    SELECT l.envelope, sum(l.charged_cents - l.spent_cents - l.abandoned_cents) AS committed, sum(l.spent_cents) AS spent FROM order_line l
    JOIN purchase_order o ON o.id = l."order" WHERE o.state NOT IN ('draft', 'cancelled') GROUP BY l.envelope
), received AS (
    SELECT l.envelope, sum(r.charged_cents) AS spent FROM receipt_line r JOIN order_line l ON l.id = r.order_line GROUP BY l.envelope
)
SELECT e.* FROM envelope e LEFT JOIN ledger g ON g.envelope = e.id LEFT JOIN baskets b ON b.envelope = e.id
LEFT JOIN ordered o ON o.envelope = e.id LEFT JOIN received r ON r.envelope = e.id
WHERE (e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents)
        IS DISTINCT FROM (g.allocated, g.reserved, g.committed, g.spent)
    OR e.reserved_cents + e.committed_cents + e.spent_cents <> coalesce(b.held, 0)
    OR e.committed_cents <> coalesce(o.committed, 0)
    OR e.spent_cents <> coalesce(o.spent, 0) OR e.spent_cents <> coalesce(r.spent, 0)
    OR least(e.reserved_cents, e.committed_cents, e.spent_cents, e.allocated_cents - e.reserved_cents - e.committed_cents
             - e.spent_cents) < 0
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

# Receipt lines of tracked goods whose assets are not as many and worth as much; lines received in whole and not spent in whole.
UNSOUND_GOODS = """
SELECT r.id::text FROM receipt_line r JOIN order_line l ON l.id = r.order_line JOIN product p ON p.id = l.product
CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(net_cents), 0) AS net FROM asset WHERE receipt_line = r.id) a
WHERE p.tracked AND (a.n, a.net) IS DISTINCT FROM (r.quantity::bigint, r.net_cents::numeric) OR NOT p.tracked AND a.n > 0
UNION ALL
SELECT l.id::text FROM order_line l LEFT JOIN LATERAL (
    SELECT coalesce(sum(quantity), 0) AS n, coalesce(sum(charged_cents), 0) AS charged, coalesce(sum(net_cents), 0) AS net
    FROM receipt_line WHERE order_line = l.id) r ON true
WHERE (l.received, l.spent_cents) IS DISTINCT FROM (r.n::int, r.charged::bigint)
    OR l.received = l.quantity AND (l.spent_cents, r.net) IS DISTINCT FROM (l.charged_cents, l.net_cents::numeric)
"""


class Network:
    """Two schools with an envelope each, everybody who presses something, and chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.teams: dict[str, Actor] = {}
        self.principals: dict[str, Actor] = {}
        self.buyer: Actor
        self.technician: Actor
        self.envelopes: dict[str, UUID] = {}

    async def made(self, tax_basis: str) -> "Network":
        async with transaction(system()):
            await execute("UPDATE measure SET tax_basis = $1 WHERE code = 'EX-COMBOS'", tax_basis)
        for school in SCHOOLS:
            await make_school(school)
            self.envelopes[school] = await make_envelope(school, self.chance.choice((9_000_00, 30_000_00)))
            self.teams[school] = await make_actor("school_team", school=school)
            self.principals[school] = await make_actor("principal", school=school)
        for code, cents, supplier in (("tablette", 393_33, "alpha"), ("robot", 185_37, "beta"), ("cable", 7, "beta")):
            await make_product(code, cents, supplier=supplier, tracked=code != "cable")
        await make_bundle("combo", ("tablette", 2), ("cable", 3), ("robot", 1))
        async with transaction(system()):
            await execute("UPDATE supplier SET email = 'ventes@exemple.ca' WHERE code = 'alpha'")
        self.buyer = await make_actor("purchasing", board="990000")
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
        if (number := await self._some("purchase_order", "sent", "part_received")) is None:
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
        async with transaction(system()):
            await execute("UPDATE tax_rate SET ppm = $1 WHERE tax = 'qst'", self.chance.choice((95_000, 99_750)))

    async def press(self) -> str | None:
        """One press; the name of what succeeded."""
        acts: dict[Callable[[], Awaitable[None]], int] = {
            self.draft: 5, self.submit: 6, self.approve: 6, self.refuse: 1, self.withdraw: 1, self.resume: 2, self.build: 4,
            self.send: 5, self.recall: 1, self.cancel: 2, self.close: 1, self.receive: 6, self.reprice: 1, self.retax: 1,
        }  # fmt: skip
        act = self.chance.choices(list(acts), list(acts.values()))[0]
        try:
            await act()
        except Refused:
            return None
        return act.__name__


async def check() -> None:
    async with transaction(system()):
        for sql in (UNSOUND, UNSOUND_BASKETS, UNSOUND_GOODS):
            assert await fetch(sql) == []


@pytest.mark.parametrize(
    ("seed", "tax_basis"), [(1, "net"), (2, "with_tax"), (3, "before_tax"), (4, "net"), (5, "with_tax")]
)
async def test_whatever_is_pressed_every_cent_is_somewhere_and_once(seed: int, tax_basis: str) -> None:
    network = await Network(Random(seed)).made(tax_basis)
    done = set()
    for _n in range(120):
        done.add(await network.press())
        await check()
    assert {"submit", "approve", "build", "send", "cancel", "close", "receive"} <= done
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM receipt_line") > 0
