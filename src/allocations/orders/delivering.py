"""How a board has its orders delivered, so grouped."""

from msgspec import Struct

from allocations.orders.grouping_schemas import GroupingOut, SetGrouping
from kit.actor import Actor, Scope, system
from kit.database import execute, fetch_one, transaction
from kit.errors import Forbidden, NotFound, Stale
from kit.events import record

_SET = """
INSERT INTO order_grouping (board, delivery, minimum_before_tax_cents) VALUES ($1, $2, $3)
ON CONFLICT (board) DO UPDATE SET delivery = excluded.delivery, minimum_before_tax_cents = excluded.minimum_before_tax_cents,
    version = order_grouping.version + 1
"""


async def of(board: str) -> GroupingOut:
    """The rules of a board: one order for all where it has said nothing. Call inside a transaction."""
    row = await fetch_one(
        "SELECT delivery, minimum_before_tax_cents, version FROM order_grouping WHERE board = $1", board
    )
    return GroupingOut(**row) if row else GroupingOut(delivery="one", minimum_before_tax_cents=None, version=0)


async def one(who: Actor, board: str) -> GroupingOut:
    """The same. Raises NotFound for another's board than the caller's."""
    who.must("order.read")
    if board != who.board or who.scope is Scope.school:
        raise NotFound()
    async with transaction(who):
        return await of(board)


async def set_rules(who: Actor, board: str, new: SetGrouping, *, version: int | None = None) -> GroupingOut:
    """Say how orders are grouped from now on; those that are made stay. Raises Stale, Forbidden, NotFound."""
    who.must("order.limit")
    if board != who.board:
        raise NotFound()
    if who.scope is Scope.school:
        raise Forbidden()
    async with transaction(who):
        async with transaction(system()):  # boards read their rules; the right was checked above
            await fetch_one("SELECT code FROM board WHERE code = $1 FOR NO KEY UPDATE", board)  # one writer at a time
            before = await of(board)
            if version is not None and version != before.version:
                raise Stale()
            await execute(_SET, board, new.delivery, new.minimum_before_tax_cents)
        await record(
            who,
            "order_grouping.set",
            kind="board",
            subject=board,
            board=board,
            before=_facts(before),
            after=_facts(new),
        )
        return await of(board)


def _facts(found: Struct) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("delivery", "minimum_before_tax_cents")}
