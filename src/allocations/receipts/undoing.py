"""A receipt that was a mistake: what it made never was, what it spent is committed again, its lines await as before."""

from collections import defaultdict
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import queries as orders
from allocations.orders.billed import BILLED
from allocations.orders.rules import Act, State
from allocations.orders.rules import check as check_act
from allocations.receipts import operations, queries, rules
from allocations.receipts.schemas import ReceiptOut
from allocations.years.queries import check_open
from inventory.assets import leaving
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_one, transaction
from kit.events import record
from kit.i18n import kept

_LINES = f"""
SELECT r.id AS receipt_line, r.quantity AS units, l.id, l.envelope, l.quantity, l.received, l.returned, {BILLED} AS billed, l.charged_cents,
       l.spent_cents, coalesce((SELECT sum(g.quantity)::int FROM goods_return_line g JOIN goods_return t ON t.id = g.goods_return
           WHERE g.order_line = l.id AND g.asset IS NULL AND t.state <> 'cancelled' AND t.at > $2), 0) AS gone
FROM receipt_line r JOIN order_line l ON l.id = r.order_line WHERE r.receipt = $1 ORDER BY l.position
"""

# What the receipt had settled waits again: the issue whose units it took, the return that it replaced.
_UNSETTLED = (
    "UPDATE receipt_issue SET outcome = 'set_aside', receipt = NULL, settled_at = NULL, settled_by_name = '', version = version + 1"
    " WHERE receipt = $1",
    "UPDATE goods_return r SET state = 'awaited', settled_at = NULL, settled_by_name = '', settled_note = '', version = version + 1"
    " FROM receipt c WHERE c.id = $1 AND r.\"order\" = c.\"order\" AND r.kind = 'replacement' AND r.state = 'settled'"
    " AND r.settled_note = c.number",
)


async def undo(who: Actor, number: str, *, why: str) -> ReceiptOut:
    """Take a receipt back, while nothing has touched its assets or its money since.

    Raises Undone, Invoiced, GoneBack, `inventory.assets.leaving.SeenTo`, YearClosed, NotSent (its order is closed), Invalid
    without a reason, NotFound.
    """
    who.must("receipt.write")
    why = rules.check_why(why)
    async with transaction(who):
        found = await queries.one(who, number)
        order = await orders.locked(who, found.order)
        row = await fetch_one("SELECT id, at FROM receipt WHERE number = $1", number)
        assert row is not None
        if await fetch("SELECT 1 FROM receipt_undone WHERE receipt = $1", row["id"]):
            raise rules.Undone(number=number)
        check_act(Act.receive, State(order["state"]), found.order)
        await check_open(who, order["year"])
        lines = await fetch(_LINES, row["id"], row["at"])
        for line in lines:
            if line["received"] - line["units"] < line["billed"]:
                raise rules.Invoiced(number=number)
            if line["received"] - line["units"] < line["returned"] or line["gone"]:
                raise rules.GoneBack(number=number)
        await leaving.void(who, [line["receipt_line"] for line in lines], why=why)
        back = [
            line["spent_cents"]
            - rules.spent(line["charged_cents"], line["quantity"], received=line["received"] - line["units"])
            for line in lines
        ]
        await operations.move_lines(
            [line["id"] for line in lines], [-line["units"] for line in lines], [-cents for cents in back]
        )
        sums: dict[UUID, int] = defaultdict(int)
        for line, cents in zip(lines, back, strict=True):
            sums[line["envelope"]] += cents
        reason = kept("Bon de réception {number} annulé", number=number)
        await envelopes.unspend(
            who, [Move(envelope, cents, reason, "receipt", number) for envelope, cents in sorted(sums.items())]
        )
        await execute(
            "INSERT INTO receipt_undone (receipt, board, why, person, person_name, at) VALUES ($1, $2, $3, $4, $5, $6)",
            row["id"], order["board"], why, who.person, who.name, now(),
        )  # fmt: skip
        for unsettled in _UNSETTLED:
            await execute(unsettled, row["id"])
        await operations.move_order(order["id"])
        await record(
            who, "order.receipt_undone", kind="order", subject=found.order, board=order["board"],
            before={"receipt": number, "units": sum(line["units"] for line in lines)}, why=why,
        )  # fmt: skip
        return await queries.one(who, number)
