"""Passwords changed: by who knows the present one, by who lost it and reads its mailbox, by the system."""

from typing import Any
from uuid import UUID

from directory.people import mails, passwords
from directory.people.attempts import count_attempt, forgive, succeeded
from directory.people.limits import LOST_PASSWORD
from directory.people.links import LinkOver, opened, used
from directory.people.rules import LOST_LINK_LIFE, WrongPassword, check_password, normal_email, normal_password
from directory.people.sessions import end_everything
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from kit.events import record
from kit.i18n import _


async def set_password(
    who: Actor, password: str, *, current: str | None = None, email: str | None = None, keep: str | None = None
) -> None:
    """Change one's own password (`current` proves it), or, as the system, that of `email`.

    Ends every session but that of the token `keep`, and every API token: whoever knew the old password may have made some.
    Raises Invalid, Forbidden, WrongPassword, TooManySignIns.
    """
    if who.scope is not Scope.system and (who.person is None or who.token or email not in (None, who.email)):
        raise Forbidden(_("Chaque personne change son propre mot de passe, sur la page « Mon compte »."))
    target = normal_email(email or who.email)
    chosen = check_password(password, email=target)
    kept = await _proven(who, current) if who.scope is not Scope.system else None
    fresh = await passwords.hashed(chosen)
    async with transaction(system()):
        person = await fetch_one(
            "SELECT id, email, language FROM person WHERE lower(email) = lower($1) AND deactivated_at IS NULL FOR UPDATE",
            target,
        )
        if person is None:
            raise Invalid({"email": _("Aucun compte actif n'a cette adresse.")})
        await _change(who, person, fresh, expected=kept, keep=keep)


async def _proven(who: Actor, current: str | None) -> str:
    """The hash that `current` was proven against; guesses count as attempts to sign in."""
    attempt = await count_attempt(normal_email(who.email), str(who.person))
    async with transaction(system()):
        kept = await fetch_value("SELECT password_hash FROM credential WHERE person = $1", who.person)
    if not await passwords.matches(kept, normal_password(current or "")):
        raise Invalid({"current": _("Le mot de passe actuel ne convient pas.")})
    await succeeded(attempt)
    return str(kept)


async def store(person: UUID, fresh: str, *, expected: str | None = None) -> bool:
    """Keep this hash; False where it was to replace `expected` and another stands there. Inside a system transaction."""
    return bool(
        await execute(
            "INSERT INTO credential AS c (person, password_hash, changed_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (person) DO UPDATE SET password_hash = $2, changed_at = $3"
            " WHERE $4::text IS NULL OR c.password_hash = $4",
            person,
            fresh,
            now(),
            expected,
        )  # fmt: skip
    )


async def _change(who: Actor, person: Any, fresh: str, *, expected: str | None, keep: str | None) -> None:
    if not await store(person["id"], fresh, expected=expected):  # somebody else changed it while we were hashing
        raise WrongPassword()
    await end_everything(person["id"], keep=keep)
    await record(who, "person.password_changed", kind="person", subject=person["id"])
    await mails.password_changed(person["email"], language=person["language"])


async def ask_for_link(email: str, *, address: str) -> None:
    """Send a link to whoever has an open account at this address. Nothing tells whether there is one. Raises TooManyTries.

    Known or not, the same statements write the same rows in one transaction: where nobody was found the link is nobody's, and
    the message is written as one that was cancelled.
    """
    typed = normal_email(email[:400])
    async with transaction(system()):
        await count_attempt(typed, address, LOST_PASSWORD)
        found = await fetch_one(
            "SELECT p.id, coalesce(p.email, '') AS email, coalesce(p.language, 'fr') AS language FROM (VALUES (1)) one"
            " LEFT JOIN person p ON lower(p.email) = lower($1) AND p.deactivated_at IS NULL",
            typed,
        )
        assert found is not None
        link = await fetch_value(
            "INSERT INTO mailed_link (purpose, person, created_at, expires_at) VALUES ('password', $1, $2, $3) RETURNING id",
            found["id"], now(), now() + LOST_LINK_LIFE,
        )  # fmt: skip
        message = await mails.password_lost(found["email"], language=found["language"], link=link)
        await execute(
            "UPDATE outbox SET cancelled_at = CASE WHEN $2 THEN $3::timestamptz END WHERE id = $1",
            message, found["id"] is None, now(),
        )  # fmt: skip


async def check_link(token: str, *, address: str) -> str:
    """Whose password (address) this link may change. Raises LinkOver, TooManyTries."""
    link = await opened(token, "password", address=address)
    async with transaction(system()):
        email = await fetch_value("SELECT email FROM person WHERE id = $1 AND deactivated_at IS NULL", link["person"])
    if email is None:
        raise LinkOver()
    return str(email)


async def reset_password(token: str, password: str, *, address: str, request: str = "") -> None:
    """Change the password by the link, once. Every session, token and link of the person ends. Raises Invalid, LinkOver."""
    chosen = check_password(password, email=await check_link(token, address=address))
    fresh = await passwords.hashed(chosen)
    async with transaction(system()):
        link = await used(token, "password")
        person = await fetch_one(
            "SELECT id, email, name, language FROM person WHERE id = $1 AND deactivated_at IS NULL FOR UPDATE",
            link["person"],
        )
        if person is None:
            raise LinkOver()
        who = Actor(scope=Scope.system, name=person["name"], person=person["id"], request=request)
        await _change(who, person, fresh, expected=None, keep=None)
        await forgive(person["email"])
