"""Invitations sent, sent again, withdrawn, accepted. Nothing that the sender reads tells whether the address has an account.

An account of the sender's own people is theirs to see; of any other address they learn what its holder does with the invitation.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from directory.invitations import mails, queries
from directory.invitations.rules import SENT_AGAIN_AFTER, check_mailable
from directory.invitations.schemas import InvitationOut
from directory.invitations.words import sender
from directory.people.grants import OwnAccount, must_manage
from directory.people.links import fresh_link
from directory.people.placing import Placed, placed
from directory.people.rules import check_email, check_language
from directory.people.schemas import GrantIn
from directory.people.tables import CURRENT
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound, constraint
from kit.events import record
from kit.i18n import _, lazy, use_language
from kit.settings import settings


class AlreadyHere(Conflict):
    sentence = lazy(
        "Cette personne est déjà parmi les vôtres : ouvrez sa fiche pour lui donner un rôle ou rouvrir son accès."
    )


class AlreadyInvited(Conflict):
    sentence = lazy("Une invitation attend déjà cette adresse. Envoyez-la de nouveau, ou retirez-la d'abord.")


constraint("invitation_open_once", AlreadyInvited)


async def invite(
    who: Actor, *, email: str, grants: Sequence[GrantIn], language: str = "fr", by_mail: bool = True
) -> InvitationOut:
    """Offer roles to an address, by mail (or by a link that the system hands over itself).

    Raises Invalid, AlreadyHere, AlreadyInvited, OwnAccount, Forbidden.
    Other people's accounts are not looked at, so that an address known elsewhere and an unknown one are one and the same here.
    """
    must_manage(who)
    if not by_mail:
        _must_be_system(who)
    email, language = check_mailable(check_email(email)), check_language(language)
    if not grants:
        raise Invalid({"grants": _("Donnez au moins un rôle.")})
    if who.person is not None and email == who.email:
        raise OwnAccount()
    async with transaction(system()):
        places = await placed(who, grants)
        board = places[0].board
        if any(place.board != board for place in places):
            raise Invalid({"grants": _("Une invitation porte sur un seul organisme : faites-en une pour chacun.")})
        if await _here(email, board):
            raise AlreadyHere()
        key = await fetch_value(
            "INSERT INTO invitation (email, language, board, invited_by, inviter, link, expires_at, created_at, sent_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
            email, language, board, who.name, who.person, await _link(), _end(), now(),
        )  # fmt: skip
        await _offer(key, places)
        await record(
            who, "invitation.sent", kind="invitation", subject=key, board=board,
            after={"email": email, "roles": [f"{p.given.role}:{p.school or p.board or ''}" for p in places]},
        )  # fmt: skip
        if by_mail:
            await _mail(key)
        return (await queries.told([key]))[0]


async def link_of(who: Actor, key: UUID) -> str:
    """A new link of an open invitation, for where no mail leaves; the system alone sees it. Raises Forbidden, NotFound, Conflict."""
    _must_be_system(who)
    async with transaction(system()):
        row = await _locked(who, key)
        link = await fresh_link(row["link"])
    if link is None:
        raise Conflict(_("Ce lien a pris fin. Envoyez l'invitation de nouveau."))
    return link


def _must_be_system(who: Actor) -> None:
    if who.scope is not Scope.system:
        raise Forbidden(_("Le lien part par courriel : qui le verrait pourrait accepter à la place de la personne."))


async def _here(email: str, board: str | None) -> bool:
    """Whether the address is that of somebody who is seen in this place."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM person p JOIN role_grant g ON g.person = p.id WHERE lower(p.email) = lower($1)"
            f" AND g.board IS NOT DISTINCT FROM $2 AND {CURRENT})",
            email,
            board,
        )  # fmt: skip
    )


def _end() -> Any:
    return now() + timedelta(days=settings().invitation_days)


async def _link() -> UUID:
    return await fetch_value(  # type: ignore[no-any-return]
        "INSERT INTO mailed_link (purpose, created_at, expires_at) VALUES ('invitation', $1, $2) RETURNING id",
        now(),
        _end(),
    )


async def _offer(key: UUID, places: Sequence[Placed]) -> None:
    columns = zip(
        *((p.given.role, p.board, p.school, p.given.from_day, p.given.until_day) for p in places), strict=True
    )
    await execute(
        "INSERT INTO invitation_role (invitation, role, board, school, from_day, until_day)"
        " SELECT $1, o.* FROM unnest($2::text[], $3::text[], $4::text[], $5::date[], $6::date[]) o",
        key,
        *map(list, columns),
    )


async def _mail(key: UUID) -> None:
    row = await fetch_one(
        "SELECT i.email, i.language, i.invited_by, i.inviter, i.expires_at, i.link, b.name AS place FROM invitation i"
        " LEFT JOIN board b ON b.code = i.board WHERE i.id = $1",
        key,
    )
    assert row is not None
    with use_language(row["language"]):
        roles = (await queries.offered([key]))[key]
        name = sender(row["invited_by"], person=row["inviter"])
    await mails.invited(
        row["email"], language=row["language"], invited_by=name, place=row["place"], roles=roles,
        until=row["expires_at"], link=row["link"],
    )  # fmt: skip


async def resend(who: Actor, key: UUID) -> InvitationOut:
    """Send a new link, which replaces the one before, in the name of who sends it now. Raises NotFound, Conflict, Forbidden.

    Asked twice within a minute, it is sent once.
    """
    must_manage(who)
    async with transaction(system()):
        row = await _locked(who, key)
        if row["inviter"] == who.person and row["sent_at"] > now() - SENT_AGAIN_AFTER:
            return (await queries.told([key]))[0]
        await _over(row["link"])
        await execute(
            "UPDATE invitation SET link = $2, expires_at = $3, sent_at = $4, invited_by = $5, inviter = $6 WHERE id = $1",
            key, await _link(), _end(), now(), who.name, who.person,
        )  # fmt: skip
        await record(
            who, "invitation.sent", kind="invitation", subject=key, board=row["board"], after={"email": row["email"]}
        )
        await _mail(key)
        return (await queries.told([key]))[0]


async def withdraw(who: Actor, key: UUID) -> InvitationOut:
    """Take an invitation back: its link is over at once. Raises NotFound, Conflict, Forbidden; safe to repeat."""
    must_manage(who)
    async with transaction(system()):
        row = await _locked(who, key, withdrawn=True)
        if row["revoked_at"] is None:
            await _over(row["link"])
            await execute("UPDATE invitation SET revoked_at = $2 WHERE id = $1", key, now())
            await record(
                who, "invitation.withdrawn", kind="invitation", subject=key, board=row["board"], before={"email": row["email"]}
            )  # fmt: skip
        return (await queries.told([key]))[0]


async def _locked(who: Actor, key: UUID, *, withdrawn: bool = False) -> Any:
    """The row of an open invitation of the actor's place (or a withdrawn one), locked. Raises NotFound, Conflict."""
    row = await fetch_one(
        "SELECT id, email, board, link, inviter, sent_at, expires_at, accepted_at, revoked_at FROM invitation"
        " WHERE id = $1 AND ($2 OR board IS NOT DISTINCT FROM $3) FOR UPDATE",
        key, who.scope is Scope.system, who.board,
    )  # fmt: skip
    if row is None:
        raise NotFound(_("Cette invitation n'existe pas parmi les vôtres."))
    if row["accepted_at"] is not None:
        raise Conflict(_("Cette invitation a déjà été acceptée."))
    if row["revoked_at"] is not None and not withdrawn:
        raise Conflict(_("Cette invitation a été retirée. Faites-en une nouvelle."))
    return row


async def _over(link: UUID) -> None:
    """The link is good no more, and its message does not leave any more."""
    await execute("UPDATE mailed_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL", link, now())
