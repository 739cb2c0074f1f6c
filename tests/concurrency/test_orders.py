"""Presses on orders at one moment: money and baskets end in one of the states that turns would have left."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from allocations.orders import acknowledging, amending, authorising, cancelling, closing, holding, limits
from allocations.orders import operations as orders
from allocations.orders.schemas import LineChange
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions
from catalog.products import operations as products
from catalog.products.schemas import NewPrice
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Refused
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("committed")


async def desk() -> tuple[Actor, UUID]:
    """A buyer; an envelope of 10 000.00 $; a tablet and a robot of two suppliers."""
    await make_school()
    await make_product("tablette", 393_00, supplier="alpha")
    await make_product("robot", 185_37, supplier="beta", category="robotique")
    return await make_actor("purchasing", board="990000"), await make_envelope("990001", 10_000_00)


async def state_of(table: str, number: str) -> str:
    async with transaction(system()):
        return await fetch_value(f"SELECT state FROM {table} WHERE number = $1", number)  # type: ignore[no-any-return]


async def sound(envelope: UUID) -> None:
    """The figures are those of the ledger, of the baskets that wait, of the orders that were sent, and of what arrived."""
    async with transaction(system()):
        ledger = await fetch(
            "SELECT sum(reserved_cents)::bigint, sum(committed_cents)::bigint, sum(spent_cents)::bigint FROM ledger_entry"
            " WHERE envelope = $1",
            envelope,
        )
        live = await fetch(
            "SELECT sum(l.charged_cents - l.spent_cents - l.abandoned_cents)::bigint AS committed, sum(l.spent_cents)::bigint AS spent"
            " FROM order_line l JOIN purchase_order o ON o.id = l.\"order\" WHERE o.sent_at IS NOT NULL AND o.state <> 'cancelled'"
            " AND l.envelope = $1",
            envelope,
        )
        basket = await fetch_value(
            "SELECT coalesce(sum(charged_cents), 0)::bigint FROM selection WHERE envelope = $1"
            " AND state IN ('submitted', 'approved', 'ordered')",
            envelope,
        )
        twice = await fetch_value(
            'SELECT count(*) FROM (SELECT item FROM order_line l JOIN purchase_order o ON o.id = l."order"'
            " WHERE o.state <> 'cancelled' AND l.amends IS NULL GROUP BY item HAVING count(*) > 1) t"
        )
    _free, *held = await figures(envelope)
    assert held == list(ledger[0])
    assert held[1:] == [live[0]["committed"] or 0, live[0]["spent"] or 0]
    assert sum(held) == basket
    assert twice == 0


@pytest.mark.parametrize("attempt", range(4))
async def test_builds_at_one_moment_order_each_basket_once(attempt: int) -> None:
    who, envelope = await desk()
    baskets = [await make_approved(("tablette", 1), ("robot", n), envelope=envelope) for n in range(1, 4)]
    results = await asyncio.gather(*(orders.build(who) for _n in range(4)), return_exceptions=True)
    assert all(isinstance(result, list | Refused) for result in results), results
    async with transaction(system()):
        parts = await fetch("SELECT selection, count(*) AS n FROM order_part GROUP BY selection")
    assert [row["n"] for row in parts] == [2] * len(baskets)
    await sound(envelope)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_withdrawal_and_a_build_at_one_moment_leave_one_of_them(attempt: int) -> None:
    who, envelope = await desk()
    principal = await make_actor("principal", school="990001")
    basket = await make_approved(("tablette", 1), ("robot", 1), envelope=envelope)
    results = await asyncio.gather(
        decisions.withdraw(principal, basket, version=1), orders.build(who), return_exceptions=True
    )
    assert sum(isinstance(result, Refused) for result in results) == 1, results
    assert await state_of("selection", basket) in ("withdrawn", "ordered")
    await sound(envelope)


@pytest.mark.parametrize("attempt", range(6))
async def test_the_two_orders_of_one_basket_cancelled_at_one_moment_give_it_back(attempt: int) -> None:
    who, envelope = await desk()
    principal = await make_actor("principal", school="990001")
    basket = await make_approved(("tablette", 1), ("robot", 1), envelope=envelope)
    first, second = await orders.build(who)
    await asyncio.gather(
        cancelling.cancel(who, first.number, reason="Erreur"), cancelling.cancel(who, second.number, reason="Erreur")
    )
    assert await state_of("selection", basket) == "approved"
    await decisions.withdraw(principal, basket, version=3)
    assert await figures(envelope) == (10_000_00, 0, 0, 0)


@pytest.mark.parametrize("attempt", range(6))
async def test_an_order_made_again_while_another_is_cancelled_keeps_its_basket_ordered(attempt: int) -> None:
    who, envelope = await desk()
    basket = await make_approved(("tablette", 1), ("robot", 1), envelope=envelope)
    first, second = await orders.build(who)
    await cancelling.cancel(who, first.number, reason="Erreur")
    results = await asyncio.gather(
        orders.build(who), cancelling.cancel(who, second.number, reason="Erreur"), return_exceptions=True
    )
    assert all(not isinstance(result, BaseException) or isinstance(result, Refused) for result in results), results
    async with transaction(system()):
        live = await fetch_value("SELECT count(*) FROM purchase_order WHERE state <> 'cancelled'")
    assert (await state_of("selection", basket) == "ordered") == (live > 0)
    await sound(envelope)


@pytest.mark.parametrize("attempt", range(4))
async def test_send_cancel_recall_receive_and_date_at_one_moment_leave_an_order_that_adds_up(attempt: int) -> None:
    who, envelope = await desk()
    technician = await make_actor("technician", board="990000")
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
    await make_approved(("tablette", 6), envelope=envelope)
    (order,) = await orders.build(who)
    if attempt % 2:
        await orders.send(who, order.number)
    arrived = Receive(lines=[ReceivedLine(position=1, quantity=2)])
    results = await asyncio.gather(
        orders.send(who, order.number),
        receipts.receive(technician, order.number, arrived),
        orders.recall(who, order.number),
        cancelling.cancel(who, order.number, reason="Erreur"),
        orders.promise(who, order.number, expected_on=date(2030, 1, 1)),
        orders.send(who, order.number),
        return_exceptions=True,
    )
    for result in results:
        assert not isinstance(result, BaseException) or isinstance(result, Refused), repr(result)
    await sound(envelope)


async def test_the_last_unit_received_by_many_at_one_moment_comes_once() -> None:
    who, envelope = await desk()
    technician = await make_actor("technician", board="990000")
    await make_approved(("tablette", 3), envelope=envelope)
    (order,) = await orders.build(who)
    await orders.send(who, order.number)
    one = Receive(lines=[ReceivedLine(position=1, quantity=1)])
    results = await asyncio.gather(
        *(receipts.receive(technician, order.number, one) for _n in range(8)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 5 and all(isinstance(result, Refused) for result in refused), refused
    assert await state_of("purchase_order", order.number) == "received"
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM asset") == 3
    await sound(envelope)


async def test_receipts_sendings_withdrawals_and_submissions_over_the_same_envelopes_do_not_deadlock() -> None:
    who, first = await desk()
    technician = await make_actor("technician", board="990000")
    principals, envelopes = [], [first]
    for n in range(2, 6):
        school = await make_school(f"99000{n}")
        envelopes.append(await make_envelope(school, 10_000_00))
    for n in range(1, 6):
        principals.append(await make_actor("principal", school=f"99000{n}"))
    for envelope, n in zip(envelopes, range(1, 6), strict=True):
        await make_approved(("tablette", 3), ("robot", 2), school=f"99000{n}", envelope=envelope)
    made = await orders.build(who)
    waiting = [
        await make_approved(("tablette", 1), school=f"99000{n}", envelope=envelope)
        for envelope, n in zip(envelopes, range(1, 6), strict=True)
    ]
    for order in made:
        await orders.send(who, order.number)
    arrived = Receive(lines=[ReceivedLine(position=n, quantity=1) for n in range(1, 6)])
    back = Receive(lines=[ReceivedLine(position=n, quantity=1) for n in range(5, 0, -1)])
    results = await asyncio.gather(
        *(
            receipts.receive(technician, order.number, kind)
            for order in made
            for kind in (arrived, back)
        ),
        *(decisions.withdraw(principal, basket, version=1) for principal, basket in zip(principals, waiting, strict=True)),
        return_exceptions=True,
    )  # fmt: skip
    assert [result for result in results if isinstance(result, BaseException)] == []
    for envelope in envelopes:
        await sound(envelope)


async def figures_are_those_of_the_lines(envelope: UUID) -> None:
    """As `sound`, for an amended order: what its baskets hold reserved, what its lines hold committed and spent."""
    async with transaction(system()):
        lines = await fetch(
            "SELECT coalesce(sum(l.charged_cents - l.spent_cents - l.abandoned_cents), 0)::bigint,"
            ' coalesce(sum(l.spent_cents), 0)::bigint FROM order_line l JOIN purchase_order o ON o.id = l."order"'
            " WHERE o.sent_at IS NOT NULL AND o.state <> 'cancelled' AND l.envelope = $1",
            envelope,
        )
        waiting = await fetch_value(
            "SELECT coalesce(sum(s.charged_cents), 0)::bigint FROM selection s WHERE s.envelope = $1"
            " AND (s.state = 'approved' OR s.state = 'ordered' AND EXISTS (SELECT FROM order_part t JOIN purchase_order o"
            "  ON o.id = t.\"order\" WHERE t.selection = s.id AND o.sent_at IS NULL AND o.state <> 'cancelled'))",
            envelope,
        )
    assert (await figures(envelope))[1:] == (waiting, *lines[0])


@pytest.mark.parametrize("attempt", range(4))
async def test_amend_hold_resume_acknowledge_cancel_close_and_receive_at_one_moment_add_up(attempt: int) -> None:
    who, envelope = await desk()
    technician = await make_actor("technician", board="990000")
    await make_approved(("tablette", 6), envelope=envelope)
    (order,) = await orders.build(who)
    await orders.send(who, order.number)
    arrived = Receive(lines=[ReceivedLine(position=1, quantity=2)])
    fewer, dearer = LineChange(position=1, quantity=4), LineChange(position=1, unit_before_tax_cents=401_01)
    results = await asyncio.gather(
        amending.amend(who, order.number, [fewer], reason="Moins"),
        receipts.receive(technician, order.number, arrived),
        amending.amend(who, order.number, [dearer], reason="Plus cher"),
        holding.hold(who, order.number, reason="Attente"),
        acknowledging.acknowledge(who, order.number, confirmation="A-1"),
        holding.resume(who, order.number),
        *([cancelling.cancel(who, order.number, reason="Erreur")] if attempt % 2 else []),
        *([closing.close(who, order.number, reason="Fini")] if attempt > 1 else []),
        return_exceptions=True,
    )
    for result in results:
        assert not isinstance(result, BaseException) or isinstance(result, Refused), repr(result)
    await figures_are_those_of_the_lines(envelope)


@pytest.mark.parametrize("attempt", range(3))
async def test_two_amendments_of_one_line_at_one_moment_are_one_revision_each(attempt: int) -> None:
    who, envelope = await desk()
    await make_approved(("tablette", 6), envelope=envelope)
    (order,) = await orders.build(who)
    sent = await orders.send(who, order.number)
    results = await asyncio.gather(
        *(
            amending.amend(who, order.number, [LineChange(position=1, quantity=n)], reason="Moins", version=sent.order.version)
            for n in (4, 5)
        ),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(result, Refused) for result in results) == 1, results
    async with transaction(system()):
        assert await fetch_value("SELECT revision FROM purchase_order") == 1
    await figures_are_those_of_the_lines(envelope)


async def test_of_two_who_authorise_and_send_back_at_one_moment_one_is_heard() -> None:
    who, envelope = await desk()
    other = await make_actor("purchasing", board="990000")
    admin = await make_actor("board_admin", board="990000")
    await limits.set_from(admin, "990000", from_day=today(), before_tax_cents=0, reason="Politique")
    await make_approved(("tablette", 6), envelope=envelope)
    (order,) = await orders.build(who)
    await authorising.ask(who, order.number)
    results = await asyncio.gather(
        authorising.authorise(other, order.number, version=2),
        authorising.send_back(other, order.number, reason="Trop cher", version=2),
        authorising.authorise(other, order.number, version=2),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 2, results
    assert await state_of("purchase_order", order.number) in ("authorised", "draft")


async def lines_of_items() -> list[int]:
    """How often each item is on an order that stands."""
    async with transaction(system()):
        rows = await fetch(
            'SELECT count(*)::int AS n FROM order_line l JOIN purchase_order o ON o.id = l."order"'
            " WHERE o.state <> 'cancelled' GROUP BY l.item"
        )
    return [row["n"] for row in rows]


@pytest.mark.parametrize("attempt", range(4))
async def test_two_builders_of_baskets_with_something_aside_make_no_line_twice(attempt: int) -> None:
    who, envelope = await desk()
    await make_product("etui", 19_99, supplier="alpha", tracked=False)
    baskets = [await make_approved(("tablette", 1), ("etui", n), envelope=envelope) for n in range(1, 4)]
    async with transaction(system()):
        await execute("UPDATE product SET closed_on = $1 WHERE code = 'etui'", today())
    results = await asyncio.gather(
        *(orders.build(who, selections=baskets[turn : turn + 2]) for turn in (0, 1, 0)), return_exceptions=True
    )
    assert all(isinstance(result, list | Refused) for result in results), results
    assert set(await lines_of_items()) == {1}
    await sound(envelope)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_build_while_its_price_is_confirmed_orders_the_line_then_or_the_next_time(attempt: int) -> None:
    who, envelope = await desk()
    basket = await make_approved(("tablette", 1), ("robot", 1), envelope=envelope)
    async with transaction(system()):
        ended = today() - timedelta(days=1)
        await execute("UPDATE selection_item SET price_until = $1 WHERE description = 'tablette'", ended)
        await execute("UPDATE price SET until_day = $1 WHERE before_tax_cents = 39300", ended)
    confirmed = NewPrice(
        supplier="alpha",
        before_tax_cents=393_00,
        from_day=today(),
        seen_on=today(),
        source="Confirmé par le fournisseur",
    )
    results = await asyncio.gather(
        orders.build(who), products.add_price(who, "tablette", confirmed), return_exceptions=True
    )
    assert not any(isinstance(result, BaseException) for result in results), results
    if len(await lines_of_items()) == 1:
        await orders.build(who, selections=[basket])
    assert await lines_of_items() == [1, 1]
    await sound(envelope)
