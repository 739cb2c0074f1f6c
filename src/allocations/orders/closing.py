"""Giving up the rest of an order: what did not come is awaited no more, and its money is free again."""

from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import queries, rules
from allocations.orders.operations import locked, move
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from inventory.floor import operations as floor
from kit import outbox
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.events import record
from kit.i18n import kept

# What each line has neither received nor given up yet; the line keeps what it was charged, so that the sums still tell.
_ABANDON = """
UPDATE order_line l SET cancelled = l.quantity - l.received, abandoned_cents = l.charged_cents - l.spent_cents, version = l.version + 1
FROM order_line was WHERE l."order" = $1 AND was.id = l.id
RETURNING l.id, l.envelope, l.abandoned_cents - was.abandoned_cents AS freed_cents, l.cancelled - was.cancelled AS given_up
"""


async def close(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderFile:
    """Give up what an order still awaits. Its choices are not ordered again; a message that waits does not leave.

    Raises NothingToClose, Invalid without a reason, Stale, NotFound.
    """
    who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.close, state, number)
        lines = await fetch(_ABANDON, row["id"])
        freed = await _free(who, row, state, lines)
        if row["message"] is not None and not row["sent_how"]:
            await outbox.cancel(row["message"])
        await move(row, rules.after(Act.close, state), held_from="")
        # What came and is not at work yet is still awaited: only the rest is not.
        await floor.less_expected({str(line["id"]): line["given_up"] for line in lines if line["given_up"]})
        await record(
            who, "order.closed", kind="order", subject=number, board=row["board"],
            before={"state": state.value}, after={"state": "closed", "freed_cents": freed}, why=why,
        )  # fmt: skip
        return await queries.one(who, number)


async def _free(who: Actor, row: Any, state: State, lines: list[Any]) -> int:
    """Give the lines' rest back to their envelopes; how many cents. What was sent is committed, what was not is reserved."""
    reason = kept("Reste du bon {number} abandonné", number=row["number"])
    moves = [Move(line["envelope"], line["freed_cents"], reason, "order", row["number"]) for line in lines]
    await (envelopes.decommit if rules.was_sent(state, row["held_from"]) else envelopes.release)(who, moves)
    return sum(move.cents for move in moves)
