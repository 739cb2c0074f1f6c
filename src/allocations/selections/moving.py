"""What several decisions share: the money of a basket, its approvals that fall, the order that holds it."""

from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.selections import rules, telling
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_value
from kit.i18n import kept

_ON_ORDER = """
SELECT o.number FROM order_part t JOIN purchase_order o ON o.id = t."order"
WHERE t.selection = $1 AND o.state <> 'cancelled' ORDER BY o.number LIMIT 1
"""

# Of a basket whose only order was cancelled after a part of it was released with its year.
_RELEASED = """
SELECT coalesce(sum(charged_cents), 0)::bigint FROM selection_item WHERE selection = $1 AND released_at IS NOT NULL
"""

_VOID = """
UPDATE approval SET voided_at = $2, voided_because = $3 WHERE selection = $1 AND voided_at IS NULL RETURNING person, decision
"""


def move_of(row: Any, cents: int, reason: str) -> Move:
    """A ledger row says its reason in French, whoever wrote it."""
    return Move(row["envelope"], cents, kept(reason, number=row["number"]), "selection", row["number"])


async def free(who: Actor, row: Any, reason: str) -> None:
    """What the basket has reserved is free again."""
    gone = await fetch_value(_RELEASED, row["id"])
    await envelopes.release(who, [move_of(row, row["charged_cents"] - gone, reason)])


async def void(row: Any, because: str) -> list[Any]:
    """Decisions that no longer hold; those that said yes are given back."""
    return [
        gone for gone in await fetch(_VOID, row["id"], now(), because) if gone["decision"] in ("approved", "agreed")
    ]


async def fall(who: Actor, row: Any, because: str) -> None:
    """Approvals fall with what they approved; those who gave them are told, once."""
    if gone := await void(row, because):
        await telling.fallen(who, row, people=[one["person"] for one in gone])


async def not_on_order(row: Any) -> None:
    """Raise AlreadyOnOrder where an order that stands has it."""
    if order := await fetch_value(_ON_ORDER, row["id"]):
        raise rules.AlreadyOnOrder(order=order)


async def set_state(row: Any, state: rules.State, reason: str) -> None:
    """What was decided, and why."""
    await execute(
        "UPDATE selection SET state = $2, decided_at = $3, decision_reason = $4, version = version + 1 WHERE id = $1",
        row["id"], state.value, now(), reason,
    )  # fmt: skip
