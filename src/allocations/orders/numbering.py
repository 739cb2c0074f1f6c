"""The number that an order bears in its board's own purchasing system, beside ours."""

from allocations.orders import queries, revisions, rules
from allocations.orders.operations import locked
from allocations.orders.rules import State
from allocations.orders.schemas import OrderFile
from allocations.years.queries import check_open
from kit import outbox
from kit.actor import Actor
from kit.database import execute, transaction
from kit.events import record


async def give_own_number(who: Actor, number: str, *, own: str, version: int | None = None) -> OrderFile:
    """Write the board's own number of an order, or take it off (''). It serves once in a board, its case and spaces ignored.

    A message that still waits leaves with the new number, when it would have. Raises Invalid (it serves already), NumberFixed,
    YearClosed, Stale, NotFound.
    """
    who.must("order.write")
    async with transaction(who):
        row = await locked(who, number, version)
        state, given = State(row["state"]), " ".join(own.split())
        rules.check_own_number(state, number)
        if state not in rules.AWAITING:  # what is on the way when its year closes may still be matched with an invoice
            await check_open(who, row["year"])
        if given == row["external_number"]:
            return await queries.one(who, number)
        await execute(
            "UPDATE purchase_order SET external_number = $2, version = version + 1 WHERE id = $1", row["id"], given
        )
        leaves_at, _mail = await queries.mail_of(row["message"])
        if leaves_at is not None and await outbox.cancel(row["message"]):
            await revisions.issue(who, row, not_before=leaves_at)
        await record(
            who, "order.numbered", kind="order", subject=number, board=row["board"],
            before={"external_number": row["external_number"]}, after={"external_number": given},
        )  # fmt: skip
        return await queries.one(who, number)
