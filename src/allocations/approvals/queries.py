"""Reading delegations: those of a board, and the one under which a basket goes."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from allocations.approvals.rules import Ladder, Step, choose
from allocations.approvals.schemas import DelegationOut, Stuck
from directory.people.queries import role_name
from directory.replacements.queries import APPROVERS
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import fetch, fetch_as, fetch_value, transaction
from kit.i18n import name_sql

_STEPS = """
SELECT jsonb_agg(jsonb_build_object('position', t.position, 'role', t.role, 'role_name', {role}, 'limit_cents', t.limit_cents)
                 ORDER BY t.position) FROM delegation_step t JOIN role r ON r.code = t.role WHERE t.delegation = d.id
"""

_IN_FORCE = """
SELECT d.id, d.measure_kind, d.category, ({steps}) AS steps FROM delegation d
WHERE d.board = $1 AND d.superseded_at IS NULL AND d.from_day <= $2 AND (d.until_day IS NULL OR d.until_day >= $2)
    AND d.measure_kind IN ('', $3) AND (d.category IS NULL OR d.category = ANY($4::text[]))
"""

_LISTING = """
SELECT d.id, d.board, d.measure_kind, d.category, coalesce({name}, '') AS category_name, d.from_day, d.until_day, d.made_by_name,
       d.made_at, CASE WHEN d.superseded_at IS NOT NULL OR d.until_day < $1 THEN 'over' WHEN d.from_day > $1 THEN 'coming'
       ELSE 'active' END AS state, ({steps}) AS steps
FROM delegation d LEFT JOIN category c ON c.code = d.category
WHERE {where} ORDER BY d.board, d.category NULLS FIRST, d.measure_kind, d.from_day DESC, d.id DESC LIMIT 500
"""

# Of the baskets that wait, those for which nobody but their authors (or who stands in for these) can decide at their step.
_STUCK = """
WITH can AS MATERIALIZED ({approvers}), waits AS (
    SELECT s.id, s.board, s.school, s.step_role AS role, s.submitted_at FROM selection s
    WHERE s.state = 'submitted' AND ($2::text IS NULL OR s.board = $2)
        AND NOT EXISTS (SELECT FROM school_year y WHERE y.code = s.year AND y.state IN ('closed', 'reporting'))
), alone AS (
    SELECT w.* FROM waits w WHERE NOT EXISTS (
        SELECT FROM can c WHERE c.board = w.board AND (c.school IS NULL OR c.school = w.school) AND w.role IN ('', c.role)
            AND NOT EXISTS (SELECT FROM selection_author a WHERE a.selection = w.id AND a.person IN (c.person, c.replaced))
            AND NOT EXISTS (SELECT FROM approval d WHERE d.selection = w.id AND d.voided_at IS NULL
                AND (d.person IN (c.person, c.replaced) OR d.replaced IN (c.person, c.replaced))))
)
SELECT a.board, a.role, coalesce(max({role}), '') AS role_name, count(*)::int AS n, min(a.submitted_at) AS oldest
FROM alone a LEFT JOIN role r ON r.code = a.role GROUP BY a.board, a.role ORDER BY a.board, a.role
"""

# The roles of a board whose every holder, for a school, had a hand in a basket.
_AUTHORS_ALONE = """
SELECT c.role FROM ({approvers}) c WHERE c.board = $2 AND (c.school IS NULL OR c.school = $3) GROUP BY c.role
HAVING bool_and(EXISTS (SELECT FROM selection_author a WHERE a.selection = $4 AND a.person IN (c.person, c.replaced)))
"""


async def ladder(board: str, *, kind: str, categories: Collection[str], cents: int, day: date) -> Ladder | None:
    """The delegation under which a basket of so many cents goes. Inside the transaction of its submission."""
    sql = _IN_FORCE.format(steps=_STEPS.format(role=role_name()))
    rows = await fetch(sql, board, day, kind, sorted(categories))
    return choose(map(_ladder, rows), kind=kind, categories=categories, cents=cents)


async def ladder_of(delegation: UUID) -> Ladder:
    """The delegation under which a basket went up, in force still or not. Inside a transaction."""
    steps = _STEPS.format(role=role_name())
    return _ladder(
        (await fetch(f"SELECT d.id, d.measure_kind, d.category, ({steps}) AS steps FROM delegation d WHERE d.id = $1",
                     delegation))[0]
    )  # fmt: skip


async def authors_alone(board: str, school: str, selection: UUID) -> set[str]:
    """The roles that only the authors of a basket hold (or who stands in for them): their step is passed over."""
    async with transaction(system()):
        sql = _AUTHORS_ALONE.format(approvers=APPROVERS.format(day="$1::date"))
        return {row["role"] for row in await fetch(sql, today(), board, school, selection)}


async def listing(who: Actor, *, board: str | None = None) -> list[DelegationOut]:
    """The delegations of the actor's board (of `board`, of all, for the system), those in force and those that were."""
    who.must("selection.read")
    wanted = board if who.scope is Scope.system else who.board
    return await _select(who, "($2::text IS NULL OR d.board = $2)", wanted)


async def by_key(who: Actor, key: UUID) -> DelegationOut:
    """One delegation. Inside the transaction of a change."""
    return (await _select(who, "d.id = $2", key))[0]


async def stuck(who: Actor) -> list[Stuck]:
    """Baskets that wait on a step at which nobody can decide, by board and role: of the actor's board, or of all."""
    board = who.board if who.scope is not Scope.system else None
    async with transaction(system()):  # who holds what in a board: its numbers alone go out
        sql = _STUCK.format(approvers=APPROVERS.format(day="$1::date"), role=role_name())
        return await fetch_as(Stuck, sql, today(), board)


async def name_of_role(role: str) -> str:
    """A role's name in the reader's language. Inside a transaction."""
    return str(await fetch_value(f"SELECT {role_name()} FROM role r WHERE r.code = $1", role) or role)


async def _select(who: Actor, where: str, value: object) -> list[DelegationOut]:
    sql = _LISTING.format(name=name_sql("c"), steps=_STEPS.format(role=role_name()), where=where)
    async with transaction(who):
        rows = await fetch(sql, today(), value)
    return [DelegationOut(**{**row, "steps": _steps(row)}) for row in rows]


def _ladder(row: Any) -> Ladder:
    return Ladder(row["id"], row["measure_kind"], row["category"], _steps(row))


def _steps(row: Any) -> list[Step]:
    return msgspec.json.decode(row["steps"] or "[]", type=list[Step])
