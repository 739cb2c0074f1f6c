"""Orders of the walk's world in states that few routes ask for."""

from typing import Any

from allocations.orders import authorising, holding, limits, replies
from allocations.orders import operations as orders
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, transaction
from tests.factories import make_actor, make_approved


async def add_orders(things: dict[str, Any], admin: Actor, buyer: Actor, secret: str) -> None:
    """`large_order` is over the board's amount, and outside a contract; `asked_order` waits for the word of `buyer`."""
    await limits.set_from(admin, "990000", from_day=today(), before_tax_cents=2_000_00, reason=secret)
    maker = await make_actor("purchasing", board="990000")
    for place, (name, units) in enumerate((("large_order", 30), ("asked_order", 30), ("held_order", 1)), 901):
        number = f"P-990001-2026-{place}"
        basket = await make_approved(("appareil", units), envelope=things["envelope"], number=number)
        (order,) = await orders.build(maker, selections=[basket])
        things[name] = order.number
    async with transaction(system()):
        await execute(
            "INSERT INTO contract (code, number, name, kind, supplier, from_day, binds_all)"
            " SELECT 'contrat-essai', 'C-1', 'Essai', 'group', id, '2020-07-01', true FROM supplier WHERE code = 'fournisseur'"
        )
        await execute(
            "UPDATE selection_item SET mandatory_contract = (SELECT id FROM contract WHERE code = 'contrat-essai') WHERE id IN ("
            ' SELECT item FROM order_line WHERE "order" = (SELECT id FROM purchase_order WHERE number = $1))',
            things["large_order"],
        )
        # What a message that failed left: `received_order` may be sent again.
        await execute("UPDATE outbox SET failed_at = not_before WHERE about = $1", things["received_order"])
    await authorising.ask(maker, things["asked_order"])
    await orders.send(buyer, things["held_order"])
    await holding.hold(buyer, things["held_order"], reason=secret)
    kept = await replies.attach(buyer, things["sent_order"], f"{secret}.txt", secret.encode())
    things["order_file"] = kept.id
