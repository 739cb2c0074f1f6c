"""An order that no message carries is printed and handed over: what that changes is what sending changes, but for the message."""

from allocations.orders import queries, revisions, rules
from allocations.orders.operations import check_sender, commit, locked
from allocations.orders.rules import UNSENT, How, State
from allocations.orders.schemas import OrderFile
from kit.actor import Actor
from kit.database import execute, transaction
from kit.events import record


async def hand_over(
    who: Actor, number: str, *, how: How, confirmation: str = "", version: int | None = None
) -> OrderFile:
    """Say that a person handed the order over, and how; `confirmation` is the number that the supplier gave.

    A draft is sent by it: its money is committed in the same transaction. Of an order that was sent already (its supplier has no
    address, its message failed, or the way was written wrong) only the way is written. Raises NotSent, MailCarriesIt, NeedsAuthorisation,
    YearClosed, Stale, NotFound.
    """
    check_sender(who)
    async with transaction(who):
        row = await locked(who, number, version)
        state, (_leaves_at, mail) = State(row["state"]), await queries.mail_of(row["message"])
        rules.check_hand_over(state, number, mail=mail)
        if state in UNSENT:
            await commit(who, row)
        given = " ".join(confirmation.split())
        await execute(
            "UPDATE purchase_order SET sent_how = $2, confirmation = $3, version = version + 1 WHERE id = $1",
            row["id"], how, given,
        )  # fmt: skip
        if state in UNSENT:
            await revisions.issue(who, row, not_before=None)
        after = {"how": how, "confirmation": given}
        if state in UNSENT:
            what, before, after = "order.sent", None, {"net_cents": row["net_cents"], **after}
        else:
            what, before = "order.handed_over", {"how": row["sent_how"], "confirmation": row["confirmation"]}
        await record(who, what, kind="order", subject=number, board=row["board"], before=before, after=after)
        return await queries.one(who, number)
