"""An invitation accepted: by somebody new, who makes an account, or by the person whose account it is, signed in."""

from typing import Any
from uuid import UUID

from directory.invitations import queries
from directory.people import passwords
from directory.people.accounts import open_account
from directory.people.links import LinkOver, opened, used
from directory.people.placing import Placed, give
from directory.people.rules import check_language, check_name, check_password
from directory.people.schemas import GrantIn, OfferedRole
from directory.people.sessions import open_session
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden
from kit.events import record
from kit.i18n import _, lazy


class SignInFirst(Conflict):
    """Said to who holds the link, and so reads the mailbox of the account."""

    title = lazy("Un compte existe déjà")
    sentence = lazy("Cette adresse a déjà un compte. Connectez-vous avec ce compte pour accepter.")


class SomebodyElses(Forbidden):
    sentence = lazy(
        "Cette invitation est pour une autre adresse que celle de votre compte. Déconnectez-vous, puis ouvrez le lien de nouveau."
    )


async def join(
    token: str, *, name: str, password: str, language: str, address: str, user_agent: str, request: str = ""
) -> str | None:
    """Accept by making an account: the token of its first session, or None where the roles start later.

    Raises Invalid, LinkOver, SignInFirst, TooManyTries. An account that can sign in nowhere is made anew, with nothing left of it.
    """
    offer = await queries.open_link(token, address=address)
    if offer.account == "known":
        raise SignInFirst()
    name, language = check_name(name), check_language(language)
    hashed = await passwords.hashed(check_password(password, email=offer.email))
    async with transaction(system()):
        # Two invitations of one address, accepted at once, take turns: the second finds the account of the first.
        await execute("SELECT pg_advisory_xact_lock(hashtextextended('join ' || lower($1), 0))", offer.email)
        if (invitation := await _take(token))["known"]:
            raise SignInFirst()
        before = await fetch_one("SELECT id FROM person WHERE lower(email) = lower($1) FOR UPDATE", invitation["email"])
        person = await open_account(
            before and before["id"], email=invitation["email"], name=name, language=language, hashed=hashed
        )
        who = Actor(scope=Scope.system, name=name, person=person, request=request)
        await _accept(who, person, invitation)
        return await open_session(who, user_agent=user_agent)


async def accept(who: Actor, token: str, *, address: str) -> list[OfferedRole]:
    """Accept with one's own account, signed in: the roles that were given. Raises LinkOver, SomebodyElses, TooManyTries."""
    if who.person is None:
        raise Forbidden()
    await opened(token, "invitation", address=address)
    async with transaction(system()):
        if who.token and await fetch_value(
            "SELECT num_nonnulls(board, school) > 0 FROM api_token WHERE id = $1", who.token
        ):
            raise Forbidden(
                _("Un jeton limité à un organisme ou à une école n'accepte rien ailleurs. Acceptez par la page.")
            )
        invitation = await _take(token)
        person = await fetch_one(
            "SELECT id FROM person WHERE id = $1 AND lower(email) = lower($2) AND deactivated_at IS NULL FOR UPDATE",
            who.person, invitation["email"],
        )  # fmt: skip
        if person is None:
            raise SomebodyElses()
        return await _accept(who, who.person, invitation)


async def _take(token: str) -> Any:
    """The invitation of this link, which is used up with it; locked. Inside a system transaction. Raises LinkOver."""
    link = await used(token, "invitation")
    return await queries.of_link(link["id"], lock=True)


async def _accept(who: Actor, person: UUID, invitation: Any) -> list[OfferedRole]:
    """Give what is offered and still fits its place, but what is held already. Raises LinkOver where nothing fits any more."""
    rows = await fetch(
        "SELECT o.role, o.board, o.school, o.from_day, o.until_day, EXISTS (SELECT FROM role_grant g WHERE g.person = $2"
        " AND g.role = o.role AND g.board IS NOT DISTINCT FROM o.board AND g.school IS NOT DISTINCT FROM o.school"
        " AND g.revoked_at IS NULL AND (g.until_day IS NULL OR g.until_day >= $3)) AS held"
        " FROM invitation_role o LEFT JOIN school s ON s.code = o.school WHERE o.invitation = $1"
        " AND (o.school IS NULL OR s.board = o.board) AND (o.until_day IS NULL OR o.until_day >= $3)",
        invitation["id"], person, today(),
    )  # fmt: skip
    if not rows:
        raise LinkOver()
    await execute("UPDATE invitation SET accepted_at = $2, person = $3 WHERE id = $1", invitation["id"], now(), person)
    await record(
        who, "person.joined", kind="person", subject=person, board=invitation["board"],
        after={"email": invitation["email"], "invitation": invitation["id"]},
    )  # fmt: skip
    new = [
        Placed(
            GrantIn(row["role"], row["board"], row["school"], row["from_day"], row["until_day"]),
            row["board"],
            row["school"],
        )
        for row in rows
        if not row["held"]
    ]
    if new:
        await give(who, person, new, given_by=invitation["invited_by"])
    given = {(place.given.role, place.board, place.school) for place in new}
    offered = (await queries.offered([invitation["id"]]))[invitation["id"]]
    return [role for role in offered if (role.role, role.board, role.school) in given]
