"""An order put on hold, and taken up again where it was. Its money stays where it is; a message that waits does not leave."""

from allocations.orders import queries, revisions, rules
from allocations.orders.operations import locked, move
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from allocations.years.queries import check_open
from kit import outbox
from kit.actor import Actor
from kit.clock import now
from kit.database import transaction
from kit.events import record


async def hold(who: Actor, number: str, *, reason: str, version: int | None = None) -> OrderFile:
    """Put an order that is neither received nor over on hold. Raises NotSent, Invalid without a reason, Stale, NotFound."""
    who.must("order.write")
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.hold, state, number)
        kept_back = row["message"] is not None and not row["sent_how"] and await outbox.cancel(row["message"])
        await move(
            row, rules.after(Act.hold, state), held_from=state.value, held_at=now(), hold_reason=why,
            message=None if kept_back else row["message"],
        )  # fmt: skip
        await record(
            who, "order.held", kind="order", subject=number, board=row["board"],
            before={"state": state.value}, after={"state": "on_hold", "message_left": not kept_back}, why=why,
        )  # fmt: skip
        return await queries.one(who, number)


async def resume(who: Actor, number: str, *, version: int | None = None) -> OrderFile:
    """Take an order up again in the state that it was in; a message that was kept back waits its two minutes anew.

    Raises NotHeld, YearClosed (of an order that was not sent), Stale, NotFound.
    """
    who.must("order.write")
    async with transaction(who):
        row = await locked(who, number, version)
        rules.check(Act.resume, State(row["state"]), number)
        state = rules.after(Act.resume, State.on_hold, held_from=row["held_from"])
        if state in rules.UNSENT:
            await check_open(who, row["year"])
        await move(row, state, held_from="", held_at=None, hold_reason="")
        if state in rules.AWAITING and row["message"] is None and not row["sent_how"]:
            await revisions.issue(who, row, not_before=now() + rules.RECALL)
        await record(
            who, "order.resumed", kind="order", subject=number, board=row["board"],
            before={"state": "on_hold"}, after={"state": state.value},
        )  # fmt: skip
        return await queries.one(who, number)
