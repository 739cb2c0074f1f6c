"""What came and is not received: damaged, wrong or too many. Its line awaits as before; what became of the units is settled here."""

from collections.abc import Sequence
from typing import Any

from allocations.orders import queries as orders
from allocations.orders.rules import Act, State
from allocations.orders.rules import check as check_act
from allocations.receipts import issue_queries, queries, rules
from allocations.receipts.rules import IssueKind, LinesRefused, Outcome
from allocations.receipts.schemas import IssueOut, NewIssue, ReportIssues
from kit import attachments
from kit.actor import Actor
from kit.attachments import Attachment
from kit.clock import now
from kit.database import execute, transaction
from kit.events import record
from kit.i18n import _, n_
from kit.numbers import next_numbers


async def report(who: Actor, order: str, new: ReportIssues) -> list[IssueOut]:
    """Say what is wrong with what came, nothing of it being received. Raises NotSent, LinesRefused."""
    who.must("receipt.write")
    async with transaction(who):
        row = await orders.locked(who, order)
        check_act(Act.receive, State(row["state"]), order)
        return await write(who, row, new.issues, slip=new.slip)


async def write(who: Actor, order: Any, new: Sequence[NewIssue], *, slip: str) -> list[IssueOut]:
    """The issues of a locked order. Raises LinesRefused. Call inside a transaction."""
    known = await queries.receivable(order["id"])
    products = await queries.products([issue.product for issue in new if issue.product])
    faults: dict[int, str] = {}
    for issue in new:
        if fault := _fault(issue, known.get(issue.position), products):
            faults.setdefault(issue.position, fault)
    if faults:
        raise LinesRefused(faults)
    places = await next_numbers(f"receipt issue {order['board']} {order['year']}", len(new))
    numbers = [rules.issue_number(order["board"], order["year"], place) for place in places]
    lines = [known[issue.position] for issue in new]
    await execute(
        'INSERT INTO receipt_issue (number, "order", order_line, board, school, kind, quantity, product, outcome, note, slip, person,'
        " person_name, at, settled_at, settled_by_name)"
        " SELECT n.number, $1, n.line, $2, n.school, n.kind, n.quantity, n.product, n.outcome, n.note, $3, $4, $5::text, $6::timestamptz,"
        " CASE WHEN n.outcome = 'set_aside' THEN NULL ELSE $6::timestamptz END, CASE WHEN n.outcome = 'set_aside' THEN '' ELSE $5::text END"
        " FROM unnest($7::text[], $8::uuid[], $9::text[], $10::text[], $11::int[], $12::uuid[], $13::text[], $14::text[])"
        " AS n (number, line, school, kind, quantity, product, outcome, note)",
        order["id"], order["board"], slip.strip(), who.person, who.name, now(), numbers, [line["id"] for line in lines],
        [line["school"] for line in lines], [issue.kind.value for issue in new], [issue.quantity for issue in new],
        [products[issue.product]["product"] if issue.product else None for issue in new],
        [(Outcome.returned if issue.returned else Outcome.set_aside).value for issue in new], [issue.note.strip() for issue in new],
    )  # fmt: skip
    await record(
        who, "order.issue_reported", kind="order", subject=order["number"], board=order["board"],
        after={"issues": numbers, "units": sum(issue.quantity for issue in new)},
    )  # fmt: skip
    return await issue_queries.by_numbers(who, numbers)


def _fault(issue: NewIssue, line: Any | None, products: dict[str, Any]) -> str | None:
    """Why an issue cannot be written. A line that is complete awaits nothing that could be damaged."""
    place = issue.position
    if line is None:
        return _("Ligne {position} : ce bon n'a pas cette ligne.").format(position=place)
    if issue.product and issue.product not in products:
        return _("Ligne {position} : le produit {code} n'est pas au catalogue.").format(
            position=place, code=issue.product
        )
    if issue.kind is IssueKind.wrong and not issue.product and not issue.note.strip():
        return _("Ligne {position} : dites ce qui est venu à la place, par son code ou dans la note.").format(
            position=place
        )
    awaited = line["quantity"] - line["received"] - line["cancelled"]
    if issue.kind is not IssueKind.over and issue.quantity > awaited:
        return n_(
            "Ligne {position} : {n} unité signalée, {awaited} à venir; dites « en trop » de ce qui dépasse.",
            "Ligne {position} : {n} unités signalées, {awaited} à venir; dites « en trop » de ce qui dépasse.",
            issue.quantity,
        ).format(position=place, n=issue.quantity, awaited=awaited)
    return None


async def attach(who: Actor, number: str, *, name: str, content: bytes) -> Attachment:
    """Keep a photo of what came damaged or wrong. Raises as `kit.attachments.attach`, NotFound."""
    who.must("receipt.write")
    async with transaction(who):
        issue = await issue_queries.one(who, number)
        kept = await attachments.attach(
            who,
            kind="receipt_issue",
            subject=number,
            board=issue.board,
            school=issue.school,
            name=name,
            content=content,
        )
        await record(
            who, "order.issue_photographed", kind="order", subject=issue.order, board=issue.board,
            school=issue.school,             after={"issue": number, "file": kept.name},
        )  # fmt: skip
        return kept
