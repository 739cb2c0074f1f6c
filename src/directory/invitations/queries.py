"""Reads about invitations: those of the actor's place, and the one that a link opens."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.invitations.schemas import InvitationOut, Opened
from directory.invitations.words import sender
from directory.people.links import LinkOver, opened
from directory.people.queries import must_read, role_name
from directory.people.schemas import OfferedRole
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.i18n import _

# Whether who sent the invitation `i` may still invite there ($1: today): a right is that of the moment, not of the sending.
MAY_STILL = """(i.inviter IS NULL OR EXISTS (
    SELECT FROM role_grant g JOIN person p ON p.id = g.person JOIN role_right r ON r.role = g.role AND r."right" = 'person.write'
    WHERE g.person = i.inviter AND g.board IS NOT DISTINCT FROM i.board AND g.school IS NULL AND g.revoked_at IS NULL
        AND p.deactivated_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $1) AND (g.until_day IS NULL OR g.until_day >= $1)
))"""
_COLUMNS = f"""i.id, i.email, i.language, i.board, i.invited_by, i.created_at, i.sent_at, i.expires_at,
    CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'withdrawn'
        WHEN i.expires_at <= $2 THEN 'expired' WHEN NOT {MAY_STILL} THEN 'void' ELSE 'waiting' END AS state"""


async def pending(who: Actor) -> list[InvitationOut]:
    """Invitations of the actor's place that nobody has accepted or withdrawn, the oldest first. Raises Forbidden."""
    must_read(who)
    return await _found(
        who,
        "i.accepted_at IS NULL AND i.revoked_at IS NULL AND ($1 OR i.board IS NOT DISTINCT FROM $2)"
        " ORDER BY i.created_at, i.id LIMIT 1000",
    )


async def one(who: Actor, key: UUID) -> InvitationOut:
    """An invitation of the actor's place. Raises NotFound, Forbidden."""
    must_read(who)
    if not (found := await _found(who, "($1 OR i.board IS NOT DISTINCT FROM $2) AND i.id = $3", key)):
        raise NotFound(_("Cette invitation n'existe pas parmi les vôtres."))
    return found[0]


async def _found(who: Actor, condition: str, *more: object) -> list[InvitationOut]:
    async with transaction(who):
        found = await fetch(
            f"SELECT i.id FROM invitation i WHERE {condition}", who.scope is Scope.system, who.board, *more
        )
    return await told([row["id"] for row in found])


async def told(keys: Sequence[UUID]) -> list[InvitationOut]:
    """Invitations that were found in scope; whether their senders may still invite, the system knows."""
    async with transaction(system()):
        rows = await fetch(
            f"SELECT {_COLUMNS} FROM invitation i WHERE i.id = ANY ($3) ORDER BY i.created_at, i.id",
            today(), now(), list(keys),
        )  # fmt: skip
        roles = await offered(keys)
    return [
        InvitationOut(
            id=row["id"], email=row["email"], language=row["language"], board=row["board"], state=row["state"],
            invited_by=row["invited_by"], created_at=row["created_at"], sent_at=row["sent_at"],
            expires_at=row["expires_at"], roles=roles.get(row["id"], []),
        )
        for row in rows
    ]  # fmt: skip


async def offered(keys: Sequence[UUID]) -> dict[UUID, list[OfferedRole]]:
    """The roles of invitations. Inside a transaction."""
    found: dict[UUID, list[OfferedRole]] = {}
    for row in await fetch(
        f"SELECT o.invitation, o.role, {role_name()} AS role_name, o.board, o.school, s.name AS school_name, o.from_day,"
        " o.until_day FROM invitation_role o JOIN role r ON r.code = o.role LEFT JOIN school s ON s.code = o.school"
        " WHERE o.invitation = ANY ($1) ORDER BY r.position, o.school",
        list(keys),
    ):
        role = OfferedRole(**{name: row[name] for name in OfferedRole.__struct_fields__})
        found.setdefault(row["invitation"], []).append(role)
    return found


async def open_link(token: str, *, address: str) -> Opened:
    """What the link invites to. Raises LinkOver, TooManyTries."""
    link = await opened(token, "invitation", address=address)
    async with transaction(system()):
        row = await of_link(link["id"])
        roles = (await offered([row["id"]]))[row["id"]]
    return Opened(
        email=row["email"], language=row["language"], invited_by=sender(row["invited_by"], person=row["inviter"]),
        place=row["board_name"] or _("la province"), expires_at=row["expires_at"],
        account="known" if row["known"] else "new", roles=roles,
    )  # fmt: skip


async def of_link(link: UUID, *, lock: bool = False) -> Any:
    """The open invitation that bears this link. Inside a system transaction. Raises LinkOver.

    `known`: its address has an account that can sign in (open, with a role in force somewhere): only that person accepts. Any
    other is made, or made anew, by whoever reads the mailbox, as a lost password is.
    """
    row = await fetch_one(
        "SELECT i.id, i.email, i.language, i.board, i.invited_by, i.inviter, i.expires_at, b.name AS board_name,"
        " EXISTS (SELECT FROM person p JOIN role_grant g ON g.person = p.id WHERE lower(p.email) = lower(i.email)"
        " AND p.deactivated_at IS NULL AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $1)"
        " AND (g.until_day IS NULL OR g.until_day >= $1)) AS known"
        " FROM invitation i LEFT JOIN board b ON b.code = i.board WHERE i.link = $2 AND i.accepted_at IS NULL"
        f" AND i.revoked_at IS NULL AND i.expires_at > $3 AND {MAY_STILL} {'FOR UPDATE OF i' if lock else ''}",
        today(), link, now(),
    )  # fmt: skip
    if row is None:
        raise LinkOver()
    return row
