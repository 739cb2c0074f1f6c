"""Where a role may be given, and by whom; and the grants written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory.people.schemas import DaysIn, GrantIn
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import execute, fetch
from kit.errors import Conflict, Invalid, constraint
from kit.events import Change, record_all
from kit.i18n import _, lazy


class RoleHeld(Conflict):
    sentence = lazy("Cette personne a déjà ce rôle à cet endroit.")


constraint("role_grant_once", RoleHeld)


@dataclass(frozen=True, slots=True)
class Placed:
    """A grant whose role fits its place; the board of a school is filled in."""

    given: GrantIn
    board: str | None
    school: str | None


async def placed(who: Actor, grants: Sequence[GrantIn]) -> list[Placed]:
    """The grants with their places checked, or Invalid: the first sentence of each that does not fit."""
    roles, boards, schools = zip(*((grant.role, grant.board, grant.school) for grant in grants), strict=True)
    rows = await fetch(
        "SELECT r.reach, b.code AS board, s.code AS school, s.board AS school_board"
        " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS g (role, board, school, n)"
        " LEFT JOIN role r ON r.code = g.role LEFT JOIN board b ON b.code = g.board LEFT JOIN school s ON s.code = g.school"
        " ORDER BY g.n",
        roles, boards, schools,
    )  # fmt: skip
    found, wrong = [], {}
    for index, (grant, row) in enumerate(zip(grants, rows, strict=True)):
        if sentence := _misplaced(who, grant, row):
            wrong["role" if len(grants) == 1 else f"grants.{index}"] = sentence
        else:
            found.append(Placed(grant, row["school_board"] or row["board"], row["school"]))
    if wrong:
        raise Invalid(wrong)
    return found


def _misplaced(who: Actor, grant: GrantIn, row: Any) -> str | None:
    """What is wrong with the place of a role. A place of another board is told from an absent one by nothing."""
    system_acts = who.scope is Scope.system
    if row["reach"] is None or not (system_acts or (row["reach"] == "province") == (who.scope is Scope.ministry)):
        return _("« {role} » n'est pas un rôle que vous pouvez donner.").format(role=grant.role)
    if wrong := backwards(grant):
        return wrong
    if row["reach"] == "province":
        return _("Un rôle de la province ne nomme ni organisme ni école.") if grant.board or grant.school else None
    if row["reach"] == "school":
        if grant.school is None:
            return _("« {role} » se donne dans une école : nommez-la par son code.").format(role=grant.role)
        if row["school"] is None or not (system_acts or row["school_board"] == who.board):
            return _("Aucune de vos écoles n'a le code {code}.").format(code=grant.school)
        if grant.board not in (None, row["school_board"]):
            return _("L'école {code} n'est pas de cet organisme.").format(code=grant.school)
        return None
    if grant.school is not None or grant.board is None:
        return _("« {role} » se donne dans un organisme entier : nommez-le par son code.").format(role=grant.role)
    if row["board"] is None or not (system_acts or row["board"] == who.board):
        return _("Aucun de vos organismes n'a le code {code}.").format(code=grant.board)
    return None


async def give(who: Actor, person: UUID, grants: Sequence[Placed], *, given_by: str = "") -> None:
    """Write the grants and their events. Inside a system transaction, the person locked. Raises RoleHeld.

    Nobody comes here but who already has a role in the place, or has just accepted one: a board's administration cannot be let
    into another board by an address that it registered first.
    """
    await execute(  # what has run out leaves its place to a new grant
        "UPDATE role_grant SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL AND until_day < $3",
        person, now(), today(),
    )  # fmt: skip
    columns = zip(
        *((p.given.role, p.board, p.school, p.given.from_day, p.given.until_day) for p in grants), strict=True
    )
    await execute(
        "INSERT INTO role_grant (person, role, board, school, from_day, until_day, given_by)"
        " SELECT $1, g.role, g.board, g.school, g.from_day, g.until_day, $2"
        " FROM unnest($3::text[], $4::text[], $5::text[], $6::date[], $7::date[]) AS g (role, board, school, from_day, until_day)",
        person, given_by or who.name, *columns,
    )  # fmt: skip
    await record_all(
        who,
        [Change("person.role_granted", "person", str(person), p.board, p.school, after=p.given) for p in grants],
    )


def backwards(days: GrantIn | DaysIn) -> str | None:
    """What is wrong with days that end before they start."""
    if days.from_day and days.until_day and days.until_day < days.from_day:
        return _("Le rôle prend fin avant de commencer : corrigez une des deux dates.")
    return None
