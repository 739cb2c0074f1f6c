"""Cancelling an order of which nothing has come: its choices wait to be ordered again."""

from collections.abc import Callable
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import mails, queries, rules
from allocations.orders.billed import check_given_up
from allocations.orders.operations import expect, locked, move
from allocations.orders.rules import Act, CancelledBy, State
from allocations.orders.schemas import OrderFile
from allocations.years.queries import check_open
from kit import outbox
from kit.actor import Actor, system
from kit.clock import now
from kit.database import execute, fetch, fetch_value, transaction
from kit.events import record
from kit.i18n import kept, use_language

_BASKETS = """
SELECT id FROM selection WHERE id IN (SELECT selection FROM order_part WHERE "order" = $1) ORDER BY id FOR UPDATE
"""


# What each envelope still holds committed for the order, and what its choices hold once they wait to be ordered again.
_HELD = """
SELECT envelope, sum(charged_cents - spent_cents - abandoned_cents)::bigint AS committed,
       (sum(charged_cents) FILTER (WHERE revision = 0))::bigint AS chosen
FROM order_line WHERE "order" = $1 GROUP BY envelope ORDER BY envelope
"""


async def cancel(
    who: Actor,
    number: str,
    *,
    reason: str,
    by: CancelledBy = CancelledBy.us,
    version: int | None = None,
) -> OrderFile:
    """Cancel an order of which nothing has come; `by` whom. Its choices wait to be ordered again, their money reserved.

    A supplier that has the order in hand is written to, unless it is the one that gave it up. Raises AlreadyReceived, NotDraft,
    InvoicedAlready (all that came went back to be replaced),
    OverBudget (an amended order cost less than its choices, and the difference is used since), YearClosed, Stale, NotFound.
    """
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
        left = await _left(who, row)
        if rules.was_sent(state, row["held_from"]):
            await _back_to_reserved(who, row)
        await execute('UPDATE order_line SET cancelled = quantity, version = version + 1 WHERE "order" = $1', row["id"])
        await check_given_up(row)
        await move(
            row, rules.after(Act.cancel, state), held_from="", cancelled_at=now(), cancelled_by=by.value, cancel_reason=why
        )  # fmt: skip
        await _give_back(row)
        await expect(who, row, nothing=True)
        await record(
            who, "order.cancelled", kind="order", subject=number, board=row["board"],
            before={"state": state.value}, after={"by": by.value}, why=why,
        )  # fmt: skip
        file = await queries.one(who, number)
        if left and by is not CancelledBy.supplier:
            await _tell_supplier(who, file, left)
        return file


async def _left(who: Actor, row: Any) -> str:
    """The address that the order went to by mail, after what waits is held back; '' where no message left."""
    if row["message"] is None:
        return ""
    if not row["sent_how"]:
        await outbox.cancel(row["message"])
    async with transaction(system()):
        gone = await fetch_value(
            "SELECT recipient FROM outbox WHERE about = $1 AND kind = 'order' AND cancelled_at IS NULL AND failed_at IS NULL"
            " AND not_before >= $2 ORDER BY not_before DESC LIMIT 1",
            row["number"], row["sent_at"],
        )  # fmt: skip
    return gone or ""


async def _tell_supplier(who: Actor, file: OrderFile, recipient: str) -> None:
    with use_language("fr"):
        await outbox.enqueue(
            kind="order_cancelled",
            recipient=recipient,
            subject=mails.cancelled_subject(file),
            body=mails.cancelled_text(file, sender=who.name),
            board=file.order.board,
            about=file.order.number,
        )


async def _back_to_reserved(who: Actor, row: Any) -> None:
    """Committed money is what the choices hold again; what amendments had added is free, what they had freed is taken back."""
    reason = kept("Bon de commande {number} annulé", number=row["number"])
    held = await fetch(_HELD, row["id"])

    def moves(cents: Callable[[Any], int]) -> list[Move]:
        return [Move(line["envelope"], cents(line), reason, "order", row["number"]) for line in held]

    await envelopes.decommit(who, moves(lambda line: min(line["committed"], line["chosen"])), back_to_reserved=True)
    await envelopes.decommit(who, moves(lambda line: max(0, line["committed"] - line["chosen"])))
    await envelopes.reserve(who, moves(lambda line: max(0, line["chosen"] - line["committed"])))


async def _give_back(row: Any) -> None:
    """Choices of a cancelled order that have no other live order are `approved` again, so that they can be withdrawn too."""
    await execute(
        "UPDATE selection s SET state = 'approved', version = version + 1 FROM order_part t"
        " WHERE t.\"order\" = $1 AND t.selection = s.id AND s.state = 'ordered' AND NOT EXISTS ("
        '  SELECT FROM order_part other JOIN purchase_order o ON o.id = other."order"'
        "  WHERE other.selection = s.id AND o.state <> 'cancelled')",
        row["id"],
    )
