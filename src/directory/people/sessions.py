"""Signing in and out. A new random token each time; only its hash is kept, and a cookie that somebody chose is never one of them."""

import hashlib
from uuid import UUID

from directory.people import passwords
from directory.people.rules import (
    ADDRESS_LIMIT,
    EMAIL_LIMIT,
    SESSION_LIFE,
    NoRole,
    TooManySignIns,
    WrongPassword,
    check_password,
    normal_email,
    normal_password,
    wait,
)
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from kit.events import record
from kit.i18n import _
from kit.ids import new_token, token_hash

LONGEST_TYPED = 1000  # more could not become a password of the permitted length, whatever composes


async def sign_in(email: str, password: str, *, address: str, user_agent: str, request: str = "") -> str:
    """The token of a new session. Raises WrongPassword, NoRole, TooManySignIns. Call outside a transaction.

    The attempt is committed as a failure before the password is looked at, so that neither a crash nor a crowd of simultaneous
    guesses goes uncounted.
    """
    email, password = normal_email(email), normal_password(password[:LONGEST_TYPED])
    attempt = await _count_attempt(email, address)
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
    return await _open_session(
        found["id"], kept, renewed=renewed, attempt=attempt, user_agent=user_agent, request=request
    )


async def _count_attempt(email: str, address: str) -> UUID:
    """Refuse when there were too many, else count one more; callers for one e-mail or one address take turns."""
    key, address, moment = email_key(email), address[:64], now()
    async with transaction(system()):
        await execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(turn, 0))"
            " FROM (SELECT unnest(ARRAY['sign-in a ' || $1, 'sign-in e ' || $2]) AS turn ORDER BY turn) turns",
            address, key,
        )  # fmt: skip
        by_email = await fetch(
            "SELECT at FROM sign_in_attempt WHERE email_key = $1 AND NOT succeeded AND at > coalesce("
            "(SELECT max(at) FROM sign_in_attempt WHERE email_key = $1 AND succeeded), '-infinity')"
            " ORDER BY at DESC LIMIT $2",
            key, EMAIL_LIMIT.failures,
        )  # fmt: skip
        by_address = await fetch(
            "SELECT at FROM sign_in_attempt WHERE address = $1 AND NOT succeeded ORDER BY at DESC LIMIT $2",
            address, ADDRESS_LIMIT.failures,
        )  # fmt: skip
        pause = max(
            wait([row["at"] for row in by_email], EMAIL_LIMIT, at=moment),
            wait([row["at"] for row in by_address], ADDRESS_LIMIT, at=moment),
        )
        if pause:
            raise TooManySignIns(pause)
        return await fetch_value(  # type: ignore[no-any-return]
            "INSERT INTO sign_in_attempt (email_key, address, at) VALUES ($1, $2, $3) RETURNING id",
            key,
            address,
            moment,
        )


def email_key(email: str) -> str:
    """What is counted in place of the address: people type passwords into that field too."""
    return hashlib.sha256(email.encode()).hexdigest()


async def _open_session(
    person: UUID, kept: str, *, renewed: str | None, attempt: UUID, user_agent: str, request: str
) -> str:
    token, moment = new_token(), now()
    async with transaction(system()):
        # Locked and read again: the account may have been closed, or its password changed, while we were hashing.
        who = await fetch_one(
            "SELECT p.name FROM person p JOIN credential c ON c.person = p.id"
            " WHERE p.id = $1 AND p.deactivated_at IS NULL AND c.password_hash = $2 FOR UPDATE",
            person, kept,
        )  # fmt: skip
        if who is None:
            raise WrongPassword()
        await execute("UPDATE sign_in_attempt SET succeeded = true WHERE id = $1", attempt)
        if renewed:
            await execute("UPDATE credential SET password_hash = $2 WHERE person = $1", person, renewed)
        if has_role := await _has_role(person):
            await execute(
                "INSERT INTO session (token_hash, person, created_at, seen_at, expires_at, user_agent)"
                " VALUES ($1, $2, $3, $3, $4, $5)",
                token_hash(token), person, moment, moment + SESSION_LIFE,
                "".join(letter for letter in user_agent if letter.isprintable())[:300],
            )  # fmt: skip
            actor = Actor(scope=Scope.system, name=who["name"], person=person, request=request)
            await record(actor, "person.signed_in", kind="person", subject=person)
    if not has_role:
        raise NoRole()
    return token


async def _has_role(person: UUID) -> bool:
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
    fresh, moment = await passwords.hashed(chosen), now()
    async with transaction(system()):
        person = await fetch_value(
            "SELECT id FROM person WHERE lower(email) = lower($1) AND deactivated_at IS NULL FOR UPDATE", target
        )
        if person is None:
            raise Invalid({"email": _("Aucun compte actif n'a cette adresse.")})
        changed = await execute(
            "INSERT INTO credential AS c (person, password_hash, changed_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (person) DO UPDATE SET password_hash = $2, changed_at = $3"
            " WHERE $4::text IS NULL OR c.password_hash = $4",
            person, fresh, moment, kept,
        )  # fmt: skip
        if not changed:  # somebody else changed it while we were hashing
            raise WrongPassword()
        await end_everything(person, keep=keep)
        await record(who, "person.password_changed", kind="person", subject=person)


async def _proven(who: Actor, current: str | None) -> str:
    """The hash that `current` was proven against; guesses count as attempts to sign in."""
    attempt = await _count_attempt(normal_email(who.email), str(who.person))
    async with transaction(system()):
        kept = await fetch_value("SELECT password_hash FROM credential WHERE person = $1", who.person)
    if not await passwords.matches(kept, normal_password(current or "")):
        raise Invalid({"current": _("Le mot de passe actuel ne convient pas.")})
    async with transaction(system()):
        await execute("UPDATE sign_in_attempt SET succeeded = true WHERE id = $1", attempt)
    return str(kept)


async def end_everything(person: UUID, *, keep: str | None = None) -> None:
    """End the sessions and API tokens of a person, but the session of the token `keep`. Inside a system transaction."""
    spared = token_hash(keep) if keep else b""
    await execute(
        "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL AND token_hash <> $3",
        person, now(), spared,
    )  # fmt: skip
    await execute("UPDATE api_token SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL", person, now())
