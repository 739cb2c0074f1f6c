"""What became of units that were set aside."""

from uuid import UUID

from allocations.orders import queries as orders
from allocations.receipts import issue_queries, operations, rules
from allocations.receipts.rules import IssueKind, Outcome
from allocations.receipts.schemas import IssueOut, Receive, ReceivedLine, SettleIssue
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_value, transaction
from kit.errors import Invalid, Stale
from kit.events import record
from kit.i18n import _


async def settle(who: Actor, number: str, new: SettleIssue, *, version: int | None = None) -> IssueOut:
    """Say what became of units that were set aside. Accepted in replacement, they are received at the order's price.

    Raises IssueSettled, Stale, NotFound; as `receive` does for what is accepted.
    """
    who.must("receipt.write")
    async with transaction(who):
        found = await issue_queries.one(who, number)
        order = await orders.locked(who, found.order)
        row = await issue_queries.locked(number)
        if version is not None and version != row["version"]:
            raise Stale()
        if row["outcome"] != Outcome.set_aside:
            raise rules.IssueSettled(number=number)
        receipt: UUID | None = None
        if new.outcome is Outcome.set_aside:
            raise Invalid({"outcome": _("Ces unités sont déjà de côté : dites si elles sont rendues ou acceptées.")})
        if new.outcome is Outcome.accepted:
            if found.kind is IssueKind.over:
                raise Invalid(
                    {"outcome": _("Ce qui est en trop n'est pas commandé : rendez-le, ou modifiez d'abord le bon.")}
                )
            line = ReceivedLine(
                position=found.position, quantity=found.quantity, serials=new.serials, product=found.product or ""
            )
            came = await operations.received(who, order, Receive(lines=[line], slip=found.slip, note=new.note))
            receipt = await fetch_value("SELECT id FROM receipt WHERE number = $1", came.number)
        await execute(
            "UPDATE receipt_issue SET outcome = $2, receipt = $3, note = concat_ws(E'\\n', nullif(note, ''), nullif($4, '')),"
            " settled_at = $5, settled_by_name = $6, version = version + 1 WHERE id = $1",
            row["id"], new.outcome.value, receipt, new.note.strip(), now(), who.name,
        )  # fmt: skip
        await record(
            who, "order.issue_settled", kind="order", subject=found.order, board=found.board,
            before={"outcome": row["outcome"]}, after={"issue": number, "outcome": new.outcome.value}, why=new.note.strip(),
        )  # fmt: skip
        return await issue_queries.one(who, number)
