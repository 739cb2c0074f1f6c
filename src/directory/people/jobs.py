"""What is kept no longer than it serves."""

from datetime import time, timedelta

from kit.actor import Actor
from kit.clock import now
from kit.database import execute, transaction
from kit.i18n import lazy
from kit.jobs import Job

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=90)


async def forget(who: Actor) -> dict[str, int]:
    """Delete old sign-in attempts and long ended sessions; how many. Safe to repeat."""
    async with transaction(who):
        return {
            "attempts": await execute("DELETE FROM sign_in_attempt WHERE at < $1", now() - ATTEMPTS_KEPT),
            "sessions": await execute(
                "DELETE FROM session WHERE least(ended_at, expires_at) < $1", now() - SESSIONS_KEPT
            ),
        }


FORGET = Job("people-forget", forget, time(4, 20), lazy("Effacer les essais de connexion et les connexions terminées"))
