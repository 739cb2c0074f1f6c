"""What the tests of receipts stand on: sent orders, and who receives them."""

from uuid import UUID

from allocations.orders import operations as orders
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value, transaction
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school


async def sent_order(*lines: tuple[str, int], cents: int = 5_000_00, school: str = "990001") -> tuple[str, UUID, Actor]:
    """An order of these products, sent; its envelope; the technician who receives. `tapis` is untracked, the others are devices."""
    await make_school(school)
    for code, _quantity in lines:
        async with transaction(system()):
            priced = await fetch_value(
                "SELECT 1 FROM price r JOIN product p ON p.id = r.product WHERE p.code = $1", code
            )
        cents_each = 40_00 if code == "tapis" else 393_00
        await make_product(code, None if priced else cents_each, tracked=code != "tapis")
        async with transaction(system()):
            await execute("UPDATE product SET maker = 'Essai', model = $2 WHERE code = $1", code, f"M-{code}")
    envelope = await make_envelope(school, cents)
    await make_approved(*lines, envelope=envelope, school=school)
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await orders.build(buyer)
    await orders.send(buyer, order.number)
    return order.number, envelope, await make_actor("technician", board="990000")


async def lines_of(order: str) -> list[tuple[int, int, int]]:
    """Received, returned and spent cents of each line."""
    async with transaction(system()):
        rows = await fetch(
            'SELECT l.received, l.returned, l.spent_cents FROM order_line l JOIN purchase_order o ON o.id = l."order"'
            " WHERE o.number = $1 ORDER BY l.position",
            order,
        )
    return [tuple(row) for row in rows]


async def states(order: str) -> dict[str, int]:
    """How many assets of an order are in each state."""
    async with transaction(system()):
        rows = await fetch("SELECT state, count(*)::int AS n FROM asset WHERE origin = $1 GROUP BY state", order)
    return {row["state"]: row["n"] for row in rows}


async def expected(order: str) -> int:
    """How many devices of an order the floor awaits."""
    async with transaction(system()):
        rows = await fetch("SELECT coalesce(sum(quantity), 0)::int AS n FROM expected_delivery WHERE label = $1", order)
    return int(rows[0]["n"])
