"""What is bought outside a contract that binds the board: why, and who attests it, before the order is sent."""

from collections.abc import Sequence
from typing import Any

from allocations.orders import queries, rules
from allocations.orders.operations import locked, unjustified
from allocations.orders.schemas import OrderFile
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, transaction
from kit.errors import Conflict
from kit.events import record
from kit.i18n import lazy


class NothingToJustify(Conflict):
    sentence = lazy("Aucune de ces lignes du bon {number} n'est hors d'un contrat obligatoire.")


async def justify(
    who: Actor, number: str, *, reason: str, lines: Sequence[int] | None = None, version: int | None = None
) -> OrderFile:
    """Write why lines are bought outside a mandatory contract (all that are, or those at these positions), and who attests it.

    Before the order is sent. Raises NothingToJustify, NotDraft, Invalid without a reason, Stale, NotFound.
    """
    who.must("order.send")
    why = rules.check_reason(reason)
    async with transaction(who):
        row: Any = await locked(who, number, version)
        rules.check_unsent(rules.State(row["state"]), number)
        outside = await unjustified(row, again=True)
        wanted = outside if lines is None else [position for position in lines if position in outside]
        if not wanted or lines is not None and len(wanted) < len(set(lines)):
            raise NothingToJustify(number=number)
        await execute(
            "UPDATE order_line SET exception_reason = $3, attested_by_name = $4, attested_at = $5, version = version + 1"
            ' WHERE "order" = $1 AND position = ANY($2::int[])',
            row["id"], wanted, why, who.name, now(),
        )  # fmt: skip
        await execute("UPDATE purchase_order SET version = version + 1 WHERE id = $1", row["id"])
        await record(
            who, "order.justified", kind="order", subject=number, board=row["board"], after={"lines": wanted}, why=why
        )
        return await queries.one(who, number)
