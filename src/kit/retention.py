"""What is kept no longer than it serves. Each noun says in its registry what it forgets, and after how long; one job does it by night.

A rule works in batches of its own transaction, so that it holds no lock for long; interrupted, the next night goes on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, transaction
from kit.events import record
from kit.i18n import lazy
from kit.settings import Settings, settings

BATCH = 5_000
FORGOTTEN = "Compte effacé"  # in place of a name: stored, so in one language

Forget = Callable[[datetime, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`forget(before, at_most)` forgets the oldest that ended before that moment, inside a system transaction; how many.

    `kept`: for how long, by the settings; None: for ever. `batch`: how many at once.
    """

    name: str
    words: str
    kept: Callable[[Settings], timedelta | None]
    forget: Forget
    batch: int = BATCH


def days(count: int) -> timedelta:
    return timedelta(days=count)


def years(count: int) -> timedelta | None:
    """So many years, leap days included; 0: for ever."""
    return timedelta(days=366 * count) if count else None


def statement(sql: str, *values: Any) -> Forget:
    """One statement that touches at most `$2` rows that ended before `$1`; what follows is `values`."""

    async def forget(before: datetime, at_most: int) -> int:
        return await execute(sql, before, at_most, *values)

    return forget


async def forget_all(who: Actor, rules: Sequence[Rule]) -> dict[str, int]:
    """Forget what each rule no longer keeps; how many, by rule. One event tells it, where there was anything."""
    who.must("retention.run")
    done = {rule.name: await _forget(rule) for rule in rules}
    if any(done.values()):
        async with transaction(system()):
            await record(
                who, "retention.run", kind="retention", subject=today(), after={n: c for n, c in done.items() if c}
            )
    return done


async def _forget(rule: Rule) -> int:
    kept = rule.kept(settings())
    if kept is None:
        return 0
    before, total = now() - kept, 0
    while True:
        async with transaction(system()):
            found = await rule.forget(before, rule.batch)
        total += found
        if found < rule.batch:
            return total


# What the tables of this package keep.
RETENTION = [
    Rule(
        "events",
        lazy("Journal des événements"),
        lambda s: years(s.keep_records_years),
        statement("SELECT * FROM event_forget_before($1, $2)"),
    ),
    Rule(
        "recipients",
        lazy("Adresses des courriels refusés, au journal"),
        lambda s: days(s.keep_mail_days),
        statement("SELECT * FROM event_forget_recipients($1, $2)"),
    ),
    Rule(
        "mail",
        lazy("Destinataires et textes des courriels"),
        lambda s: days(s.keep_mail_days),
        statement(
            "UPDATE outbox SET recipient = '', subject = '', body = '', once_key = NULL, last_error = '' WHERE id IN (SELECT id FROM"
            " outbox WHERE coalesce(sent_at, cancelled_at, failed_at) < $1 AND recipient <> '' AND attachment IS NULL LIMIT $2)"
        ),
    ),
    # A message with a document is the document as it was sent: kept as long as the trail that refers to it.
    Rule(
        "documents",
        lazy("Documents envoyés par courriel"),
        lambda s: years(s.keep_records_years),
        statement(
            "UPDATE outbox SET recipient = '', subject = '', body = '', once_key = NULL, last_error = '', attachment = NULL,"
            " second_attachment = NULL"
            " WHERE id IN (SELECT id FROM outbox WHERE coalesce(sent_at, cancelled_at, failed_at) < $1 AND attachment IS NOT NULL"
            " LIMIT $2)"
        ),
    ),
    Rule(
        "answers",
        lazy("Réponses gardées pour les demandes répétées"),
        lambda s: days(s.keep_answers_days),
        statement(
            "DELETE FROM idempotency_key WHERE id IN (SELECT id FROM idempotency_key WHERE created_at < $1 LIMIT $2)"
        ),
    ),
    Rule(
        "job-runs",
        lazy("Passages des tâches"),
        lambda s: days(s.keep_job_runs_days),
        statement(
            "DELETE FROM job_run WHERE id IN (SELECT id FROM job_run"
            " WHERE coalesce(ended_at, due_at) < $1 AND state <> 'running' LIMIT $2)"
        ),
    ),
]
