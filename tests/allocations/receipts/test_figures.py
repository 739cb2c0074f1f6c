"""Peers' money bugs, tried here: what remains is the same at every step, large orders work, two envelopes balance to the cent."""

import pytest

from allocations.orders import operations as orders
from allocations.receipts import operations, undoing
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import system
from kit.database import fetch, transaction
from tests.allocations.receipts.arrivals import sent_order, states
from tests.factories import (
    figures,
    lift_thresholds,
    make_actor,
    make_approved,
    make_envelope,
    make_product,
    make_school,
)

pytestmark = pytest.mark.usefixtures("db")


async def test_of_ten_thousand_dollars_an_order_of_750_leaves_9250_at_every_step() -> None:
    """Tracked goods for about 700 $, untracked for about 50 $: 750.00 $ net together, each step shows them where they are."""
    await make_school()
    await make_product("tracee", 93_54)
    await make_product("vrac", 9_38, tracked=False)
    envelope = await make_envelope("990001", 10_000_00)
    assert await figures(envelope) == (10_000_00, 0, 0, 0)
    await make_approved(("tracee", 7), ("vrac", 5), envelope=envelope)
    assert await figures(envelope) == (9_250_00, 750_00, 0, 0)
    buyer, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    (order,) = await orders.build(buyer)
    assert await figures(envelope) == (9_250_00, 750_00, 0, 0)
    await orders.send(buyer, order.number)
    assert await figures(envelope) == (9_250_00, 0, 750_00, 0)

    spent = 0
    for position, quantity in ((1, 3), (2, 5), (1, 4)):
        receipt = await operations.receive(
            technician, order.number, Receive(lines=[ReceivedLine(position=position, quantity=quantity)])
        )
        spent += receipt.lines[0].net_cents
        assert await figures(envelope) == (9_250_00, 0, 750_00 - spent, spent)
    assert spent == 750_00 and await states(order.number) == {"received": 7}

    await undoing.undo(technician, receipt.number, why="Compté deux fois.")
    assert (await figures(envelope))[0] == 9_250_00
    await operations.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=4)]))
    assert await figures(envelope) == (9_250_00, 0, 0, 750_00)


async def test_six_lines_of_a_hundred_are_six_hundred_devices() -> None:
    codes = [f"modele-{n}" for n in range(6)]
    await lift_thresholds()  # so many devices are another test's matter: the law asks why
    number, envelope, who = await sent_order(*((code, 100) for code in codes), cents=400_000_00)
    lines = [
        ReceivedLine(position=line, quantity=100, serials=[f"SER{line}{n:04}" for n in range(100)])
        for line in range(1, 7)
    ]
    receipt = await operations.receive(who, number, Receive(lines=lines))
    assert sum(len(line.tags) for line in receipt.lines) == 600 and (await figures(envelope))[2] == 0
    async with transaction(system()):
        rows = await fetch("SELECT tag, serial FROM asset ORDER BY tag")
        told = await fetch("SELECT count(*)::int AS n FROM event WHERE what = 'asset.received'")
    said = [serial for line in lines for serial in line.serials]
    assert [row["serial"] for row in rows] == said and told[0]["n"] == 600  # tags go in the order of what was said


async def test_one_order_over_two_envelopes_balances_to_the_cent() -> None:
    await make_school()
    await make_school("990002")
    await make_product("tablette", 333_33)
    first, second = await make_envelope("990001", 5_000_00), await make_envelope("990002", 5_000_00)
    await make_approved(("tablette", 3), envelope=first)
    await make_approved(("tablette", 7), envelope=second, school="990002")
    buyer, who = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    (order,) = await orders.build(buyer)
    await orders.send(buyer, order.number)
    committed = [(await figures(envelope))[2] for envelope in (first, second)]
    for quantities in ((2, 3), (1, 4)):
        lines = [ReceivedLine(position=line, quantity=n) for line, n in enumerate(quantities, 1)]
        await operations.receive(who, order.number, Receive(lines=lines))
    assert [(await figures(envelope))[3] for envelope in (first, second)] == committed
    async with transaction(system()):
        rows = await fetch("SELECT school, sum(net_cents)::bigint AS n FROM asset GROUP BY school ORDER BY school")
    assert [row["n"] for row in rows] == committed
