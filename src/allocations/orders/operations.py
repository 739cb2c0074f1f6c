"""Purchase orders: made out of approved choices, sent (money committed), taken back, dated."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import documents, drafting, queries, rules
from allocations.orders.rules import State
from allocations.orders.schemas import OrderFile, OrderOut
from allocations.orders.waiting import TO_ORDER
from allocations.years.queries import check_open
from allocations.years.rules import YearClosed
from inventory.floor import operations as floor
from inventory.floor.schemas import Expected
from kit import outbox
from kit.actor import Actor, Scope
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, Stale, constraint
from kit.events import Change, record, record_all
from kit.i18n import _, kept, use_language

constraint("order_line_item_first_live", rules.NothingToOrder)
constraint(
    "purchase_order_own_number_once",
    lambda: Invalid(
        {
            "external_number": _(
                "Ce numéro sert déjà à un autre bon de votre organisme. Vérifiez-le dans votre système d'achat."
            )
        }
    ),
)

_TO_ORDER = f"""
SELECT v.id, v.supplier, p.code, s.year, s.number FROM selection s JOIN selection_invoice v ON v.selection = s.id
JOIN supplier p ON p.id = v.supplier
WHERE s.board = $1 AND ($2::text[] IS NULL OR s.number = ANY($2)) AND {TO_ORDER}
ORDER BY s.id, p.code
"""

_CLOSED_YEAR = """
SELECT year FROM selection WHERE board = $1 AND number = ANY($2::text[]) AND year IN (
    SELECT code FROM school_year WHERE state = 'closed') ORDER BY year LIMIT 1
"""


async def build(
    who: Actor, *, selections: Sequence[str] | None = None, requested_on: date | None = None
) -> list[OrderOut]:
    """Draft one order for each supplier and year out of approved choices (all that wait where none is named).

    Money stays reserved. Raises NotOrderable for a named choice that has nothing to order, YearClosed for one of a closed
    year; then nothing is made.
    """
    who.must("order.write")
    if who.scope is Scope.school:  # a token bound to a school: orders are the whole board's
        raise Forbidden()
    if requested_on is not None and requested_on < today():
        raise Invalid({"requested_on": _("La date de livraison souhaitée est passée.")})
    async with transaction(who):
        if year := await fetch_value(_CLOSED_YEAR, who.board, list(selections or ())):
            raise YearClosed(year=year)
        # Asked again once they are locked: a statement that has waited for a row still sees the orders of before.
        wanted = await fetch(
            _TO_ORDER + " FOR UPDATE OF s", who.board, None if selections is None else list(selections)
        )
        waiting = await fetch(_TO_ORDER, who.board, [row["number"] for row in wanted])
        found = {row["number"] for row in waiting}
        for number in selections or ():
            if number not in found:
                raise rules.NotOrderable(number=number)
        if not waiting:
            raise rules.NothingToOrder()
        numbers = await drafting.write(who, waiting, requested_on=requested_on)
        made = await queries.by_numbers(who, numbers)
        await record_all(
            who,
            [
                Change(what="order.drafted", kind="order", subject=order.number, board=order.board, after=order)
                for order in made
            ],
        )
        return made


async def send(who: Actor, number: str, *, version: int | None = None) -> OrderFile:
    """Commit the money and put the order in the outbox, where it waits two minutes. Only a person sends.

    A supplier without an address gets no message: the PDF is printed, and `handing.hand_over` says how it went. Raises
    NotDraft, YearClosed, Stale, NotFound.
    """
    check_sender(who)
    async with transaction(who):
        row = await locked(who, number, version)
        rules.check_draft(State(row["state"]), number)
        await commit(who, row)
        await enqueue(who, row, not_before=now() + rules.RECALL)
        await record(
            who, "order.sent", kind="order", subject=number, board=row["board"], after={"net_cents": row["net_cents"]}
        )
        return await queries.one(who, number)


async def recall(who: Actor, number: str) -> OrderFile:
    """Take a sending back: the order is a draft again, its money reserved again.

    While its message has not left. An order handed over by hand has sent nothing out of here that cannot be taken back, so a
    wrong mark is mended for as long as nothing has come; after that the goods say that it was sent. Raises NothingToRecall,
    TooLateToRecall, CameAlready, YearClosed, NotFound.
    """
    who.must("order.send")
    async with transaction(who):
        row = await queries.locked(who, number)
        await check_open(who, row["year"])  # a draft of it could never be sent again: give up the rest instead
        rules.check_recall(
            State(row["state"]), number, sent_how=row["sent_how"], has_message=row["message"] is not None
        )
        # One handed over by hand after its message had failed has no message that could leave.
        if row["message"] is not None and not row["sent_how"] and not await outbox.cancel(row["message"]):
            raise rules.TooLateToRecall(number=number)
        moves = await moves_of(row, kept("Envoi du bon {number} annulé", number=number))
        await envelopes.decommit(who, moves, back_to_reserved=True)
        await execute(
            "UPDATE purchase_order SET state = 'draft', sent_at = NULL, sent_by_name = '', sent_how = '', confirmation = '',"
            " message = NULL, version = version + 1 WHERE id = $1",
            row["id"],
        )
        await expect(who, row, nothing=True)
        await record(who, "order.recalled", kind="order", subject=number, board=row["board"])
        return await queries.one(who, number)


async def promise(
    who: Actor, number: str, *, expected_on: date | None, lines: Sequence[int] | None = None, version: int | None = None
) -> OrderFile:
    """Write the supplier's day on lines that are still awaited (all of them, or those at these positions); None: no day.

    Raises NothingAwaited where one of them is not (then none is dated), YearClosed for a draft, Stale, NotFound.
    """
    who.must("order.write")
    async with transaction(who):
        row = await locked(who, number, version)
        if State(row["state"]) is State.draft:
            await check_open(who, row["year"])
        rules.check_promise(expected_on, made_on=row["made_at"].astimezone(MONTREAL).date())
        dated = await execute(
            'UPDATE order_line SET expected_on = $2, version = version + 1 WHERE "order" = $1 AND quantity > received + cancelled'
            " AND ($3::int[] IS NULL OR position = ANY($3))",
            row["id"], expected_on, None if lines is None else list(lines),
        )  # fmt: skip
        if dated < (1 if lines is None else max(1, len(set(lines)))):
            raise rules.NothingAwaited(number=number)
        await execute("UPDATE purchase_order SET version = version + 1 WHERE id = $1", row["id"])
        if State(row["state"]) in rules.SENT:
            await execute(
                "UPDATE expected_delivery e SET expected_on = l.expected_on, updated_at = $2 FROM order_line l"
                ' WHERE l."order" = $1 AND e.source = l.id::text',
                row["id"], now(),
            )  # fmt: skip
        await record(
            who, "order.dated", kind="order", subject=number, board=row["board"],
            after={"expected_on": expected_on.isoformat() if expected_on else None, "lines": list(lines) if lines else None},
        )  # fmt: skip
        return await queries.one(who, number)


def check_sender(who: Actor) -> None:
    """Raise Forbidden unless a person may send."""
    who.must("order.send")
    if who.scope is Scope.system:
        raise Forbidden(_("Seule une personne envoie un bon de commande."))


async def commit(who: Actor, row: Any) -> None:
    """Turn a locked draft into a sent order: its money is committed, the floor awaits its goods. Raises YearClosed."""
    await check_open(who, row["year"])
    await envelopes.commit(who, await moves_of(row, kept("Bon de commande {number} envoyé", number=row["number"])))
    await execute(
        "UPDATE purchase_order SET state = 'sent', sent_at = $2, sent_by_name = $3, version = version + 1 WHERE id = $1",
        row["id"], now(), who.name,
    )  # fmt: skip
    await expect(who, row)


async def locked(who: Actor, number: str, version: int | None) -> Any:
    """The order's row, locked, as it was read. Raises NotFound, Stale. Call inside a transaction."""
    row = await queries.locked(who, number)
    if version is not None and version != row["version"]:
        raise Stale()
    return row


async def moves_of(row: Any, reason: str) -> list[Move]:
    """What an order charges to each of its envelopes, for this reason."""
    parts = await fetch(
        'SELECT envelope, charged_cents FROM order_part WHERE "order" = $1 ORDER BY envelope', row["id"]
    )
    return [Move(part["envelope"], part["charged_cents"], reason, "order", row["number"]) for part in parts]


async def expect(who: Actor, row: Any, *, nothing: bool = False) -> None:
    """Tell the floor what each line brings, or that it brings nothing any more."""
    await floor.expect(
        [
            Expected(
                source=str(line.id),
                board=row["board"],
                school=line.school,
                category=line.category,
                quantity=0 if nothing else line.outstanding,
                expected_on=line.expected_on,
                label=row["number"],
            )
            for line in await queries.lines_of(who, row["id"])
            if line.tracked
        ]
    )


async def enqueue(who: Actor, row: Any, *, not_before: datetime) -> None:
    """Put a sent order in the outbox, where its supplier has an address."""
    number = row["number"]
    file = await queries.one(who, number)
    if not file.supplier.email:
        return
    with use_language("fr"):  # orders are always in French
        message = await outbox.enqueue(
            kind="order",
            recipient=file.supplier.email,
            subject=documents.subject(file),
            body=documents.covering_text(file),
            board=row["board"],
            about=number,
            attachment=documents.purchase_order(file),
            attachment_name=f"{number}.pdf",
            not_before=not_before,
        )
    await execute("UPDATE purchase_order SET message = $2 WHERE id = $1", row["id"], message)
