"""The supplier confirms: its number and day, the delivery that it promises; its reply is attached beside."""

from datetime import date

from allocations.orders import operations, queries, rules
from allocations.orders.operations import locked, move
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile
from kit.actor import Actor
from kit.clock import MONTREAL, now, today
from kit.database import transaction
from kit.events import record


async def acknowledge(
    who: Actor,
    number: str,
    *,
    confirmation: str,
    acknowledged_on: date | None = None,
    expected_on: date | None = None,
    version: int | None = None,
) -> OrderFile:
    """Write that the supplier confirmed a sent order (said again, it mends what was written); None: today, no day promised.

    Raises NotSent, Invalid, NothingAwaited, Stale, NotFound.
    """
    who.must("order.write")
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.acknowledge, state, number)
        day = acknowledged_on or today()
        rules.check_confirmed(day, sent_on=row["sent_at"].astimezone(MONTREAL).date(), today=today())
        given = " ".join(confirmation.split())
        if expected_on is not None:
            await operations.promise(who, number, expected_on=expected_on)
        await move(
            row, rules.after(Act.acknowledge, state), confirmation=given, acknowledged_on=day, acknowledged_at=now(),
            acknowledged_by_name=who.name,
        )  # fmt: skip
        await record(
            who, "order.acknowledged", kind="order", subject=number, board=row["board"],
            before={"confirmation": row["confirmation"]}, after={"confirmation": given, "on": day.isoformat()},
        )  # fmt: skip
        return await queries.one(who, number)
