"""Purchase orders: made out of approved choices, sent (money committed), taken back, dated."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.measures.queries import check_commit_day
from allocations.orders import aside, delivering, drafting, limits, planning, previewing, queries, revisions, rules
from allocations.orders.rules import Act, State
from allocations.orders.schemas import OrderFile, OrderOut
from allocations.procurement.queries import warnings_of
from allocations.procurement.rules import NeedsReason, unexplained
from allocations.years.queries import check_open
from inventory.floor import operations as floor
from kit import outbox
from kit.actor import Actor, Scope, system
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, Stale, constraint
from kit.events import Change, record, record_all
from kit.i18n import _, kept

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


async def build(
    who: Actor,
    *,
    selections: Sequence[str] | None = None,
    requested_on: date | None = None,
    justification: str = "",
    reason: str = "",
) -> list[OrderOut]:
    """Draft the orders that `previewing.preview` says out of approved choices (all that wait where none is named).

    What cannot be ordered stays aside and waits. Money stays reserved. `justification`: of what is outside a mandatory contract, which
    who asks attests; `reason`: kept on the orders of which the watch on the law asks one. Raises NotOrderable for a named choice that
    has nothing to order, AllAside, NothingToOrder, YearClosed for a named one of a closed year; then nothing is made.
    """
    who.must("order.write")
    if who.scope is Scope.school:  # a token bound to a school: orders are the whole board's
        raise Forbidden()
    if requested_on is not None and requested_on < today():
        raise Invalid({"requested_on": _("La date de livraison souhaitée est passée.")})
    why, board = reason.strip(), who.board or ""
    async with transaction(who):
        baskets = await planning.wanted(board, selections, lock=True)
        if not baskets:
            raise rules.NothingToOrder()
        delivery = (await delivering.of(board)).delivery
        justified = bool(justification.strip())
        async with planning.planned(baskets, delivery=delivery, justified=justified) as orders:
            if not orders:
                raise rules.AllAside(aside=aside.words(await previewing.aside_counts()))
            warnings = await previewing.warned(board) if why else {}
            numbers = await drafting.write(
                who,
                requested_on=requested_on,
                justification=justification.strip(),
                reasons={place: why for place, said in warnings.items() if any(w.asks_reason for w in said)},
            )
        made = await queries.by_numbers(who, numbers)
        await record_all(
            who,
            [
                Change(
                    what="order.drafted",
                    kind="order",
                    subject=order.number,
                    board=order.board,
                    after=order,
                    why=order.law_reason,
                )
                for order in made
            ],
        )
        return made


async def send(who: Actor, number: str, *, version: int | None = None) -> OrderFile:
    """Commit the money and put the order in the outbox, where it waits two minutes. Only a person sends.

    A supplier without an address gets no message: the PDF is printed, and `handing.hand_over` says how it went. Raises
    NeedsAuthorisation, NeedsJustification, NeedsReason, NotDraft, YearClosed, Stale, NotFound.
    """
    check_sender(who)
    async with transaction(who):
        row = await locked(who, number, version)
        await commit(who, row)
        await revisions.issue(who, row, not_before=now() + rules.RECALL)
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
        state = State(row["state"])
        rules.check_recall(
            state, number, sent_how=row["sent_how"], has_message=row["message"] is not None, revision=row["revision"]
        )
        if await fetch_value(_CAME, row["id"]):  # all of it may have gone back since
            raise rules.CameAlready(number=number)
        # One handed over by hand after its message had failed has no message that could leave.
        if (
            row["message"] is not None
            and not row["sent_how"]
            and (await _has_left(row) or not await outbox.cancel(row["message"]))
        ):
            raise rules.TooLateToRecall(number=number)
        moves = await moves_of(row, kept("Envoi du bon {number} annulé", number=number))
        await envelopes.decommit(who, moves, back_to_reserved=True)
        await move(
            row, rules.after(Act.recall, state, authorised=row["authorised_at"] is not None),
            sent_at=None, sent_by_name="", sent_how="", confirmation="", message=None,
        )  # fmt: skip
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
        if State(row["state"]) in rules.UNSENT:
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
        if rules.was_sent(State(row["state"]), row["held_from"]):
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
    """Turn a locked order that may be sent into a sent one: its money is committed, the floor awaits its goods.

    Raises NotDraft, NeedsAuthorisation, NeedsJustification, NeedsReason, YearClosed, TooLate.
    """
    state = State(row["state"])
    limit = await limits.on(row["board"], today())
    rules.check_sendable(state, row["number"], before_tax_cents=row["before_tax_cents"], limit_cents=limit)
    await check_open(who, row["year"])
    if outside := await unjustified(row):
        raise rules.NeedsJustification(number=row["number"], lines=outside)
    if not row["law_reason"] and (said := unexplained(await warnings_of(row))):
        raise NeedsReason(number=row["number"], warnings=said)
    moves = await moves_of(row, kept("Bon de commande {number} envoyé", number=row["number"]))
    await check_commit_day(move.envelope for move in moves)
    await envelopes.commit(who, moves)
    await move(row, rules.after(Act.send, state), sent_at=now(), sent_by_name=who.name)
    await expect(who, row)


_CAME = """
SELECT EXISTS (SELECT FROM receipt r WHERE r."order" = $1 AND NOT EXISTS (SELECT FROM receipt_undone u WHERE u.receipt = r.id))
"""

_OUTSIDE = """
SELECT l.position FROM order_line l JOIN selection_item i ON i.id = l.item
WHERE l."order" = $1 AND i.mandatory_contract IS NOT NULL AND ($2 OR l.exception_reason = '') ORDER BY l.position
"""


async def unjustified(row: Any, *, again: bool = False) -> list[int]:
    """The lines outside a contract that binds the board that nobody has justified (`again`: or that somebody has)."""
    return [line["position"] for line in await fetch(_OUTSIDE, row["id"], again)]


async def move(row: Any, state: State, **columns: Any) -> None:
    """Write the state of a locked order and these columns of it."""
    places = "".join(f", {name} = ${n}" for n, name in enumerate(columns, 3))
    await execute(
        f"UPDATE purchase_order SET state = $2{places}, version = version + 1 WHERE id = $1",
        row["id"], state.value, *columns.values(),
    )  # fmt: skip


async def _has_left(row: Any) -> bool:
    """Whether a message of this sending has left already; another may wait to be sent again."""
    async with transaction(system()):
        return bool(
            await fetch_value(
                "SELECT EXISTS (SELECT FROM outbox WHERE about = $1 AND kind = 'order' AND sent_at IS NOT NULL AND not_before >= $2)",
                row["number"], row["sent_at"],
            )
        )  # fmt: skip


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
            queries.expected(line, board=row["board"], order=row["number"], nothing=nothing)
            for line in await queries.lines_of(who, row["id"])
            if line.tracked
        ]
    )
