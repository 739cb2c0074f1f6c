"""Cancelling an order of which nothing has come: its choices wait to be ordered again."""

from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.orders import queries, rules
from allocations.orders.operations import expect, locked, moves_of
from allocations.orders.rules import State
from allocations.orders.schemas import OrderFile
from allocations.years.queries import check_open
from kit import outbox
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_value, transaction
from kit.events import record
from kit.i18n import kept

_BASKETS = """
SELECT id FROM selection WHERE id IN (SELECT selection FROM order_part WHERE "order" = $1) ORDER BY id FOR UPDATE
"""


async def cancel(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderFile:
    """Cancel an order of which nothing has come. Its choices wait to be ordered again, their money reserved."""
    who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        await check_open(who, row["year"])  # its baskets could never be ordered again: give up the rest instead
        # Before the envelopes, as everywhere; two orders of one basket take turns to give it back.
        await execute(_BASKETS, row["id"])
        received = await fetch_value(
            'SELECT coalesce(sum(received), 0)::int FROM order_line WHERE "order" = $1', row["id"]
        )
        state = State(row["state"])
        rules.check_cancel(state, number, received)
        if state is State.sent:
            if row["message"] is not None:
                await outbox.cancel(row["message"])
            moves = await moves_of(row, kept("Bon de commande {number} annulé", number=number))
            await envelopes.decommit(who, moves, back_to_reserved=True)
        await execute('UPDATE order_line SET cancelled = quantity, version = version + 1 WHERE "order" = $1', row["id"])
        await execute(
            "UPDATE purchase_order SET state = 'cancelled', cancelled_at = $2, cancel_reason = $3, version = version + 1"
            " WHERE id = $1",
            row["id"], now(), why,
        )  # fmt: skip
        await _give_back(row)
        await expect(who, row, nothing=True)
        await record(who, "order.cancelled", kind="order", subject=number, board=row["board"], why=why)
        return await queries.one(who, number)


async def _give_back(row: Any) -> None:
    """Choices of a cancelled order that have no other live order are `approved` again, so that they can be withdrawn too."""
    await execute(
        "UPDATE selection s SET state = 'approved', version = version + 1 FROM order_part t"
        " WHERE t.\"order\" = $1 AND t.selection = s.id AND s.state = 'ordered' AND NOT EXISTS ("
        '  SELECT FROM order_part other JOIN purchase_order o ON o.id = other."order"'
        "  WHERE other.selection = s.id AND o.state <> 'cancelled')",
        row["id"],
    )
