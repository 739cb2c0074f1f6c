"""Signing in and out. A new random token each time; only its hash is kept, and a cookie that somebody chose is never one of them."""

from uuid import UUID

from directory.people import passwords
from directory.people.attempts import count_attempt, succeeded
from directory.people.rules import SESSION_LIFE, NoRole, WrongPassword, normal_email, normal_password
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden
from kit.events import record
from kit.ids import new_token, token_hash

LONGEST_TYPED = 1000  # more could not become a password of the permitted length, whatever composes


async def sign_in(email: str, password: str, *, address: str, user_agent: str, request: str = "") -> str:
    """The token of a new session. Raises WrongPassword, NoRole, TooManySignIns. Call outside a transaction.

    The attempt is committed as a failure before the password is looked at, so that neither a crash nor a crowd of simultaneous
    guesses goes uncounted.
    """
    email, password = normal_email(email), normal_password(password[:LONGEST_TYPED])
    attempt = await count_attempt(email, address)
    async with transaction(system()):
        found = await fetch_one(
            "SELECT p.id, c.password_hash FROM person p JOIN credential c ON c.person = p.id"
            " WHERE lower(p.email) = lower($1) AND p.deactivated_at IS NULL",
            email,
        )
    if not await passwords.matches(found["password_hash"] if found else None, password) or found is None:
        raise WrongPassword()
    kept = found["password_hash"]
    renewed = await passwords.hashed(password) if passwords.outdated(kept) else None
    return await _open_after_password(
        found["id"], kept, renewed=renewed, attempt=attempt, user_agent=user_agent, request=request
    )


async def _open_after_password(
    person: UUID, kept: str, *, renewed: str | None, attempt: UUID, user_agent: str, request: str
) -> str:
    async with transaction(system()):
        # Locked and read again: the account may have been closed, or its password changed, while we were hashing.
        who = await fetch_one(
            "SELECT p.name FROM person p JOIN credential c ON c.person = p.id"
            " WHERE p.id = $1 AND p.deactivated_at IS NULL AND c.password_hash = $2 FOR UPDATE",
            person, kept,
        )  # fmt: skip
        if who is None:
            raise WrongPassword()
        await succeeded(attempt)
        if renewed:
            await execute("UPDATE credential SET password_hash = $2 WHERE person = $1", person, renewed)
        actor = Actor(scope=Scope.system, name=who["name"], person=person, request=request)
        token = await open_session(actor, user_agent=user_agent)
    if token is None:
        raise NoRole()
    return token


async def open_session(who: Actor, *, user_agent: str) -> str | None:
    """The token of a new session of this person, whose row is locked; None where no role is in force. Inside a system transaction."""
    if not await _has_role(who.person):
        return None
    token, moment = new_token(), now()
    await execute(
        "INSERT INTO session (token_hash, person, created_at, seen_at, expires_at, user_agent)"
        " VALUES ($1, $2, $3, $3, $4, $5)",
        token_hash(token), who.person, moment, moment + SESSION_LIFE,
        "".join(letter for letter in user_agent if letter.isprintable())[:300],
    )  # fmt: skip
    await record(who, "person.signed_in", kind="person", subject=who.person)
    return token


async def _has_role(person: UUID | None) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM role_grant WHERE person = $1 AND revoked_at IS NULL"
            " AND (from_day IS NULL OR from_day <= $2) AND (until_day IS NULL OR until_day >= $2))",
            person,
            today(),
        )  # fmt: skip
    )


async def sign_out(who: Actor, token: str) -> None:
    """End this session of this person; safe to repeat."""
    async with transaction(system()):
        ended = await execute(
            "UPDATE session SET ended_at = $3 WHERE token_hash = $1 AND person = $2 AND ended_at IS NULL",
            token_hash(token), who.person, now(),
        )  # fmt: skip
        if ended:
            await record(who, "person.signed_out", kind="person", subject=who.person)


async def end_other_sessions(who: Actor, *, keep: str | None = None) -> int:
    """End one's own sessions but that of the token `keep`; how many ended. Safe to repeat. Raises Forbidden."""
    if who.person is None:
        raise Forbidden()
    async with transaction(system()):
        ended = await execute(
            "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL AND token_hash <> $3",
            who.person, now(), token_hash(keep) if keep else b"",
        )  # fmt: skip
        if ended:
            await record(who, "person.sessions_ended", kind="person", subject=who.person, after={"ended": ended})
    return ended


async def end_everything(person: UUID, *, keep: str | None = None) -> None:
    """End a person's sessions (but that of the token `keep`), API tokens and mailed links. Inside a system transaction."""
    spared, moment = token_hash(keep) if keep else b"", now()
    await execute(
        "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL AND token_hash <> $3",
        person, moment, spared,
    )  # fmt: skip
    await execute("UPDATE api_token SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL", person, moment)
    await execute("UPDATE mailed_link SET used_at = $2 WHERE person = $1 AND used_at IS NULL", person, moment)
