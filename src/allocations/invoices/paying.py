"""After approval: taking an invoice back, writing that it was paid."""

from allocations.invoices import queries, rules
from allocations.invoices.entering import check_desk, locked
from allocations.invoices.posting import end, reverse, told
from allocations.invoices.reconciling import rematch_order
from allocations.invoices.rules import State
from allocations.invoices.schemas import InvoiceFile, Pay
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Invalid
from kit.i18n import _


async def cancel(who: Actor, number: str, *, reason: str, version: int | None = None) -> InvoiceFile:
    """Take an invoice back: one that is approved gives the money back as if it had never been. Raises PaidAlready, HasCredits,
    NotOpen, OverBudget (a credit note whose room is used), Stale."""
    check_desk(who)
    why = rules.check_reason(reason)
    async with transaction(who):
        row, order = await locked(who, number, version)
        rules.check_cancel(State(row["state"]), number)
        if await fetch_value(
            "SELECT true FROM invoice WHERE credits = $1 AND state NOT IN ('rejected', 'cancelled') LIMIT 1", row["id"]
        ):
            raise rules.HasCredits(number=number)
        if State(row["state"]) is State.approved:
            await reverse(who, row, order)
        await end(who, row, State.cancelled, why)
        await rematch_order(who, row["order"])
        return await queries.one(who, number)


async def pay(who: Actor, number: str, payment: Pay, *, version: int | None = None) -> InvoiceFile:
    """Write when an approved invoice was paid (a credit note: refunded or deducted), and the reference. Raises NotApproved."""
    check_desk(who)
    if not (reference := " ".join(payment.reference.split())):
        raise Invalid({"reference": _("Inscrivez la référence du paiement.")})
    async with transaction(who):
        row, _order = await locked(who, number, version)
        paid_on = payment.paid_on or today()
        rules.check_pay(State(row["state"]), number, paid_on, dated=row["dated"], today=today())
        await execute(
            "UPDATE invoice SET state = 'paid', paid_on = $2, payment_reference = $3, version = version + 1 WHERE id = $1",
            row["id"], paid_on, reference,
        )  # fmt: skip
        await told(who, row, "invoice.paid", after={"paid_on": paid_on.isoformat(), "reference": reference})
        return await queries.one(who, number)


async def unpay(who: Actor, number: str, *, reason: str, version: int | None = None) -> InvoiceFile:
    """Take a payment off that was written by mistake: the invoice is approved again. Raises NotPaid."""
    check_desk(who)
    why = rules.check_reason(reason)
    async with transaction(who):
        row, _order = await locked(who, number, version)
        if State(row["state"]) is not State.paid:
            raise rules.NotPaid(number=number)
        await execute(
            "UPDATE invoice SET state = 'approved', paid_on = NULL, payment_reference = '', version = version + 1 WHERE id = $1",
            row["id"],
        )
        await told(who, row, "invoice.unpaid", before={"reference": row["payment_reference"]}, why=why)
        return await queries.one(who, number)
