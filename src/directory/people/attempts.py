"""Tries are counted in the database, so that all processes count together, and slowed down by who is aimed at and by who aims."""

import hashlib
from uuid import UUID

from directory.people.limits import SIGN_IN, Purpose, wait
from kit.actor import system
from kit.clock import now
from kit.database import execute, fetch, fetch_value, transaction


async def count_attempt(email: str, address: str, purpose: Purpose = SIGN_IN) -> UUID:
    """Refuse when there were too many, else count one more; callers for one e-mail or one address take turns.

    It counts as a failure until `succeeded` says otherwise. Each purpose has its own count. Raises what the purpose says.
    """
    key, address, moment = purpose.key(email_key(email)), purpose.key(address)[:64], now()
    async with transaction(system()):
        await execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(turn, 0))"
            " FROM (SELECT unnest(ARRAY['sign-in a ' || $1, 'sign-in e ' || $2]) AS turn ORDER BY turn) turns",
            address, key,
        )  # fmt: skip
        # What a clock that was ahead has written counts for nothing until its day has come, a success neither.
        by_email = await fetch(
            "SELECT at FROM sign_in_attempt WHERE email_key = $1 AND NOT succeeded AND at <= $3 AND at > coalesce("
            "(SELECT max(at) FROM sign_in_attempt WHERE email_key = $1 AND succeeded AND at <= $3), '-infinity')"
            " ORDER BY at DESC LIMIT $2",
            key, purpose.by_email.failures, moment + purpose.by_email.within,
        )  # fmt: skip
        by_address = await fetch(
            "SELECT at FROM sign_in_attempt WHERE address = $1 AND NOT succeeded AND at <= $3 ORDER BY at DESC LIMIT $2",
            address, purpose.by_address.failures, moment + purpose.by_address.within,
        )  # fmt: skip
        pause = max(
            wait([row["at"] for row in by_email], purpose.by_email, at=moment),
            wait([row["at"] for row in by_address], purpose.by_address, at=moment),
        )
        if pause:
            raise purpose.too_many(pause)
        return await fetch_value(  # type: ignore[no-any-return]
            "INSERT INTO sign_in_attempt (email_key, address, at) VALUES ($1, $2, $3) RETURNING id",
            key,
            address,
            moment,
        )


async def succeeded(attempt: UUID) -> None:
    """It was no failure, and forgives those of the same e-mail before it."""
    async with transaction(system()):
        await execute("UPDATE sign_in_attempt SET succeeded = true WHERE id = $1", attempt)


async def forgive(email: str) -> None:
    """Whoever has just chosen a new password does not wait for the wrong ones typed before. Inside a system transaction."""
    await execute(
        "INSERT INTO sign_in_attempt (email_key, address, at, succeeded) VALUES ($1, '', $2, true)",
        SIGN_IN.key(email_key(email)),
        now(),
    )


def email_key(email: str) -> str:
    """What is counted in place of the address: people type passwords into that field too."""
    return hashlib.sha256(email.encode()).hexdigest()
