"""What became of an ordered basket: its orders, and what of it is still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from allocations.selections.queries import found
from kit.actor import Actor
from kit.database import fetch_as, transaction
from kit.i18n import _, date_long, n_, number

_ORDERS = """
SELECT o.number, o.sent_at IS NOT NULL AS sent, l.awaited, l.expected_on, a.idle
FROM selection s JOIN order_part t ON t.selection = s.id JOIN purchase_order o ON o.id = t."order"
JOIN LATERAL (SELECT sum(quantity - received - cancelled)::int AS awaited,
                     max(expected_on) FILTER (WHERE quantity > received + cancelled) AS expected_on
              FROM order_line WHERE part = t.id) l ON true
JOIN LATERAL (SELECT count(*)::int AS idle
              FROM order_line ol JOIN receipt_line r ON r.order_line = ol.id JOIN asset d ON d.receipt_line = r.id
              WHERE ol.part = t.id AND d.state = 'received') a ON true
WHERE s.number = $1 AND o.state <> 'cancelled' ORDER BY o.number
"""

ORDERED, DELIVERED, PUT_TO_USE, DONE = 2, 3, 4, 5  # steps of words.STEPS; the last: none is left


@dataclass(frozen=True, slots=True)
class Order:
    """An order's part of a basket. `awaited`: units to receive; `idle`: devices received that are not in service yet."""

    number: str
    sent: bool
    awaited: int
    expected_on: date | None
    idle: int


async def orders_of(who: Actor, basket: str) -> list[Order]:
    """The orders that a basket became, but those given up. Raises NotFound."""
    async with transaction(who):
        await found(who, basket)
        return await fetch_as(Order, _ORDERS, basket)


def step_of(orders: Sequence[Order]) -> int:
    """The step that the slowest order has come to."""
    if any(order.awaited and not order.sent for order in orders):
        return ORDERED
    if any(order.awaited for order in orders):
        return DELIVERED
    return PUT_TO_USE if any(order.idle for order in orders) else DONE


def words_of(orders: Sequence[Order]) -> str:
    """Where an ordered basket stands, in a sentence."""
    step = step_of(orders)
    if step == ORDERED:
        return _("Regroupé dans un bon de commande : l'organisme l'enverra au fournisseur.")
    if step == DELIVERED:
        days = [order.expected_on for order in orders if order.awaited]
        if all(days):
            return _("Commandé : livraison attendue le {day}.").format(day=date_long(max(day for day in days if day)))
        return _("Commandé : l'organisme attend la livraison.")
    if step == PUT_TO_USE:
        idle = sum(order.idle for order in orders)
        said = n_(
            "Reçu : {n} appareil reste à mettre en service.", "Reçu : {n} appareils restent à mettre en service.", idle
        )
        return said.format(n=number(idle))
    return _("Tout ce qui devait arriver est reçu.")
