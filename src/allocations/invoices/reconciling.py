"""Matching an invoice with its order and receipts, again whenever one of them changes; the state follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from allocations.invoices import correcting, costing, facts, matching
from allocations.invoices.costing import Charge, OrderLineFacts, Printed, PrintedLine
from allocations.invoices.matching import Difference
from allocations.invoices.rules import OPEN, CreditFor, Kind, State
from catalog.taxes.queries import rates_in_force
from catalog.taxes.rules import GST, QST
from kit.actor import Actor
from kit.database import execute, fetch, fetch_value
from kit.events import record

_CHARGES = """
INSERT INTO invoice_charge (invoice, order_line, envelope, board, school, quantity, before_tax_cents, gst_cents, qst_cents,
                            gst_rebate_cents, qst_rebate_cents, charged_cents, cost_exact, ordered_exact)
SELECT $1, l.id, l.envelope, l.board, l.school, n.quantity, n.before_tax, n.gst, n.qst, n.gst_back, n.qst_back, n.charged, n.cost, n.ordered
FROM unnest($2::uuid[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::numeric[], $11::numeric[])
    AS n (line, quantity, before_tax, gst, qst, gst_back, qst_back, charged, cost, ordered)
JOIN order_line l ON l.id = n.line
"""

_DIFFERENCES = """
INSERT INTO invoice_difference (invoice, board, kind, position, expected, found, cents, about, blocking)
SELECT $1, $2, d.* FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::bool[]) AS d
"""

_TAXES = """
UPDATE invoice_line l SET gst_cents = s.gst, qst_cents = s.qst
FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS s (gst, qst, position) WHERE l.invoice = $1 AND l.position = s.position
"""

# The newest other paper of the same supplier, day and total that lives: perhaps the same one under another number.
_SAME = """
SELECT number FROM invoice WHERE board = $1 AND supplier = $2 AND kind = $3 AND dated = $4 AND total_cents = $5 AND id <> $6
    AND state NOT IN ('rejected', 'cancelled') ORDER BY number DESC LIMIT 1
"""


async def match(who: Actor, row: Any) -> list[Difference]:
    """Match an open invoice whose order and row are locked; write what it costs each line, its differences, its state.

    Call inside a transaction; `row` is of the table. Rates are those of its date, a credit note's those of what it credits.
    """
    printed, lines = printed_of(row), await facts.printed_lines(row["id"])
    known = await facts.order_lines(row["order"])
    day = row["dated"]
    if row["kind"] == Kind.credit_note:
        day = await fetch_value("SELECT dated FROM invoice WHERE id = $1", row["credits"])
    taxes = await rates_in_force(day)
    costs = costing.charges(lines, printed, taxes, known, with_units=row["credit_for"] != CreditFor.price)
    differences: list[Difference] = []
    if lines:
        tolerance = await facts.tolerance_of(row["board"], row["dated"])
        if row["kind"] == Kind.credit_note:
            differences = matching.match_credit(
                lines, printed, taxes, known, tolerance,
                credit_for=CreditFor(row["credit_for"]), left=await facts.left_of(row["credits"]), costs=costs,
            )  # fmt: skip
        else:
            differences = matching.match_invoice(lines, printed, taxes, known, tolerance)
        if same := await fetch_value(
            _SAME, row["board"], row["supplier"], row["kind"], row["dated"], row["total_cents"], row["id"]
        ):
            differences.append(Difference("same_amount", about=same))
        differences += await _room(row, known, costs)
    await _write(row, lines, printed, costs, differences)
    state = State.entered if not lines else State.to_decide if differences else State.matched
    await execute(
        "UPDATE invoice SET state = $2::text, gst_ppm = $3, qst_ppm = $4, version = version + (state <> $2::text)::int WHERE id = $1",
        row["id"], state.value, taxes.rates[GST], taxes.rates[QST],
    )  # fmt: skip
    return differences


async def rematch_order(who: Actor, order: UUID) -> None:
    """Match again the open invoices of an order whose row is locked: goods came, or went back. Call inside a transaction."""
    rows = await fetch(
        'SELECT * FROM invoice WHERE "order" = $1 AND state = ANY($2::text[]) ORDER BY id FOR UPDATE',
        order, [state.value for state in OPEN],
    )  # fmt: skip
    for row in rows:  # a few at most: those that wait for one order
        differences = await match(who, row)
        after = State.to_decide if differences else State.matched
        if row["state"] not in (State.entered, after):
            await record(
                who, "invoice.matched", kind="invoice", subject=row["number"], board=row["board"],
                before={"state": row["state"]}, after={"state": after.value},
            )  # fmt: skip


def printed_of(row: Any) -> Printed:
    return Printed(row["before_tax_cents"], row["gst_cents"], row["qst_cents"], row["total_cents"])


def sign_of(row: Any) -> int:
    """A credit note counts the other way."""
    return -1 if row["kind"] == Kind.credit_note else 1


async def _room(row: Any, known: Mapping[UUID, OrderLineFacts], costs: Sequence[Charge]) -> list[Difference]:
    """A difference for each envelope that could not bear the correction now; approving looks again under the lock."""
    signed = [cost.signed(sign_of(row)) for cost in costs]
    wanted: dict[UUID, int] = defaultdict(int)
    for step in correcting.steps(known, signed, sent_back=row["credit_for"] == CreditFor.returned):
        wanted[step.fact.envelope] += step.correction
    if not (more := {envelope: cents for envelope, cents in wanted.items() if cents > 0}):
        return []
    rows = await fetch(
        "SELECT id, allocated_cents - reserved_cents - committed_cents - spent_cents AS free FROM envelope"
        " WHERE id = ANY($1::uuid[]) ORDER BY id",
        list(more),
    )
    return [
        Difference("room", 0, found["free"], more[found["id"]], more[found["id"]] - found["free"])
        for found in rows
        if more[found["id"]] > found["free"]
    ]


async def _write(
    row: Any, lines: Sequence[PrintedLine], printed: Printed, costs: Sequence[Charge], found: Sequence[Difference]
) -> None:
    for table in ("invoice_charge", "invoice_difference"):
        await execute(f"DELETE FROM {table} WHERE invoice = $1", row["id"])
    if lines:
        await execute(_TAXES, row["id"], *map(list, zip(*costing.tax_shares(lines, printed), strict=True)))
    if costs:
        columns = [list(column) for column in zip(*(cost.signed(sign_of(row)) for cost in costs), strict=True)]
        exact = [[Decimal(cents) for cents in column] for column in columns[-2:]]
        await execute(_CHARGES, row["id"], *columns[:-2], *exact)
    if found:
        columns = [list(column) for column in zip(*found, strict=True)]
        await execute(_DIFFERENCES, row["id"], row["board"], *columns, [difference.blocking for difference in found])
