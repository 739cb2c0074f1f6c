"""Posting an approved invoice and taking it back: envelopes, lines, the board's account of cents, the order's end."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.board_account import book
from allocations.envelopes.rules import Move, OverBudget
from allocations.invoices import correcting, facts, rules
from allocations.invoices.correcting import Step
from allocations.invoices.costing import Charge
from allocations.invoices.reconciling import rematch_order
from allocations.invoices.rules import CreditFor, Kind, State
from allocations.orders.rules import State as OrderState
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch
from kit.events import record
from kit.i18n import kept

_CHARGES = """
SELECT order_line, quantity, before_tax_cents, gst_cents, qst_cents, gst_rebate_cents, qst_rebate_cents, charged_cents, cost_exact,
       ordered_exact
FROM invoice_charge WHERE invoice = $1 ORDER BY order_line
"""

_LINES = """
UPDATE order_line l SET invoiced = n.invoiced, settled = n.settled, corrected_cents = n.corrected, version = version + 1
FROM unnest($1::uuid[], $2::int[], $3::int[], $4::bigint[]) AS n (id, invoiced, settled, corrected) WHERE l.id = n.id
"""

# Returns for credit whose lines owe nothing more: the note that gave the last of it is their answer.
_CREDITED = """
UPDATE goods_return r SET state = 'settled', settled_at = $4, settled_by_name = $5, settled_note = $3, version = version + 1
WHERE r."order" = $1 AND r.kind = 'credit' AND r.state = 'awaited'
    AND NOT EXISTS (SELECT FROM goods_return_line g WHERE g.goods_return = r.id AND g.order_line <> ALL($2::uuid[]))
"""

_AWAITED_AGAIN = """
UPDATE goods_return SET state = 'awaited', settled_at = NULL, settled_by_name = '', settled_note = '', version = version + 1
WHERE "order" = $1 AND kind = 'credit' AND state = 'settled' AND settled_note = $2
"""


async def post(who: Actor, row: Any, order: Any, *, why: str = "") -> None:
    """Approve a locked invoice that was matched in this transaction. Raises NoRoom."""
    known, added = await facts.order_lines(row["order"]), await _charges(row["id"])
    sent_back = row["credit_for"] == CreditFor.returned
    made = correcting.steps(known, added, sent_back=sent_back)
    ended = order["state"] == OrderState.received and correcting.ends(made)
    if ended:
        made = correcting.steps(known, added, sent_back=sent_back, settle=True)
    reason = (
        kept("Facture {number} approuvée", number=row["number"])
        if row["kind"] == Kind.invoice
        else kept("Note de crédit {number} approuvée", number=row["number"])
    )
    try:
        booked = await move(who, row, made, added, reason)
    except OverBudget as refused:
        raise rules.NoRoom(refused, row["number"]) from refused
    await execute(
        "UPDATE invoice SET state = 'approved', approved_at = $2, approved_by = $3, approved_by_name = $4, booked_cents = $5,"
        " closed_order = $6, version = version + 1 WHERE id = $1",
        row["id"], now(), who.person, who.name, booked, ended,
    )  # fmt: skip
    paid_back = [step.fact.id for step in made if step.gone == step.fact.returned]
    await execute(_CREDITED, row["order"], paid_back, row["number"], now(), who.name)
    corrected = sum(step.correction for step in made)
    await told(who, row, "invoice.approved", after={"corrected_cents": corrected, "booked_cents": booked}, why=why)
    if ended:
        await _set_order(who, order, OrderState.closed, after={"state": "closed", "invoice": row["number"]})
    await rematch_order(who, row["order"])


async def reverse(who: Actor, row: Any, order: Any) -> None:
    """Take a locked approved invoice off everything, as if it had never been. Raises OverBudget, NotHeld."""
    known = await facts.order_lines(row["order"])
    taken = [charge.signed(-1) for charge in await _charges(row["id"])]
    reopened = await execute(
        "UPDATE invoice SET closed_order = false WHERE \"order\" = $1 AND closed_order AND state IN ('approved', 'paid')",
        row["order"],
    )
    made = correcting.steps(
        known, taken, sent_back=row["credit_for"] == CreditFor.returned, settle=False if reopened else None
    )
    await execute(_AWAITED_AGAIN, row["order"], row["number"])
    await move(who, row, made, taken, kept("Facture {number} annulée", number=row["number"]))
    if reopened and order["state"] == OrderState.closed:  # not one that awaits others since, for what went back
        await _set_order(who, order, OrderState.received, after={"state": "received", "invoice": row["number"]})


async def _charges(invoice: UUID) -> list[Charge]:
    """The signed charges of an invoice."""
    exact = ("order_line", "cost_exact", "ordered_exact")
    return [
        Charge(
            line=row["order_line"], cost=int(row["cost_exact"]), ordered=int(row["ordered_exact"]),
            **{key: value for key, value in row.items() if key not in exact},
        )
        for row in await fetch(_CHARGES, invoice)
    ]  # fmt: skip


async def move(
    who: Actor, row: Any, made: Sequence[Step], added: Sequence[Charge], reason: str, *, about_kind: str = "invoice"
) -> int:
    """Correct envelopes and lines; the cents booked on the board's account: what is paid less what lines are worth."""
    sums: dict[UUID, int] = defaultdict(int)
    for step in made:
        sums[step.fact.envelope] += step.correction
    number = row["number"]
    await envelopes.correct(
        who, [Move(envelope, cents, reason, about_kind, number) for envelope, cents in sorted(sums.items()) if cents]
    )
    await execute(
        _LINES, [step.fact.id for step in made], [step.invoiced for step in made], [step.settled for step in made],
        [step.corrected for step in made],
    )  # fmt: skip
    booked = sum(charge.charged_cents for charge in added) - sum(step.worth for step in made)
    said = kept("Arrondi des taxes, facture {number}", number=number) if about_kind == "invoice" else reason
    await book(who, row["board"], row["year"], booked, said, about_kind=about_kind, about=number)
    return booked


async def _set_order(who: Actor, order: Any, state: OrderState, *, after: dict[str, Any]) -> None:
    await execute("UPDATE purchase_order SET state = $2, version = version + 1 WHERE id = $1", order["id"], state.value)
    what = "order.ended" if state is OrderState.closed else "order.reopened"
    await record(
        who, what, kind="order", subject=order["number"], board=order["board"], before={"state": order["state"]}, after=after
    )  # fmt: skip


async def end(who: Actor, row: Any, state: State, why: str) -> None:
    """Reject or cancel a locked invoice: the reason stays, its differences go."""
    await execute(
        "UPDATE invoice SET state = $2, end_reason = $3, expected_credit_cents = 0, version = version + 1 WHERE id = $1",
        row["id"], state.value, why,
    )  # fmt: skip
    await execute("DELETE FROM invoice_difference WHERE invoice = $1", row["id"])
    await told(
        who, row, f"invoice.{state.value}", before={"state": row["state"]}, after={"state": state.value}, why=why
    )


async def told(who: Actor, row: Any, what: str, **of: Any) -> None:
    """Write an event of an invoice."""
    await record(who, what, kind="invoice", subject=row["number"], board=row["board"], **of)
