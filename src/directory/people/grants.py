"""Roles given and taken back. A role in a school stays with the school; nothing is deleted, a grant is revoked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.people import queries
from directory.people.placing import backwards, give, placed
from directory.people.rules import normal_email
from directory.people.schemas import DaysIn, GrantIn, PersonOut
from directory.people.tables import CURRENT
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch_one, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.events import record
from kit.i18n import _, lazy


class OwnAccount(Forbidden):
    sentence = lazy("Vos propres accès se changent par une autre personne de l'administration.")


def must_manage(who: Actor) -> None:
    """Raise Forbidden unless the actor gives roles in a whole board or the province (a right in one school is not enough)."""
    if who.scope is not Scope.system and (who.scope is Scope.school or "person.write" not in who.rights):
        raise Forbidden()


async def locked(who: Actor, email: str) -> Any:
    """The row of somebody whom the actor manages and is not; locked. Inside a system transaction. Raises NotFound, OwnAccount."""
    found = await fetch_one(
        "SELECT p.id, p.email, p.name, p.deactivated_at FROM person p WHERE lower(p.email) = lower($1) AND ($2"
        f" OR EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.board IS NOT DISTINCT FROM $3 AND {CURRENT}))"
        " FOR UPDATE OF p",
        normal_email(email), who.scope is Scope.system, who.board,
    )  # fmt: skip
    if found is None:
        raise NotFound(_("Personne n'a l'adresse « {email} » parmi vos comptes.").format(email=email))
    if found["id"] == who.person:
        raise OwnAccount()
    return found


async def grant_role(who: Actor, email: str, grant: GrantIn) -> PersonOut:
    """Give a role to somebody whom the actor manages. Raises Invalid, RoleHeld, NotFound, OwnAccount."""
    return await grant_roles(who, email, [grant])


async def grant_roles(who: Actor, email: str, grants: Sequence[GrantIn]) -> PersonOut:
    """Give roles to somebody whom the actor manages, all or none. Raises Invalid, RoleHeld, NotFound, OwnAccount."""
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        if person["deactivated_at"] is not None:
            raise Conflict(_("Cet accès est fermé. Rouvrez-le avant d'y ajouter un rôle."))
        await give(who, person["id"], await placed(who, grants))
    return await queries.person(who, email)


async def change_days(who: Actor, email: str, grant: UUID, days: DaysIn) -> PersonOut:
    """Set from when and until when a role is held, both as given; None: without end. Raises Invalid, NotFound, OwnAccount."""
    must_manage(who)
    if wrong := backwards(days):
        raise Invalid({"until_day": wrong})
    async with transaction(system()):
        person = await locked(who, email)
        before = await fetch_one(
            "SELECT id, role, board, school, from_day, until_day FROM role_grant WHERE id = $1 AND person = $2"
            " AND revoked_at IS NULL AND ($3 OR board IS NOT DISTINCT FROM $4)",
            grant, person["id"], who.scope is Scope.system, who.board,
        )  # fmt: skip
        if before is None:
            raise NotFound()
        if (before["from_day"], before["until_day"]) != (days.from_day, days.until_day):
            await execute(
                "UPDATE role_grant SET from_day = $2, until_day = $3 WHERE id = $1",
                grant,
                days.from_day,
                days.until_day,
            )
            kept = {"role": before["role"], "from_day": before["from_day"], "until_day": before["until_day"]}
            await record(
                who, "person.role_dated", kind="person", subject=person["id"], board=before["board"],
                school=before["school"], before=kept,
                after={"role": before["role"], "from_day": days.from_day, "until_day": days.until_day},
            )  # fmt: skip
        return await queries.left(who, person["id"])


async def revoke_role(who: Actor, email: str, grant: UUID) -> PersonOut:
    """Take a role back, at once; the person as they were seen last. Raises NotFound, OwnAccount; safe to repeat.

    Whose last role here it was is not seen here any more.
    """
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        gone = await fetch_one(
            "UPDATE role_grant SET revoked_at = coalesce(revoked_at, $4) WHERE id = $1 AND person = $2"
            " AND ($3 OR board IS NOT DISTINCT FROM $5) RETURNING role, board, school, revoked_at = $4 AS changed",
            grant, person["id"], who.scope is Scope.system, moment := now(), who.board,
        )  # fmt: skip
        if gone is None:
            raise NotFound()
        if gone["changed"]:
            await record(
                who, "person.role_revoked", kind="person", subject=person["id"], board=gone["board"],
                school=gone["school"], before={"role": gone["role"], "at": moment},
            )  # fmt: skip
        return await queries.left(who, person["id"])
