"""The money bugs of others, as tests: a total derived from the wrong rows (GLPI's order plugin #51, #236, #415; Emily Carr's log)."""

import pytest

from allocations.invoices import paying
from allocations.invoices.rules import CreditFor, State
from allocations.invoices.schemas import Pay
from allocations.orders import operations as orders
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection
from kit.actor import system
from kit.clock import school_year, today
from kit.database import execute, fetch_value, transaction
from tests.allocations.invoices.desk import Desk, check_sums, make_desk
from tests.factories import figures, make_actor, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def free(desk: Desk) -> int:
    return (await figures(desk.envelope))[0]


async def test_of_ten_thousand_seven_hundred_and_fifty_spent_leave_9250_at_every_step() -> None:
    await make_school("990001")
    async with transaction(system()):
        await execute("UPDATE measure SET tax_basis = 'before_tax' WHERE code = 'EX-COMBOS'")
    envelope = await make_envelope("990001", 10_000_00, year=school_year(today()))
    await make_product("portable", 700_00, supplier="alpha")
    await make_product("sac", 50_00, supplier="alpha", tracked=False)
    team, principal = await make_actor("school_team", school="990001"), await make_actor("principal", school="990001")
    buyer, technician = await make_actor("purchasing", board="990000"), await make_actor("technician", board="990000")
    desk = Desk(buyer, await make_actor("purchasing", board="990000"), technician, envelope)

    basket = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year=school_year(today())))
    for code in ("portable", "sac"):
        basket = await operations.put_line(
            team, basket.number, NewLine(product=code, quantity=1), version=basket.version
        )
    assert await free(desk) == 10_000_00  # a draft holds nothing
    basket = await decisions.submit(team, basket.number, version=basket.version)
    steps = [await free(desk)]
    await decisions.approve(principal, basket.number, version=basket.version)
    steps.append(await free(desk))
    (order,) = await orders.build(buyer, selections=[basket.number])
    steps.append(await free(desk))
    await orders.send(buyer, order.number)
    steps.append(await free(desk))
    desk.order = order.number
    await desk.receive(1, 1)
    steps.append(await free(desk))
    made = await desk.invoice((1, 1, order_price(1)), (2, 1, order_price(2)))
    steps.append(await free(desk))
    await desk.approve(made.invoice.number)
    steps.append(await free(desk))
    paid = await paying.pay(buyer, made.invoice.number, Pay(reference="VIR-750"))
    steps.append(await free(desk))

    assert steps == [9_250_00] * 8
    assert await figures(envelope) == (9_250_00, 0, 0, 750_00)
    assert (paid.invoice.state, paid.invoice.before_tax_cents) == (State.paid, 750_00)  # « payé » is not 0
    assert await count("asset") == 1  # the bag is money, and no device
    await check_sums()


def order_price(position: int) -> int:
    return {1: 700_00, 2: 50_00}[position]


async def count(table: str) -> int:
    async with transaction(system()):
        return await fetch_value(f"SELECT count(*) FROM {table}")  # type: ignore[no-any-return]


async def test_an_order_of_six_hundred_units_in_six_lines_is_received_and_invoiced() -> None:
    things = [(f"lot-{n}", 17_33 + n, 100) for n in range(6)]
    desk = await make_desk(*things, cents=100_000_00)
    await desk.receive(*[100] * 6)
    before = await figures(desk.envelope)
    lines = [(n, 100, await price_of(desk.order, n)) for n in range(1, 7)]
    made = await desk.approve((await desk.invoice(*lines)).invoice.number)
    assert made.invoice.state is State.approved
    assert await figures(desk.envelope) == before
    await check_sums()


async def price_of(order: str, position: int) -> int:
    async with transaction(system()):
        return await fetch_value(  # type: ignore[no-any-return]
            'SELECT l.unit_before_tax_cents FROM order_line l JOIN purchase_order o ON o.id = l."order"'
            " WHERE o.number = $1 AND l.position = $2",
            order, position,
        )  # fmt: skip


async def test_a_delivered_order_stays_in_the_total_and_an_uninvoiced_one_too() -> None:
    desk = await make_desk(("lot", 100_00, 10))
    at_sending = await free(desk)
    await desk.receive(4)
    assert await free(desk) == at_sending
    await desk.approve((await desk.invoice((1, 4, 100_00))).invoice.number)
    assert await free(desk) == at_sending
    await desk.receive(6)
    assert await free(desk) == at_sending


async def test_a_credit_gives_room_back_that_can_be_spent_again() -> None:
    desk = await make_desk(("lot", 100_00, 10), cents=1_068_87)
    await desk.receive(10)
    whole = await desk.approve((await desk.invoice((1, 10, 100_00))).invoice.number)
    assert await free(desk) == 0
    await desk.send_back(1, 4)
    note = await desk.credit(whole.invoice.number, CreditFor.returned, (1, 4, 100_00))
    assert await free(desk) == 0  # not before somebody approves it
    await desk.approve(note.invoice.number)
    assert await free(desk) == 427_54  # 4/10 of what the line was charged, to the cent
    await check_sums()


async def test_taxes_come_from_the_rates_of_the_day_and_not_from_a_fixed_split() -> None:
    desk = await make_desk(("lot", 1_000_00, 2))
    await desk.receive(2)
    async with transaction(system()):
        await execute("UPDATE tax_rate SET until_day = $1::date - 1 WHERE tax = 'qst'", today())
        await execute(
            "INSERT INTO tax_rate (tax, name, ppm, from_day, source) VALUES ('qst', 'TVQ', 120000, $1, 'essai')",
            today(),
        )
    made = await desk.invoice((1, 2, 1_000_00))
    assert (made.invoice.gst_cents, made.invoice.qst_cents, made.qst_ppm) == (100_00, 240_00, 120_000)
    assert made.invoice.state is State.matched
    assert sum(charge.qst_cents for charge in made.charges) == 240_00
