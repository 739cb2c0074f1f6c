"""Units sent back for credit that no invoice asks for, and none will: their money comes back without a credit note."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allocations.invoices import facts
from allocations.invoices.correcting import Standing, Step, standing, worth
from allocations.invoices.costing import OrderLineFacts
from allocations.invoices.posting import move
from allocations.invoices.reconciling import rematch_order
from kit.actor import Actor
from kit.i18n import kept


async def settle_returned(who: Actor, order: Any, units: Mapping[UUID, int], *, number: str) -> int:
    """Of these units of lines of a locked order, sent back by the return of this number, settle those that approved invoices do
    not hold; how many. What is invoiced waits for its credit note.

    Call inside the transaction that says the return is over.
    """
    known = await facts.order_lines(order["id"])
    made = [step for key, n in units.items() if (step := _step(known[key], n)) is not None]
    if made:
        row = {"number": number, "board": order["board"], "year": order["year"]}
        await move(who, row, made, [], kept("Retour {number} jamais facturé", number=number), about_kind="return")
        await rematch_order(who, order["id"])
    return sum(step.settled - step.fact.settled for step in made)


def _step(fact: OrderLineFacts, returned: int) -> Step | None:
    n = min(returned, fact.billable, fact.returned - fact.credited - fact.settled)
    if n <= 0:
        return None
    before = standing(fact)
    after = Standing(before.units, before.gone + n, before.difference)
    was, now = (worth(fact.charged_cents, fact.quantity, at) for at in (before, after))
    return Step(fact, fact.invoiced, fact.settled + n, after.gone, now.corrected, now.cents - was.cents)
