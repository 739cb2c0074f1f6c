"""Goods arrive in parts: each unit an asset, committed money spent, the floor told until they are at work."""

from datetime import timedelta
from uuid import UUID

import pytest

from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders.rules import NotSent, State
from allocations.receipts import operations, queries
from allocations.receipts.rules import LinesRefused
from allocations.receipts.schemas import Receive, ReceivedLine
from inventory.assets.rules import SerialsRefused
from kit.actor import Actor, system
from kit.clock import today
from kit.database import fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def sent_order(quantity: int = 6, cents: int = 393_00) -> tuple[str, UUID, Actor]:
    """An order of `quantity` tracked devices, sent; its envelope; the technician who receives."""
    await make_school()
    await make_product("tablette", cents)
    envelope = await make_envelope("990001", 5_000_00)
    await make_approved(("tablette", quantity), envelope=envelope)
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await orders.build(buyer)
    await orders.send(buyer, order.number)
    return order.number, envelope, await make_actor("technician", board="990000")


def some(quantity: int, *serials: str, position: int = 1) -> Receive:
    return Receive(lines=[ReceivedLine(position=position, quantity=quantity, serials=list(serials))])


async def state_of(number: str) -> State:
    return (await order_queries.one(system(), number)).order.state


async def test_four_of_six_make_four_assets_and_leave_two_outstanding() -> None:
    number, envelope, who = await sent_order()

    receipt = await operations.receive(who, number, some(4, "DMPX1", "DMPX2"))

    assert receipt.outstanding == 2
    assert receipt.lines[0].tags == ["990-000001", "990-000002", "990-000003", "990-000004"]
    assert await state_of(number) is State.part_received
    async with transaction(system()):
        assets = await fetch("SELECT tag, serial, school, origin, state, net_cents, envelope FROM asset ORDER BY tag")
    assert [(a["serial"], a["school"], a["origin"], a["state"]) for a in assets] == [
        ("DMPX1", "990001", number, "received"),
        ("DMPX2", "990001", number, "received"),
        (None, "990001", number, "received"),
        (None, "990001", number, "received"),
    ]
    assert {a["envelope"] for a in assets} == {envelope}
    free, reserved, committed, spent = await figures(envelope)
    assert (free, reserved) == (5_000_00 - 2_520_39, 0)  # 6 × 393,00 $ is 2 520,39 $ net
    assert spent == sum(a["net_cents"] for a in assets) == 2_520_39 * 4 // 6
    assert committed == 2_520_39 - spent


async def test_the_rest_closes_the_order_and_every_cent_is_spent() -> None:
    number, envelope, who = await sent_order()
    for part in (1, 3, 2):
        await operations.receive(who, number, some(part))
    assert await state_of(number) is State.received
    assert await figures(envelope) == (5_000_00 - 2_520_39, 0, 0, 2_520_39)
    assert [receipt.outstanding for receipt in await queries.of_order(who, number)] == [0, 0, 0]


async def test_a_seventh_of_six_is_refused_and_nothing_changes() -> None:
    number, envelope, who = await sent_order()
    before = await figures(envelope)
    with pytest.raises(LinesRefused) as refused:
        await operations.receive(who, number, some(7))
    assert "1 unité est en trop" in refused.value.detail
    with pytest.raises(LinesRefused):
        await operations.receive(who, number, some(1, position=9))
    assert await figures(envelope) == before
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM asset") == 0


async def test_a_serial_known_already_refuses_the_whole_receipt() -> None:
    number, envelope, who = await sent_order()
    await operations.receive(who, number, some(1, "DMPX1"))
    before = await figures(envelope)
    with pytest.raises(SerialsRefused) as refused:
        await operations.receive(who, number, some(2, "NEUF", "dmpx1"))
    assert "990-000001" in str(refused.value)
    assert await figures(envelope) == before
    assert len(await queries.of_order(who, number)) == 1
    again = await operations.receive(who, number, some(1, "NEUF"))
    assert again.number == "BR-990-2026-00002"  # the refused receipt took no number


async def test_what_is_received_is_awaited_until_it_is_at_work() -> None:
    number, _envelope, who = await sent_order()
    await operations.receive(who, number, some(4))
    async with transaction(system()):
        assert await fetch_value("SELECT quantity FROM expected_delivery") == 6
    await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)], in_service=True))
    async with transaction(system()):
        assert await fetch_value("SELECT quantity FROM expected_delivery") == 4
        assert await fetch_value("SELECT count(*) FROM asset WHERE state = 'in_service'") == 2


async def test_a_receipt_has_a_day_that_can_be() -> None:
    number, _envelope, who = await sent_order()
    for day in (today() + timedelta(days=1), today() - timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            await operations.receive(
                who, number, Receive(lines=[ReceivedLine(position=1, quantity=1)], received_on=day)
            )
        assert "received_on" in refused.value.errors


async def test_a_draft_receives_nothing_and_only_who_may_receives() -> None:
    number, envelope, who = await sent_order()
    await make_approved(("tablette", 1), envelope=envelope)
    buyer = await make_actor("purchasing", board="990000")
    (draft,) = await orders.build(buyer)
    with pytest.raises(NotSent):
        await operations.receive(who, draft.number, some(1))
    with pytest.raises(Forbidden):
        await operations.receive(buyer, number, some(1))
    await make_school("991001", board="991000")
    stranger = await make_actor("technician", board="991000")
    with pytest.raises(NotFound):
        await operations.receive(stranger, number, some(1))


async def test_a_school_sees_the_receipts_of_its_own_lines_and_a_sibling_none() -> None:
    number, _envelope, who = await sent_order()
    receipt = await operations.receive(who, number, some(2))
    await make_school("990002")
    own, sibling = await make_actor("principal", school="990001"), await make_actor("principal", school="990002")
    assert (await queries.one(own, receipt.number)).lines[0].quantity == 2
    with pytest.raises(NotFound):
        await queries.one(sibling, receipt.number)
