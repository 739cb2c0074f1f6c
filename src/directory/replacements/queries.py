"""Who decides for whom, and who may decide at all."""

from typing import Any
from uuid import UUID

import msgspec

from directory.replacements.rules import STILL_THERE
from directory.replacements.schemas import ReplacementOut
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import fetch, fetch_as, transaction
from kit.errors import Forbidden

# Whoever may approve somewhere on the day {day}, by a role of their own or in the place of an absent person (`replaced`).
APPROVERS = (
    """
SELECT g.person, coalesce(s.board, g.board) AS board, g.school, g.role, NULL::uuid AS replaced, '' AS replaced_name
FROM role_grant g LEFT JOIN school s ON s.code = g.school
WHERE g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= {day}) AND (g.until_day IS NULL OR g.until_day >= {day})
    AND EXISTS (SELECT FROM role_right t WHERE t.role = g.role AND t."right" = 'selection.approve')
UNION ALL
SELECT x.deputy, x.board, g.school, g.role, x.absent, x.absent_name
FROM replacement x JOIN role_grant g ON g.person = x.absent LEFT JOIN school s ON s.code = g.school
WHERE x.ended_at IS NULL AND {day} BETWEEN x.from_day AND x.until_day AND coalesce(s.board, g.board) = x.board
    AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= {day}) AND (g.until_day IS NULL OR g.until_day >= {day})
    AND EXISTS (SELECT FROM role_right t WHERE t.role = g.role AND t."right" = 'selection.approve') AND """
    + STILL_THERE
)

_ONE = """
SELECT id, board, absent_name, deputy_name, from_day, until_day, reason, named_by_name, made_at, ended_at,
       CASE WHEN ended_at IS NOT NULL OR until_day < $1 THEN 'over' WHEN from_day > $1 THEN 'coming' ELSE 'active' END AS state
FROM replacement WHERE
"""


class Standing(msgspec.Struct, frozen=True):
    """Somebody may decide as `role` in a school, or (None) in the whole board; `replaced`: in whose place."""

    role: str
    school: str | None
    replaced: UUID | None
    replaced_name: str


async def standings(who: Actor) -> list[Standing]:
    """As what the actor may decide in the board for which they act; own roles first."""
    if who.person is None:
        return []
    async with transaction(system()):  # one's own grants: the condition on the person is the scope
        return await fetch_as(
            Standing,
            f"SELECT a.role, a.school, a.replaced, a.replaced_name FROM ({APPROVERS.format(day='$1::date')}) a"
            " WHERE a.person = $2 AND a.board = $3 ORDER BY a.replaced IS NOT NULL, a.role, a.school",
            today(), who.person, who.board,
        )  # fmt: skip


async def listing(who: Actor) -> list[ReplacementOut]:
    """The replacements of the actor's board (of all, for the system), the latest first; one's own, but for the administration.

    Raises Forbidden.
    """
    if not (who.may("selection.approve") or who.may("delegation.write")):
        raise Forbidden()
    whole = who.scope is Scope.system or (who.scope is Scope.board and "delegation.write" in who.rights)
    async with transaction(who):
        return await fetch_as(
            ReplacementOut,
            f"{_ONE} ($2::text IS NULL OR board = $2) AND ($3::uuid IS NULL OR $3 IN (absent, deputy))"
            " ORDER BY until_day DESC, id DESC LIMIT 500",
            today(), None if who.scope is Scope.system else who.board, None if whole else who.person,
        )  # fmt: skip


async def by_key(key: UUID) -> ReplacementOut:
    """One replacement. Inside the transaction of a change."""
    return (await fetch_as(ReplacementOut, f"{_ONE} id = $2", today(), key))[0]


async def row_of(key: UUID) -> Any:
    """Its row, locked; None where it is not in sight. Inside a transaction."""
    return next(iter(await fetch("SELECT * FROM replacement WHERE id = $1 FOR UPDATE", key)), None)
