"""A board decides who orders for its schools."""

from allocations.ordering import queries, rules
from allocations.ordering.schemas import OrderingChange, OrderingOut
from directory.schools import queries as schools
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, fetch_one, transaction
from kit.errors import Forbidden, Invalid, Stale
from kit.events import record
from kit.i18n import _

RIGHT = "envelope.write"

_SET = """
INSERT INTO ordering (board, school, by, reason, changed_at, changed_by_name) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (board, coalesce(school, '')) DO UPDATE SET by = excluded.by, reason = excluded.reason,
    changed_at = excluded.changed_at, changed_by_name = excluded.changed_by_name, version = ordering.version + 1
"""


async def decide(
    who: Actor, board: str, school: str | None, change: OrderingChange, *, version: int | None = None
) -> list[OrderingOut]:
    """Say who orders for one school, or by default for the whole board; the board's decisions afterwards.

    Raises Forbidden (another board, or a school), NotFound, Invalid (no reason, or a default taken away), Stale.
    """
    who.must(RIGHT)
    if who.scope is not Scope.board or who.board != board:
        raise Forbidden()
    reason = rules.check_reason(change.reason)
    if school is None and change.by is None:
        raise Invalid({"by": _("Un organisme a toujours un choix par défaut : l'école, ou l'organisme.")})
    async with transaction(who):
        if school is not None:
            await schools.one(who, school)
        before = await fetch_one(
            "SELECT by, version FROM ordering WHERE board = $1 AND school IS NOT DISTINCT FROM $2 FOR UPDATE",
            board,
            school,
        )
        if version is not None and version != (before["version"] if before else 0):
            raise Stale()
        await execute(_SET, board, school, change.by or "default", reason, now(), who.name)
        await record(
            who, "school.ordering_decided", kind="school" if school else "board", subject=school or board, board=board,
            school=school, before={"by": before["by"] if before else None}, after={"by": change.by}, why=reason,
        )  # fmt: skip
        return await queries.listing(who, board=board)
