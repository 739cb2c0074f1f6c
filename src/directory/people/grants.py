"""Roles given and taken back. A role in a school stays with the school; nothing is deleted, a grant is revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory.people import queries
from directory.people.rules import normal_email
from directory.people.schemas import GrantIn, PersonOut
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound, constraint
from kit.events import Change, record, record_all
from kit.i18n import _, lazy


class RoleHeld(Conflict):
    sentence = lazy("Cette personne a déjà ce rôle à cet endroit.")


class OwnAccount(Forbidden):
    sentence = lazy("Vos propres accès se changent par une autre personne de l'administration.")


class KnownElsewhere(Forbidden):
    sentence = lazy(
        "Cette adresse a, ou a eu, des accès ailleurs que dans votre organisme : demandez à l'exploitation du service d'y ajouter le rôle."
    )


constraint("role_grant_once", RoleHeld)


@dataclass(frozen=True, slots=True)
class Placed:
    """A grant whose role fits its place; the board of a school is filled in."""

    given: GrantIn
    board: str | None
    school: str | None


def must_manage(who: Actor) -> None:
    """Raise Forbidden unless the actor gives roles in a whole board (a right in one school is not enough), or is the system."""
    if who.scope is not Scope.system and (who.scope is not Scope.board or "person.write" not in who.rights):
        raise Forbidden()


async def locked(who: Actor, email: str) -> Any:
    """The row of somebody whom the actor manages and is not; locked. Inside a system transaction. Raises NotFound, OwnAccount."""
    found = await fetch_one(
        "SELECT p.id, p.email, p.name, p.deactivated_at FROM person p WHERE lower(p.email) = lower($1) AND ($2::text IS NULL"
        " OR EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.board = $2)) FOR UPDATE OF p",
        normal_email(email), who.board,
    )  # fmt: skip
    if found is None:
        raise NotFound(_("Personne n'a l'adresse « {email} » parmi vos comptes.").format(email=email))
    if found["id"] == who.person:
        raise OwnAccount()
    return found


async def grant_role(who: Actor, email: str, grant: GrantIn) -> PersonOut:
    """Give a role to somebody whom the actor manages. Raises Invalid, RoleHeld, NotFound, OwnAccount."""
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        if person["deactivated_at"] is not None:
            raise Conflict(_("Ce compte est fermé. Ajoutez la personne de nouveau pour le rouvrir."))
        await give(who, person["id"], await placed(who, [grant]))
    return await queries.person(who, email)


async def revoke_role(who: Actor, email: str, grant: UUID) -> PersonOut:
    """Take a role back, at once. Raises NotFound, OwnAccount; safe to repeat."""
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        gone = await fetch_one(
            "UPDATE role_grant SET revoked_at = coalesce(revoked_at, $4) WHERE id = $1 AND person = $2"
            " AND ($3::text IS NULL OR board = $3) RETURNING role, board, school, revoked_at = $4 AS changed",
            grant, person["id"], who.board, moment := now(),
        )  # fmt: skip
        if gone is None:
            raise NotFound()
        if gone["changed"]:
            await record(
                who, "person.role_revoked", kind="person", subject=person["id"], board=gone["board"],
                school=gone["school"], before={"role": gone["role"], "at": moment},
            )  # fmt: skip
    return await queries.person(who, email)


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
    if row["reach"] is None or (row["reach"] == "province" and not system_acts):
        return _("« {role} » n'est pas un rôle que vous pouvez donner.").format(role=grant.role)
    if grant.from_day and grant.until_day and grant.until_day < grant.from_day:
        return _("Le rôle prend fin avant de commencer : corrigez une des deux dates.")
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


async def give(who: Actor, person: UUID, grants: Sequence[Placed]) -> None:
    """Write the grants and their events. Inside a system transaction, the person locked. Raises KnownElsewhere.

    Whoever made an account may know its password: one board's administration cannot be let into another board by an address
    that it registered first. Until an address proves itself by mail, only the system joins two boards in one account.
    """
    if who.scope is not Scope.system and await fetch_value(
        "SELECT EXISTS (SELECT FROM role_grant WHERE person = $1 AND board IS DISTINCT FROM $2)", person, who.board
    ):
        raise KnownElsewhere()
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
        person, who.name, *columns,
    )  # fmt: skip
    await record_all(
        who,
        [Change("person.role_granted", "person", str(person), p.board, p.school, after=p.given) for p in grants],
    )
