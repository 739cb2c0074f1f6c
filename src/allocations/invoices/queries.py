"""Reads of invoices. A school sees those that cost its own lines something, and that part of them."""

from collections.abc import Sequence
from typing import Any

from allocations.invoices import words
from allocations.invoices.matching import Difference
from allocations.invoices.rules import Kind, LineKind, Outcome, State
from allocations.invoices.schemas import (
    ChargeOut,
    Counts,
    DecisionOut,
    DifferenceOut,
    InvoiceFile,
    InvoiceLineOut,
    InvoiceOut,
)
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import NotFound
from kit.events import timeline
from kit.filters import Where, searched
from kit.paging import Page, check_limit, decode, page

# What a school reads is what its own lines cost: the shares add up to the paper.
_INVOICE = """
SELECT v.number, v.board, b.name AS board_name, p.code AS supplier, p.name AS supplier_name, o.number AS "order", v.year, v.kind,
       (SELECT number FROM invoice WHERE id = v.credits) AS credits, v.credit_for, v.supplier_number, v.dated, v.due_on, v.state,
       CASE WHEN $1::text[] IS NULL THEN v.before_tax_cents ELSE t.before_tax_cents END AS before_tax_cents,
       CASE WHEN $1::text[] IS NULL THEN v.gst_cents ELSE t.gst_cents END AS gst_cents,
       CASE WHEN $1::text[] IS NULL THEN v.qst_cents ELSE t.qst_cents END AS qst_cents,
       CASE WHEN $1::text[] IS NULL THEN v.total_cents
            ELSE t.before_tax_cents + t.gst_cents + t.qst_cents END AS total_cents,
       v.expected_credit_cents, d.gaps, d.blocked, v.note, v.entered_at, v.entered_by_name, v.approved_at, v.approved_by_name,
       v.paid_on, v.payment_reference, v.end_reason, v.version
FROM {invoices} v JOIN board b ON b.code = v.board JOIN supplier p ON p.id = v.supplier JOIN purchase_order o ON o.id = v."order"
CROSS JOIN LATERAL (
    SELECT coalesce(abs(sum(before_tax_cents)), 0)::bigint AS before_tax_cents, coalesce(abs(sum(gst_cents)), 0)::bigint AS gst_cents,
           coalesce(abs(sum(qst_cents)), 0)::bigint AS qst_cents
    FROM invoice_charge WHERE $1::text[] IS NOT NULL AND invoice = v.id AND school = ANY($1)
) t
CROSS JOIN LATERAL (
    SELECT count(*)::int AS gaps, coalesce(bool_or(blocking), false) AS blocked FROM invoice_difference WHERE invoice = v.id
) d
"""

_OPEN_GAP = "(v.state = 'to_decide')::int"

_HOLDS = """NOT EXISTS (
    SELECT FROM unnest(string_to_array(fold({}), ' ')) AS word WHERE word <> '' AND strpos(
        (SELECT concat_ws(' ', fold(v.number), fold(v.supplier_number), fold(o.number), fold(o.external_number),
                          fold(v.payment_reference), p.name_key)
         FROM supplier p, purchase_order o WHERE p.id = v.supplier AND o.id = v."order"), word) = 0)"""

_LINES = """
SELECT n.position, n.kind, l.position AS order_position, coalesce(p.code, '') AS product, n.description, n.school, n.quantity,
       n.unit_before_tax_cents, n.before_tax_cents, n.taxable, n.gst_cents, n.qst_cents
FROM invoice_line n LEFT JOIN order_line l ON l.id = n.order_line LEFT JOIN product p ON p.id = l.product
WHERE n.invoice = $1 AND ($2::text[] IS NULL OR n.school = ANY($2)) ORDER BY n.position
"""

_CHARGES = """
SELECT l.position, l.description, l.school, c.envelope, m.code AS measure, l.quantity AS ordered, l.received, l.returned, l.invoiced,
       c.quantity, c.before_tax_cents, c.gst_cents, c.qst_cents, c.gst_rebate_cents, c.qst_rebate_cents, c.charged_cents
FROM invoice_charge c JOIN order_line l ON l.id = c.order_line JOIN envelope e ON e.id = c.envelope JOIN measure m ON m.id = e.measure
WHERE c.invoice = $1 AND ($2::text[] IS NULL OR c.school = ANY($2)) ORDER BY l.position
"""

_COUNTS = """
SELECT v.board, b.name AS board_name, v.state, count(*)::int AS n FROM invoice v JOIN board b ON b.code = v.board
WHERE {where} GROUP BY v.board, b.name, v.state ORDER BY v.board, v.state
"""


def own_schools(who: Actor) -> list[str] | None:
    """The schools whose part of invoices `who` may see; None: all of the board's."""
    schools = who.schools_with("invoice.read")
    if who.scope is Scope.school:
        return [school for school in who.schools if schools is None or school in schools]
    return None if schools is None else list(schools)


def seen(who: Actor, where: Where) -> Where:
    """Add what `who` may see of `invoice v`. Raises Forbidden."""
    who.must("invoice.read")
    if who.scope is not Scope.system:
        where.add("v.board = {}", who.board)
    if (schools := own_schools(who)) is not None:
        where.add(
            "EXISTS (SELECT FROM invoice_charge c WHERE c.invoice = v.id AND c.school = ANY({}::text[]))", schools
        )
    return where


async def list_invoices(
    who: Actor,
    *,
    state: State | None = None,
    kind: Kind | None = None,
    order: str = "",
    supplier: str = "",
    year: str | None = None,
    text: str = "",
    limit: int,
    after: str | None,
) -> Page[InvoiceOut]:
    """Invoices that the caller may see: those to decide first, then the newest.

    `text`: every word of it in our number, the supplier's, the order's (or the board's own of it), the payment's reference or the
    supplier's name.
    """
    where = Where()
    where.argument(own_schools(who))
    seen(who, where)
    if state is not None:
        where.add("v.state = {}", state)
    if kind is not None:
        where.add("v.kind = {}", kind)
    if order:
        where.add('v."order" = (SELECT id FROM purchase_order WHERE number = {})', order)
    if supplier:
        where.add("v.supplier IN (SELECT id FROM supplier WHERE code = {})", supplier)
    if year is not None:
        where.add("v.year = {}", year)
    if text := searched(text):
        where.add(_HOLDS, text)
    if keys := decode(after, keys=2):
        gap, number = (where.argument(key) for key in (int(bool(keys[0])), str(keys[1])))
        where.parts.append(f"({_OPEN_GAP}, v.number) < ({gap}::int, {number})")
    invoices = (
        f"(SELECT v.*, {_OPEN_GAP} AS is_gap FROM invoice v WHERE {where}"
        f" ORDER BY is_gap DESC, v.number DESC LIMIT {check_limit(limit) + 1})"
    )
    async with transaction(who):
        rows = await fetch_as(
            InvoiceOut, _INVOICE.format(invoices=invoices) + " ORDER BY v.is_gap DESC, v.number DESC", *where.args
        )
    return page(_typed(rows), limit, lambda row: [int(row.state is State.to_decide), row.number])


async def one(who: Actor, number: str) -> InvoiceFile:
    """An invoice whole. Raises NotFound."""
    schools = own_schools(who)
    async with transaction(who):
        row = await found(who, number)
        invoice = _typed(
            await fetch_as(InvoiceOut, f"{_INVOICE.format(invoices='invoice')} WHERE v.id = $2", schools, row["id"])
        )[0]
        lines = await fetch_as(InvoiceLineOut, _LINES, row["id"], schools)
        for line in lines:
            line.kind = LineKind(line.kind)
        notes = await fetch("SELECT number FROM invoice WHERE credits = $1 ORDER BY number", row["id"])
        return InvoiceFile(
            invoice=invoice,
            gst_ppm=row["gst_ppm"],
            qst_ppm=row["qst_ppm"],
            booked_cents=row["booked_cents"],
            lines=lines,
            charges=await fetch_as(ChargeOut, _CHARGES, row["id"], schools),
            differences=[] if schools is not None else await _differences(row["id"]),
            decisions=[] if schools is not None else await _decisions(row["id"]),
            credit_notes=[note["number"] for note in notes],
            extract=invoice.total_cents != row["total_cents"],
            timeline=await timeline("invoice", number),
        )


async def order_of(who: Actor, number: str) -> str:
    """The number of an invoice's order. Raises NotFound. Call inside a transaction."""
    row = await found(who, number)
    order = await fetch_one("SELECT number FROM purchase_order WHERE id = $1", row["order"])
    assert order is not None
    return str(order["number"])


async def found(who: Actor, number: str, *, lock: bool = False) -> Any:
    """The row of an invoice that the caller may see. Raises NotFound. Call inside a transaction."""
    where = seen(who, Where())
    where.add("v.number = {}", number)
    row = await fetch_one(f"SELECT v.* FROM invoice v WHERE {where}{' FOR UPDATE OF v' if lock else ''}", *where.args)
    if row is None:
        raise NotFound()
    return row


async def counts(who: Actor) -> list[Counts]:
    """How many invoices are in each state, by board: of the own board, or of all for the ministry, which reads no more."""
    if not who.may("invoice.read"):
        who.must("invoice.count")
    where = Where()
    if who.scope in (Scope.board, Scope.school):
        seen(who, where)
    async with transaction(who):
        rows = await fetch(_COUNTS.format(where=where), *where.args)
    by_board: dict[str, Counts] = {}
    for row in rows:
        board = by_board.setdefault(row["board"], Counts(board=row["board"], board_name=row["board_name"], states={}))
        board.states[row["state"]] = row["n"]
    return list(by_board.values())


async def _differences(invoice: Any) -> list[DifferenceOut]:
    rows = await fetch(
        "SELECT kind, position, expected, found, cents, about, blocking FROM invoice_difference WHERE invoice = $1"
        " ORDER BY blocking DESC, position, kind, about",
        invoice,
    )
    return [
        DifferenceOut(
            **row,
            sentence=words.sentence(
                Difference(row["kind"], row["position"], row["expected"], row["found"], row["cents"], row["about"])
            ),
        )
        for row in rows
    ]


async def _decisions(invoice: Any) -> list[DecisionOut]:
    rows = await fetch_as(
        DecisionOut,
        "SELECT outcome, reason, differences, person_name, at FROM invoice_decision WHERE invoice = $1 ORDER BY at, id",
        invoice,
    )
    for row in rows:
        row.outcome, row.differences = Outcome(row.outcome), words.anew(row.differences)
    return rows


def _typed(rows: Sequence[InvoiceOut]) -> list[InvoiceOut]:
    for row in rows:
        row.state, row.kind = State(row.state), Kind(row.kind)
    return list(rows)
