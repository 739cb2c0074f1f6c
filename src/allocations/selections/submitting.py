"""Handing a selection on, taking it back, opening it again. Its row is locked first, then its envelope: two callers take turns."""

from typing import Any

from allocations.approvals.queries import authors_alone, ladder
from allocations.approvals.rules import waiting_step
from allocations.envelopes import operations as envelopes
from allocations.measures.queries import check_commit_day
from allocations.reallocations import pools
from allocations.selections import queries, rules, telling
from allocations.selections.freezing import facts, freeze
from allocations.selections.moving import fall, free, move_of, not_on_order, void
from allocations.selections.operations import check_read, locked, make_author, told
from allocations.selections.reading import live
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import SelectionOut
from allocations.years.queries import check_choosing_in
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.i18n import lazy

_WITHDRAWN = (
    "UPDATE selection SET state = $2, decided_at = NULL, decision_reason = '', version = version + 1 WHERE id = $1"
)

_RESUMED = """
UPDATE selection SET state = $2, submitted_at = NULL, decided_at = NULL, delegation = NULL, step = 0, step_role = '',
    version = version + 1 WHERE id = $1
"""

_STEP = "UPDATE selection SET delegation = $2, step = $3, step_role = $4 WHERE id = $1"


async def submit(who: Actor, number: str, *, version: int | None, seen_cents: int | None = None) -> SelectionOut:
    """Freeze prices, reserve the cost on the envelope, hand the selection on. A second press reads the same answer.

    `seen_cents`: the cost that the person read (in the measure's tax basis); None: whatever it costs.
    Raises NotFound, Forbidden, YearClosing, Stale, WrongState, NotReady (what to mend), PriceMoved, OverBudget (what is
    wanted, what is free).
    """
    async with transaction(who):
        row = await locked(who, number, Verb.submit)
        if row["state"] == State.submitted and version == row["version"] - 1:
            return await queries.whole(who, number)
        rules.after(State(row["state"]), Verb.submit)
        await check_choosing_in(who, row["year"])
        await check_read(row, version)
        draft = await live(who, row)
        if draft.problems:
            raise rules.NotReady([problem.sentence for problem in draft.problems])
        basket = draft.basket
        if seen_cents is not None and seen_cents != basket.charged:
            raise rules.PriceMoved(seen=seen_cents, cost=basket.charged)
        await check_commit_day([row["envelope"]])
        await pools.top_up(who, row["envelope"], basket.charged)
        await envelopes.reserve(who, [move_of(row, basket.charged, lazy("Panier {number} soumis."))])
        await freeze(row, basket)
        await make_author(who, row)
        role = await send_up(row, cents=basket.charged, categories={part.category for part in draft.parts})
        await told(who, "submitted", row, after=facts(basket) | ({"role": role} if role else {}))
        await telling.ask(who, row, version=row["version"] + 1, role=role, cents=basket.charged)
        return await queries.whole(who, number)


async def send_up(row: Any, *, cents: int, categories: set[str]) -> str:
    """Choose the delegation under which a basket goes, and its first step; the role on which it waits ('': who may approve).

    A step is passed over where all who hold its role had a hand in the basket: nobody approves their own.
    """
    found = await ladder(
        row["board"], kind=row["measure_kind"], categories=categories, cents=cents, day=today()
    )  # fmt: skip
    if found is None:
        if row["delegation"] is not None or row["step_role"]:
            await execute(_STEP, row["id"], None, 0, "")
        return ""
    alone = await authors_alone(row["board"], row["school"], row["id"])
    step = waiting_step(found, 0, passed_over=alone)
    await execute(_STEP, row["id"], found.id, step.position, step.role)
    return step.role


async def withdraw(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Take a selection back before it is ordered: what was reserved is free again, approvals fall.

    Raises NotFound, Forbidden, Stale, WrongState, AlreadyOnOrder.
    """
    async with transaction(who):
        row = await locked(who, number, Verb.withdraw)
        state = rules.after(State(row["state"]), Verb.withdraw)
        await check_read(row, version)
        await not_on_order(row)
        await fall(who, row, "withdrawn")
        await execute(_WITHDRAWN, row["id"], state.value)
        await free(who, row, lazy("Panier {number} repris."))
        await told(who, "withdrawn", row, before={"state": row["state"]}, after={"state": state.value})
        return await queries.whole(who, number)


async def resume(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Open a refused or withdrawn selection for correction, or one on which a change is asked.

    What was ordered once, its order cancelled since, stays readable: `baskets.copy` makes a new one of it (OrderedOnce says so).
    Raises NotFound, Forbidden, Stale, WrongState, OrderedOnce.
    """
    async with transaction(who):
        row = await locked(who, number, Verb.resume)
        state = rules.after(State(row["state"]), Verb.resume)
        await check_read(row, version)
        if await fetch_value("SELECT EXISTS (SELECT FROM order_part WHERE selection = $1)", row["id"]):
            raise rules.OrderedOnce()
        await void(row, "")  # a refusal is answered by what is submitted next
        for table in ("selection_item", "selection_invoice"):  # what was submitted stays readable in the event
            await execute(f"DELETE FROM {table} WHERE selection = $1", row["id"])
        await execute(_RESUMED, row["id"], state.value)
        await told(who, "resumed", row, before={"state": row["state"]}, after={"state": state.value})
        return await queries.whole(who, number)
