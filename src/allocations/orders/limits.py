"""Above which amount a board has its orders authorised by a person who did not make them: dated, each change with its reason."""

from datetime import date

from allocations.orders.schemas import LimitOut
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_as, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound, constraint
from kit.events import record
from kit.i18n import _, lazy


class LimitGiven(Conflict):
    sentence = lazy("Un montant s'applique déjà à compter de cette date : choisissez-en une autre.")


constraint("order_limit_once_a_day", LimitGiven)


async def on(board: str, day: date) -> int | None:
    """The amount before tax in force on a day; None: no order needs a second person. Call inside a transaction."""
    return await fetch_value(  # type: ignore[no-any-return]
        "SELECT before_tax_cents FROM order_limit WHERE board = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1",
        board, day,
    )  # fmt: skip


async def listing(who: Actor, board: str) -> list[LimitOut]:
    """The amounts of a board, the latest first. Raises NotFound for another's than the caller's."""
    who.must("order.read")
    if board != who.board or who.scope is Scope.school:
        raise NotFound()
    async with transaction(who):
        return await fetch_as(
            LimitOut,
            "SELECT from_day, before_tax_cents, reason, person_name, at FROM order_limit WHERE board = $1"
            " ORDER BY from_day DESC",
            board,
        )


async def set_from(
    who: Actor, board: str, *, from_day: date, before_tax_cents: int | None, reason: str
) -> list[LimitOut]:
    """Set the amount from a day on, today at the earliest; None: no order needs a second person any more.

    What is authorised stays so. Raises Invalid, LimitGiven, Forbidden, NotFound.
    """
    who.must("order.limit")
    if board != who.board:
        raise NotFound()
    if who.scope is Scope.school:
        raise Forbidden()
    if from_day < today():
        raise Invalid(
            {"from_day": _("Un montant ne s'applique pas dans le passé : choisissez aujourd'hui ou plus tard.")}
        )
    if not (why := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique de l'organisme.")})
    async with transaction(who):
        before = await on(board, from_day)
        async with transaction(system()):  # boards read their amounts; the right was checked above
            await execute(
                "INSERT INTO order_limit (board, from_day, before_tax_cents, reason, person_name, at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                board, from_day, before_tax_cents, why, who.name, now(),
            )  # fmt: skip
        await record(
            who, "order_limit.set", kind="board", subject=board, board=board,
            before={"before_tax_cents": before},
            after={"from_day": from_day.isoformat(), "before_tax_cents": before_tax_cents}, why=why,
        )  # fmt: skip
        return await listing(who, board)
