"""Handing a selection on, deciding on it, taking it back. Its row is locked first, then its envelope: two callers take turns."""

from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.selections import queries, rules
from allocations.selections.operations import locked, make_author, told
from allocations.selections.pricing import Basket, Invoice, Item
from allocations.selections.reading import live
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import SelectionOut
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid
from kit.i18n import _, kept, lazy

_SUBMITTED = """
UPDATE selection SET state = 'submitted', before_tax_cents = $2, gst_cents = $3, qst_cents = $4, gst_rebate_cents = $5,
    qst_rebate_cents = $6, net_cents = $7, charged_cents = $8, submitted_at = $9, decided_at = NULL, decision_reason = '',
    version = version + 1 WHERE id = $1
"""

_DECIDED = """
UPDATE selection SET state = $2, decided_at = $3, decision_reason = $4, version = version + 1 WHERE id = $1
"""

_APPROVAL = """
INSERT INTO approval (selection, board, school, step, decision, person, person_name, at, reason, of_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

_ITEMS = """
INSERT INTO selection_item (selection, board, school, line, product, supplier, building, description, quantity,
                            unit_before_tax_cents, before_tax_cents, net_cents, charged_cents, price_source)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::int[], $10::bigint[],
                                   $11::bigint[], $12::bigint[], $13::bigint[], $14::text[]) AS i
"""

_INVOICES = """
INSERT INTO selection_invoice (selection, board, school, supplier, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents,
                               qst_rebate_cents, total_cents, net_cents, charged_cents)
SELECT $1, $2, $3, i.* FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                                   $10::bigint[], $11::bigint[], $12::bigint[]) AS i
"""

_ON_ORDER = """
SELECT o.number FROM order_part t JOIN purchase_order o ON o.id = t."order"
WHERE t.selection = $1 AND o.state <> 'cancelled' ORDER BY o.number LIMIT 1
"""


async def submit(who: Actor, number: str, *, version: int | None, seen_cents: int | None = None) -> SelectionOut:
    """Freeze prices, reserve the cost on the envelope, hand the selection on. A second press reads the same answer.

    `seen_cents`: the cost that the person read (in the measure's tax basis); None: whatever it costs.
    Raises NotFound, Forbidden, Stale, WrongState, NotReady (what to mend), PriceMoved, OverBudget (what is wanted, what is free).
    """
    async with transaction(who):
        row = await locked(who, number, Verb.submit)
        if row["state"] == State.submitted and version == row["version"] - 1:
            return await queries.whole(who, number)
        rules.after(State(row["state"]), Verb.submit)
        rules.check_version(row["version"], version)
        draft = await live(who, row)
        if draft.problems:
            raise rules.NotReady([problem.sentence for problem in draft.problems])
        basket = draft.basket
        if seen_cents is not None and seen_cents != basket.charged:
            raise rules.PriceMoved(seen=seen_cents, cost=basket.charged)
        await envelopes.reserve(who, [_move(row, basket.charged, lazy("Panier {number} soumis."))])
        await _freeze(row, basket)
        await make_author(who, row)
        await told(who, "submitted", row, after=_facts(basket))
        return await queries.whole(who, number)


async def approve(who: Actor, number: str, *, version: int | None, reason: str = "") -> SelectionOut:
    """Say yes to the very version that was read. A second press by the same person reads the same answer.

    Raises NotFound, Forbidden, OwnSelection, OnlyAPerson, ChangedMeanwhile, WrongState.
    """
    async with transaction(who):
        row = await queries.found(who, number, lock=True)
        step = rules.decision_step(who, school=row["school"], authors=await queries.authors_of(row))
        if row["state"] == State.approved and await _said_already(who, row, version):
            return await queries.whole(who, number)
        await _decide(who, row, step, Verb.approve, version, reason.strip())
        return await queries.whole(who, number)


async def refuse(who: Actor, number: str, *, version: int | None, reason: str) -> SelectionOut:
    """Say no, with what the school team must know; what was reserved is free again. Raises as `approve`, and Invalid."""
    async with transaction(who):
        row = await queries.found(who, number, lock=True)
        step = rules.decision_step(who, school=row["school"], authors=await queries.authors_of(row))
        if not reason.strip():
            raise Invalid({"reason": _("Écrivez ce que l'équipe-école doit savoir.")})
        await _not_on_order(row)
        await _decide(who, row, step, Verb.refuse, version, reason.strip())
        await _free(who, row, lazy("Panier {number} refusé."))
        return await queries.whole(who, number)


async def withdraw(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Take a selection back before it is ordered: what was reserved is free again, approvals fall.

    Raises NotFound, Forbidden, Stale, WrongState, AlreadyOnOrder.
    """
    async with transaction(who):
        row = await locked(who, number, Verb.withdraw)
        state = rules.after(State(row["state"]), Verb.withdraw)
        rules.check_version(row["version"], version)
        await _not_on_order(row)
        await _void(row)
        await execute(_DECIDED, row["id"], state.value, None, "")
        await _free(who, row, lazy("Panier {number} repris."))
        await told(who, "withdrawn", row, before={"state": row["state"]}, after={"state": state.value})
        return await queries.whole(who, number)


async def resume(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Open a refused or withdrawn selection for correction. Raises NotFound, Forbidden, Stale, WrongState, OrderedOnce."""
    async with transaction(who):
        row = await locked(who, number, Verb.resume)
        state = rules.after(State(row["state"]), Verb.resume)
        rules.check_version(row["version"], version)
        if await fetch_value("SELECT EXISTS (SELECT FROM order_part WHERE selection = $1)", row["id"]):
            raise rules.OrderedOnce()
        for table in ("selection_item", "selection_invoice"):  # what was submitted stays readable in the event
            await execute(f"DELETE FROM {table} WHERE selection = $1", row["id"])
        await execute(
            "UPDATE selection SET state = $2, submitted_at = NULL, decided_at = NULL, version = version + 1 WHERE id = $1",
            row["id"], state.value,
        )  # fmt: skip
        await told(who, "resumed", row, before={"state": row["state"]}, after={"state": state.value})
        return await queries.whole(who, number)


async def _decide(who: Actor, row: Any, step: str, verb: Verb, version: int | None, reason: str) -> None:
    rules.check_version(row["version"], version, error=rules.ChangedMeanwhile)
    state = rules.after(State(row["state"]), verb)
    moment = now()
    await _void(row)
    await execute(_DECIDED, row["id"], state.value, moment, reason)
    await execute(
        _APPROVAL, row["id"], row["board"], row["school"], step, state.value, who.person, who.name, moment, reason,
        row["version"],
    )  # fmt: skip
    await told(
        who, state.value, row, before={"state": row["state"]}, after={"state": state.value, "step": step}, why=reason
    )


async def _said_already(who: Actor, row: Any, version: int | None) -> bool:
    last = await fetch_one(
        "SELECT person, of_version FROM approval WHERE selection = $1 AND voided_at IS NULL ORDER BY at DESC LIMIT 1",
        row["id"],
    )
    return last is not None and last["person"] == who.person and last["of_version"] == version


async def _void(row: Any) -> None:
    await execute("UPDATE approval SET voided_at = $2 WHERE selection = $1 AND voided_at IS NULL", row["id"], now())


async def _not_on_order(row: Any) -> None:
    if order := await fetch_value(_ON_ORDER, row["id"]):
        raise rules.AlreadyOnOrder(order=order)


async def _free(who: Actor, row: Any, reason: str) -> None:
    await envelopes.release(who, [_move(row, row["charged_cents"], reason)])


def _move(row: Any, cents: int, reason: str) -> Move:
    """A ledger row says its reason in French, whoever wrote it."""
    return Move(row["envelope"], cents, kept(reason, number=row["number"]), "selection", row["number"])


async def _freeze(row: Any, basket: Basket) -> None:
    """Keep what is bought, at which supplier's price, and what each supplier is paid."""
    priced, place = basket.priced, (row["id"], row["board"], row["school"])
    await execute(
        _SUBMITTED, row["id"], priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.net,
        basket.charged, now(),
    )  # fmt: skip
    await execute(_ITEMS, *place, *_columns([_item(item) for item in basket.items]))
    await execute(_INVOICES, *place, *_columns([_invoice(invoice) for invoice in basket.invoices]))


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _item(item: Item) -> tuple[Any, ...]:
    part, offer = item.part, item.part.offer
    assert offer is not None  # `problems` names a part without a price
    return (
        part.line, part.product, offer.supplier, part.building, part.name, part.quantity, offer.unit_before_tax_cents,
        item.before_tax, item.net, item.charged, offer.source,
    )  # fmt: skip


def _invoice(invoice: Invoice) -> tuple[int | object, ...]:
    priced = invoice.priced
    return (
        invoice.supplier, priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.total,
        priced.net, invoice.charged,
    )  # fmt: skip


def _facts(basket: Basket) -> dict[str, Any]:
    """What the trail keeps of a submission."""
    return {
        "net_cents": basket.priced.net,
        "charged_cents": basket.charged,
        "items": [
            {
                "product": item.part.code,
                "supplier": item.part.offer and item.part.offer.supplier_code,
                "quantity": item.part.quantity,
                "before_tax_cents": item.before_tax,
            }
            for item in basket.items
        ],
    }
