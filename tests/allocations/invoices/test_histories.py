"""Whatever is pressed on invoices, in whatever order: every cent paid is in an envelope or on the board's account, once."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from allocations.invoices import approving, entering, paying
from allocations.invoices.rules import CreditFor, Kind, LineKind, Outcome
from allocations.invoices.schemas import Decide, NewInvoiceLine, Pay
from allocations.orders import closing
from allocations.orders import operations as orders
from kit.actor import system
from kit.database import fetch, transaction
from kit.errors import Refused
from tests.allocations.invoices.desk import Desk, check_sums, make_desk
from tests.factories import make_approved, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")

_LINES = """
SELECT l.position, l.unit_before_tax_cents AS unit, l.quantity - l.received - l.cancelled AS awaited, l.received - l.returned AS kept,
       l.received - l.invoiced AS due
FROM order_line l JOIN purchase_order o ON o.id = l."order" WHERE o.number = $1 ORDER BY l.position
"""


class History:
    """One order on two envelopes, and chance."""

    def __init__(self, chance: Random, desk: Desk) -> None:
        self.chance = chance
        self.desk = desk

    async def _invoice(self, *states: str, kind: str = "") -> str | None:
        async with transaction(system()):
            rows = await fetch("SELECT number, state, kind FROM invoice ORDER BY number")
        fitting = [row["number"] for row in rows if row["state"] in states and kind in ("", row["kind"])]
        return self.chance.choice(fitting) if fitting else None

    async def _lines(self) -> list[Any]:
        async with transaction(system()):
            return await fetch(_LINES, self.desk.order)

    async def receive(self) -> None:
        wanted = [self.chance.randint(0, line["awaited"]) for line in await self._lines()]
        if any(wanted):
            await self.desk.receive(*wanted)

    async def send_back(self) -> None:
        for line in await self._lines():
            if line["kept"] and self.chance.random() < 0.3:
                await self.desk.send_back(line["position"], self.chance.randint(1, line["kept"]))

    async def enter(self) -> None:
        lines = [
            (line["position"], self.chance.randint(1, max(line["due"], 1)), max(line["unit"] + self._off(), 0))
            for line in await self._lines()
            if self.chance.random() < 0.7
        ]
        extras = []
        if self.chance.random() < 0.2:
            kind = self.chance.choice([LineKind.freight, LineKind.ecofee])
            taxable, cents = self.chance.random() < 0.7, self.chance.randint(1, 30_00)
            extras.append(NewInvoiceLine(kind=kind, unit_before_tax_cents=cents, taxable=taxable))
        if lines or extras:
            await self.desk.invoice(*lines, extras=extras)

    def _off(self) -> int:
        return 0 if self.chance.random() < 0.6 else self.chance.randint(-900, 900)

    async def credit(self) -> None:
        if (number := await self._invoice("approved", "paid", kind="invoice")) is None:
            return
        why = self.chance.choice(list(CreditFor))
        if why is CreditFor.whole:
            async with transaction(system()):
                row: Any = (await fetch("SELECT * FROM invoice WHERE number = $1", number))[0]
            new = await self.desk.paper()
            for name in ("before_tax_cents", "gst_cents", "qst_cents", "total_cents"):
                setattr(new, name, row[name])
            new.kind, new.credits, new.credit_for = Kind.credit_note, number, why
            await entering.enter(self.desk.buyer, new)
            return
        line = self.chance.choice(await self._lines())
        unit = line["unit"] if why is CreditFor.returned else self.chance.randint(1, 500)
        await self.desk.credit(number, why, (line["position"], 1, unit))

    async def approve(self) -> None:
        if number := await self._invoice("matched", "to_decide"):
            await self.desk.approve(number)

    async def decide(self) -> None:
        if number := await self._invoice("to_decide"):
            outcome = self.chance.choices(list(Outcome), [6, 2, 1])[0]
            await approving.decide(self.desk.second, number, Decide(outcome=outcome, reason="Vu"))

    async def pay(self) -> None:
        if number := await self._invoice("approved"):
            await paying.pay(self.desk.buyer, number, Pay(reference="VIR"))

    async def unpay(self) -> None:
        if number := await self._invoice("paid"):
            await paying.unpay(self.desk.buyer, number, reason="Erreur")

    async def cancel(self) -> None:
        if number := await self._invoice("approved", "to_decide", "matched"):
            await paying.cancel(self.desk.buyer, number, reason="Erreur")

    async def close(self) -> None:
        await closing.close(self.desk.buyer, self.desk.order, reason="Introuvable")

    async def press(self) -> str | None:
        acts: dict[Callable[[], Awaitable[None]], float] = {
            self.receive: 4, self.send_back: 1, self.enter: 6, self.credit: 4, self.approve: 8, self.decide: 6, self.pay: 2,
            self.unpay: 1, self.cancel: 2, self.close: 0.1,
        }  # fmt: skip
        act = self.chance.choices(list(acts), list(acts.values()))[0]
        try:
            async with transaction(system()):
                await act()
        except Refused:
            return None
        return act.__name__


async def begin(seed: int) -> History:
    chance = Random(seed)
    desk = await make_desk(("tablette", 393_33, 1), ("lot", 7, 1), cents=100_000_00)
    other = await make_envelope(await make_school("990002"), 50_000_00)
    baskets = [
        await make_approved(
            ("tablette", chance.randint(1, 9)), ("lot", chance.randint(1, 99)), school=school, envelope=envelope
        )
        for school, envelope in (("990001", desk.envelope), ("990002", other))
    ]
    (order,) = await orders.build(desk.buyer, selections=baskets)
    await orders.send(desk.buyer, order.number)
    desk.order = order.number
    return History(chance, desk)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 200))])
async def test_whatever_is_pressed_what_is_paid_is_somewhere_and_once(seed: int) -> None:
    history = await begin(seed)
    done: dict[str, int] = {}
    for _n in range(90):
        if name := await history.press():
            done[name] = done.get(name, 0) + 1
        await check_sums()
    assert done["enter"] > 3
    if seed < 2:  # so that the trial tries something; chance may leave another without
        assert done["approve"] and done["decide"] and done["credit"] and done["cancel"], done
