"""Jobs: APScheduler says when, the `job_run` table says what, once; any process takes a waiting run with SKIP LOCKED.

A run is one row, unique by job and occasion (`run_key`), so that two schedulers, or a night caught up twice, run it once.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import NotFound
from kit.i18n import lazy

log = structlog.get_logger()

STALLED_AFTER = timedelta(minutes=2)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """Work that runs by itself: `run(who)` is safe to repeat and returns what there is to tell. `at`: daily, in Montréal."""

    name: str
    run: Callable[[Actor], Awaitable[Any]]
    at: time | None = None
    words: str = field(default="", compare=False)

    def last_due(self, instant: datetime) -> datetime | None:
        """The last occasion at or before `instant`; None for a job that is only asked for."""
        if self.at is None:
            return None
        local = instant.astimezone(MONTREAL)
        due = datetime.combine(local.date(), self.at, MONTREAL)
        return due if due <= local else datetime.combine(local.date() - timedelta(days=1), self.at, MONTREAL)


class UnknownJob(NotFound):
    sentence = lazy("Aucune tâche ne porte le nom « {name} ». « inventory jobs list » les montre.")


class JobOut(msgspec.Struct):
    """One run of a job."""

    id: UUID
    name: str
    run_key: str
    state: str
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    done: int
    total: int | None
    error: str
    answer: Any = None


_COLUMNS = "id, name, run_key, state, due_at, started_at, ended_at, done, total, error, answer"


async def ask(
    who: Actor, name: str, *, run_key: str, due_at: datetime | None = None, arguments: Mapping[str, Any] | None = None
) -> bool:
    """Ask for a run on an occasion; False when that occasion has its run already."""
    async with transaction(who):
        return bool(
            await execute(
                "INSERT INTO job_run (name, run_key, arguments, state, asked_by, board, due_at)"
                " VALUES ($1, $2, $3::jsonb, 'waiting', $4, $5, $6) ON CONFLICT (name, run_key) DO NOTHING",
                name,
                run_key,
                json.dumps(arguments or {}),
                who.name,
                who.board,
                due_at or now(),
            )  # fmt: skip
        )


async def ask_missed(jobs: Sequence[Job], instant: datetime) -> list[str]:
    """Ask for the last occasion of each daily job where it has no run: a missed night is caught up once, not night by night."""
    asked = []
    for job in jobs:
        due = job.last_due(instant)
        if due and await ask(system(), job.name, run_key=due.date().isoformat(), due_at=due):
            asked.append(job.name)
    return asked


async def take(names: Sequence[str]) -> JobOut | None:
    """Take the next due run, or one whose process died; None when nothing waits. The row is ours until it ends."""
    async with transaction(system()):
        rows = await fetch_as(
            JobOut,
            "UPDATE job_run SET state = 'running', started_at = $2, heartbeat_at = $2, attempts = attempts + 1 WHERE id = ("
            " SELECT id FROM job_run WHERE name = ANY($1) AND due_at <= $2 AND (state = 'waiting'"
            "  OR state = 'running' AND heartbeat_at < $3) ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            f" RETURNING {_COLUMNS}",
            list(names), now(), now() - STALLED_AFTER,
        )  # fmt: skip
    return rows[0] if rows else None


async def beat(run: UUID, *, done: int | None = None, total: int | None = None) -> bool:
    """Say that a run is alive (and how far); False when somebody asked to cancel it."""
    async with transaction(system()):
        cancelled = await fetch_value(
            "UPDATE job_run SET heartbeat_at = $2, done = coalesce($3, done), total = coalesce($4, total)"
            " WHERE id = $1 RETURNING cancel_asked_at IS NOT NULL",
            run, now(), done, total,
        )  # fmt: skip
    return not cancelled


async def finish(run: UUID, *, answer: Any = None, error: str = "") -> None:
    """End a run; a failed one is tried again a little later, three times in all."""
    async with transaction(system()):
        await execute(
            "UPDATE job_run SET state = CASE WHEN $3 = '' THEN 'done' WHEN attempts < $4 THEN 'waiting' ELSE 'failed' END,"
            " ended_at = CASE WHEN $3 = '' OR attempts >= $4 THEN $5::timestamptz END, answer = $2::jsonb, error = $3,"
            " due_at = CASE WHEN $3 = '' THEN due_at ELSE $5::timestamptz + attempts * interval '1 minute' END WHERE id = $1",
            run, msgspec.json.encode(answer).decode(), error[:2000], ATTEMPTS, now(),
        )  # fmt: skip


async def last_runs(who: Actor, names: Sequence[str]) -> list[JobOut]:
    """The last run of each job that has one."""
    async with transaction(who):
        return await fetch_as(
            JobOut,
            f"SELECT DISTINCT ON (name) {_COLUMNS} FROM job_run WHERE name = ANY($1) ORDER BY name, due_at DESC",
            list(names),
        )


async def run_now(who: Actor, job: Job) -> JobOut:
    """Run a job at once in this process, recorded like any other run."""
    key = f"asked {now().isoformat()}"
    await ask(who, job.name, run_key=key)
    async with transaction(system()):
        run = await fetch_value(
            "UPDATE job_run SET state = 'running', started_at = $3, heartbeat_at = $3, attempts = $4"
            " WHERE name = $1 AND run_key = $2 RETURNING id",
            job.name, key, now(), ATTEMPTS,
        )  # fmt: skip
    await perform(job, run)
    async with transaction(system()):
        found = await fetch_one(f"SELECT {_COLUMNS} FROM job_run WHERE id = $1", run)
    assert found is not None
    return JobOut(**{**found, "answer": json.loads(found["answer"]) if found["answer"] else None})


async def perform(job: Job, run: UUID) -> None:
    """Do the work of a taken run and record how it ended."""
    pulse = asyncio.create_task(_pulse(run))
    try:
        answer = await job.run(system())
    except Exception as error:  # whatever it is, it is recorded, and tried again
        log.exception("job failed", job=job.name)
        await finish(run, error=f"{type(error).__name__}: {error}")
        return
    finally:
        pulse.cancel()
    await finish(run, answer=answer)


async def _pulse(run: UUID) -> None:
    while True:
        await asyncio.sleep(STALLED_AFTER.total_seconds() / 4)
        await beat(run)


def find(jobs: Sequence[Job], name: str) -> Job:
    """The job of that name. Raises UnknownJob."""
    for job in jobs:
        if job.name == name:
            return job
    raise UnknownJob(name=name)
