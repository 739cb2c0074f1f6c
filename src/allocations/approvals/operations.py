"""Saying who of a board decides on what. A delegation is never changed: the next one takes its place on its day."""

from datetime import timedelta
from uuid import UUID

from allocations.approvals import queries, rules
from allocations.approvals.schemas import DelegationOut, Ending, NewDelegation
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.events import record
from kit.i18n import _, date_long

_SAME = "board = $1 AND measure_kind = $2 AND category IS NOT DISTINCT FROM $3 AND superseded_at IS NULL"


async def delegate(who: Actor, new: NewDelegation, *, board: str | None = None) -> DelegationOut:
    """Say who decides on a kind of purchase from a day on; the delegation in force ends the day before.

    The system names the `board`. Raises Forbidden, Invalid (steps, role, category, day), ComingAlready.
    """
    place = board_of(who, board)
    rules.check_from(new.from_day, today=today())
    rules.check_steps([(step.role, step.limit_cents) for step in new.steps])
    async with transaction(system()):  # boards read their delegations and write them here alone
        await _check(new, place)
        kind = (place, new.measure_kind, new.category)
        if day := await fetch_value(
            f"SELECT max(from_day) FROM delegation WHERE {_SAME} AND from_day > $4", *kind, new.from_day
        ):
            raise rules.ComingAlready(day=date_long(day))
        await execute(
            f"UPDATE delegation SET superseded_at = $5 WHERE {_SAME} AND from_day = $4", *kind, new.from_day, now()
        )
        await execute(
            f"UPDATE delegation SET until_day = $5 WHERE {_SAME} AND from_day < $4 AND (until_day IS NULL OR until_day >= $4)",
            *kind, new.from_day, new.from_day - timedelta(days=1),
        )  # fmt: skip
        key = await fetch_value(
            "INSERT INTO delegation (board, measure_kind, category, from_day, made_by, made_by_name, made_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            *kind, new.from_day, who.person, who.name, now(),
        )  # fmt: skip
        await execute(
            "INSERT INTO delegation_step (delegation, board, position, role, limit_cents)"
            " SELECT $1, $2, t.n, t.role, t.cents FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS t (role, cents, n)",
            key, place, [step.role for step in new.steps], [step.limit_cents for step in new.steps],
        )  # fmt: skip
        made = await queries.by_key(system(), key)
        await record(who, "delegation.made", kind="delegation", subject=key, board=place, after=made)
        return made


async def end(who: Actor, key: UUID, ending: Ending) -> DelegationOut:
    """End a delegation on a day, or now: what is submitted later goes under another, or to whoever may approve.

    Raises Forbidden, NotFound, Invalid, Conflict (over already).
    """
    must_delegate(who)
    async with transaction(system()):
        row = await fetch_one("SELECT * FROM delegation WHERE id = $1 FOR UPDATE", key)
        if row is None or (who.scope is not Scope.system and row["board"] != who.board):
            raise NotFound()
        if row["superseded_at"] is not None or (row["until_day"] is not None and row["until_day"] < today()):
            raise Conflict(_("Cette délégation est déjà finie."))
        if ending.until_day is None:
            await execute("UPDATE delegation SET superseded_at = $2 WHERE id = $1", key, now())
        elif ending.until_day < max(today(), row["from_day"]):
            raise Invalid({"until_day": _("Une délégation finit aujourd'hui ou plus tard, après avoir commencé.")})
        else:
            await execute("UPDATE delegation SET until_day = $2 WHERE id = $1", key, ending.until_day)
        ended = await queries.by_key(system(), key)
        await record(who, "delegation.ended", kind="delegation", subject=key, board=row["board"], after=ended)
        return ended


def must_delegate(who: Actor) -> None:
    """Raise Forbidden unless the actor delegates for a whole board."""
    if who.scope is not Scope.system and (who.scope is not Scope.board or "delegation.write" not in who.rights):
        raise Forbidden()


def board_of(who: Actor, board: str | None) -> str:
    """For which board the actor delegates. Raises Forbidden."""
    must_delegate(who)
    place = board if who.scope is Scope.system else who.board
    if place is None or (board is not None and board != place):
        raise Forbidden()
    return place


async def _check(new: NewDelegation, board: str) -> None:
    """The board is there (and locked: two who delegate take turns), the category too, and each role may approve."""
    if await fetch_value("SELECT code FROM board WHERE code = $1 FOR UPDATE", board) is None:
        raise Invalid({"board": _("Aucun organisme n'a le code {code}.").format(code=board)})
    if new.category is not None and not await fetch_value("SELECT 1 FROM category WHERE code = $1", new.category):
        raise Invalid({"category": _("La catégorie « {code} » n'existe pas.").format(code=new.category)})
    known = {
        row["role"]
        for row in await fetch(
            "SELECT t.role FROM role_right t JOIN role r ON r.code = t.role AND r.reach <> 'province'"
            " WHERE t.\"right\" = 'selection.approve'"
        )
    }
    for step in new.steps:
        if step.role not in known:
            raise Invalid({"steps": _("« {role} » n'est pas un rôle qui approuve.").format(role=step.role)})
