"""Giving up the rest of orders: what did not come is awaited no more, and its money is free again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import queries, rules
from allocations.orders.billed import check_given_up
from allocations.orders.operations import locked
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from inventory.floor import operations as floor
from kit import outbox
from kit.actor import Actor
from kit.database import execute, fetch, transaction
from kit.events import Change, record_all
from kit.i18n import kept

# What each line has neither received nor given up yet; the line keeps what it was charged, so that the sums still tell.
_ABANDON = """
UPDATE order_line l SET cancelled = l.quantity - l.received, abandoned_cents = l.charged_cents - l.spent_cents, version = l.version + 1
FROM order_line was WHERE l."order" = ANY($1::uuid[]) AND was.id = l.id
RETURNING l.id, l."order", l.envelope, l.abandoned_cents - was.abandoned_cents AS freed_cents, l.cancelled - was.cancelled AS given_up
"""


_CLOSED = "UPDATE purchase_order SET state = 'closed', held_from = '', version = version + 1 WHERE id = ANY($1::uuid[])"


async def close(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderFile:
    """Give up what an order still awaits. Its choices are not ordered again; a message that waits does not leave.

    Raises NothingToClose, InvoicedAlready, Invalid without a reason, Stale, NotFound.
    """
    who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        rules.check(Act.close, State(row["state"]), number)
        await give_up(who, [row], why)
        return await queries.one(who, number)


async def give_up(who: Actor, rows: Sequence[Any], why: str) -> None:
    """Close locked orders that may be closed, however many, in a few statements; each one's history tells it. Raises InvoicedAlready.

    Call inside the transaction of the operation that has checked the right and the orders' states.
    """
    keys = [row["id"] for row in rows]
    lines = await fetch(_ABANDON, keys)
    await check_given_up(*rows)
    freed = await _free(who, rows, lines)
    for message in (row["message"] for row in rows if row["message"] is not None and not row["sent_how"]):
        await outbox.cancel(message)
    await execute(_CLOSED, keys)
    # What came and is not at work yet is still awaited: only the rest is not.
    await floor.less_expected({str(line["id"]): line["given_up"] for line in lines if line["given_up"]})
    await record_all(
        who,
        [
            Change(
                what="order.closed", kind="order", subject=row["number"], board=row["board"],
                before={"state": row["state"]}, after={"state": "closed", "freed_cents": freed[row["id"]]}, why=why,
            )
            for row in rows
        ],
    )  # fmt: skip


async def _free(who: Actor, rows: Sequence[Any], lines: Sequence[Any]) -> dict[Any, int]:
    """Give the lines' rest back to their envelopes; how many cents of each order. What was sent is committed, the rest is reserved."""
    orders, freed = {row["id"]: row for row in rows}, defaultdict[Any, int](int)
    committed, reserved = list[Move](), list[Move]()
    for line in lines:
        row = orders[line["order"]]
        freed[row["id"]] += line["freed_cents"]
        reason = kept("Reste du bon {number} abandonné", number=row["number"])
        sent = rules.was_sent(State(row["state"]), row["held_from"])
        (committed if sent else reserved).append(
            Move(line["envelope"], line["freed_cents"], reason, "order", row["number"])
        )
    await envelopes.lock_many([line["envelope"] for line in lines])
    await envelopes.decommit(who, committed)
    await envelopes.release(who, reserved)
    return freed
