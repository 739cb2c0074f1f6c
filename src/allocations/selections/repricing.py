"""A submitted basket whose prices have moved: priced anew at those of today. A higher cost voids what was approved, a lower does not."""

from allocations.envelopes import operations as envelopes
from allocations.selections import queries, rules, telling
from allocations.selections.freezing import facts, freeze_again
from allocations.selections.frozen import frozen
from allocations.selections.moving import fall, move_of, not_on_order
from allocations.selections.operations import check_read, told
from allocations.selections.pricing import Basket
from allocations.selections.reading import live
from allocations.selections.rules import State
from allocations.selections.schemas import SelectionOut
from allocations.selections.submitting import send_up
from kit.actor import Actor
from kit.database import execute, fetch_value, transaction
from kit.i18n import lazy

REASON = lazy("Panier {number} : prix repris.")
_BACK = "UPDATE selection SET state = 'submitted', decided_at = NULL, decision_reason = '' WHERE id = $1"


async def reprice(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Take today's prices for a basket that is submitted or approved and on no order; the difference is reserved or freed.

    Where it costs more, its approvals fall and it waits again at the first step. Raises NotFound, Forbidden, Stale, WrongState,
    AlreadyOnOrder, OrderedOnce, NotReady, PricesHold, OverBudget.
    """
    async with transaction(who):
        row = await queries.found(who, number, lock=True)
        who.must("order.write", school=row["school"])
        state = State(row["state"])
        if state not in (State.submitted, State.approved):
            raise rules.WrongState(state)
        await check_read(row, version)
        await not_on_order(row)
        if await fetch_value("SELECT EXISTS (SELECT FROM order_part WHERE selection = $1)", row["id"]):
            raise rules.OrderedOnce()
        now = await live(who, row)
        if now.problems:
            raise rules.NotReady([problem.sentence for problem in now.problems])
        before, after = row["charged_cents"], now.basket.charged
        if before == after and _bought(await frozen(row["id"])) == _bought(now.basket):
            raise rules.PricesHold()
        await freeze_again(row, now.basket)
        if after < before:
            await envelopes.release(who, [move_of(row, before - after, REASON)])
        elif after > before:
            await envelopes.reserve(who, [move_of(row, after - before, REASON)])
            await fall(who, row, "price")
            await execute(_BACK, row["id"])
            role = await send_up(row, cents=after, categories={part.category for part in now.parts})
            await telling.ask(who, row, version=row["version"] + 1, role=role, cents=after)
        await told(
            who, "repriced", row, before={"charged_cents": before, "state": state.value}, after=facts(now.basket)
        )
        return await queries.whole(who, number)


def _bought(basket: Basket) -> set[object]:
    """At which price, until when and under which contract each thing is bought: the same sum may be under another contract."""
    return {
        (
            item.part.line,
            item.part.product,
            offer.supplier,
            offer.unit_before_tax_cents,
            offer.until_day,
            offer.contract,
        )
        for item in basket.items
        if (offer := item.part.offer) is not None
    }
