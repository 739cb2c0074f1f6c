"""Approving what matches, deciding what does not: what moves money, always by a person."""

from collections.abc import Sequence
from typing import Any

from allocations.invoices import queries, rules, words
from allocations.invoices.entering import check_desk, locked
from allocations.invoices.matching import Difference
from allocations.invoices.posting import end, post
from allocations.invoices.reconciling import match
from allocations.invoices.rules import Kind, Outcome, State
from allocations.invoices.schemas import Decide, InvoiceFile
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_value, transaction
from kit.errors import Invalid
from kit.i18n import _, use_language

_TOUCHED = """
SELECT true FROM event WHERE subject_kind = 'invoice' AND subject = $1 AND actor = $2
    AND what IN ('invoice.entered', 'invoice.changed') LIMIT 1
"""


async def approve(who: Actor, number: str, *, version: int | None = None) -> InvoiceFile:
    """Approve an invoice that matches: its envelopes are corrected to the cent, an order that ends by it closes.

    It is matched again first. Raises ToDecide where it does not match (any more), NoRoom, NotOpen, OnlyAPerson, Stale.
    """
    who.must("invoice.approve")
    check_desk(who)
    if who.person is None:
        raise rules.OnlyAPerson()
    async with transaction(who):
        row, order = await locked(who, number, version)
        rules.check_open(State(row["state"]), number)
        differences = await match(who, row)
        await _check_lines(row)
        if differences:
            raise rules.ToDecide(differences=[words.sentence(each) for each in differences], number=number)
        await post(who, row, order)
        return await queries.one(who, number)


async def decide(who: Actor, number: str, decision: Decide, *, version: int | None = None) -> InvoiceFile:
    """Decide an invoice's differences: accept it as it is, accept it and ask for a credit, or reject it; always with a reason.

    By a person who neither entered nor changed it. Raises Blocked for a difference that none can accept, OwnInvoice,
    NothingToDecide, NoRoom, Stale.
    """
    who.must("invoice.decide")
    check_desk(who)
    why = rules.check_reason(decision.reason)
    async with transaction(who):
        row, order = await locked(who, number, version)
        rules.check_open(State(row["state"]), number)
        touched = await fetch_value(_TOUCHED, number, who.key)
        rules.check_decider(who.person, entered_by=who.person if touched else row["entered_by"])
        differences = await match(who, row)
        await _check_lines(row)
        if not differences:
            raise rules.NothingToDecide(number=number)
        await execute(
            "INSERT INTO invoice_decision (invoice, board, outcome, reason, differences, person, person_name, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            row["id"], row["board"], decision.outcome.value, why, _in_french(differences), who.person, who.name, now(),
        )  # fmt: skip
        if decision.outcome is Outcome.reject:
            await end(who, row, State.rejected, why)
            return await queries.one(who, number)
        if blocking := [each for each in differences if each.blocking]:
            raise rules.Blocked(words.sentences(blocking))
        expected = _expected_credit(row, decision, differences)
        await execute("UPDATE invoice SET expected_credit_cents = $2 WHERE id = $1", row["id"], expected)
        await post(who, row, order, why=why)
        return await queries.one(who, number)


async def _check_lines(row: Any) -> None:
    if not await fetch_value("SELECT true FROM invoice_line WHERE invoice = $1 LIMIT 1", row["id"]):
        raise rules.NothingToMatch(number=row["number"])


def _expected_credit(row: Any, decision: Decide, differences: Sequence[Difference]) -> int:
    """Cents before tax that the supplier is asked to give back. Raises Invalid."""
    if decision.outcome is not Outcome.credit:
        return 0
    if row["kind"] == Kind.credit_note:
        raise Invalid(
            {"outcome": _("On ne demande pas de crédit sur une note de crédit : acceptez-la, ou refusez-la.")}
        )
    above = sum(max(each.cents, 0) for each in differences)
    asked = above if decision.credit_cents is None else decision.credit_cents
    if not 0 < asked <= row["before_tax_cents"]:
        raise Invalid({"credit_cents": _("Dites quel montant avant taxes le fournisseur doit créditer.")})
    return asked


def _in_french(differences: Sequence[Difference]) -> str:
    with use_language("fr"):
        return words.sentences(list(differences))
