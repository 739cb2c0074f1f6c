"""Jobs: APScheduler says when, the `job_run` table says what, once; any process takes a waiting run with SKIP LOCKED.

A run is one row, unique by job and occasion (`run_key`), so that two schedulers, or a night caught up twice, run it once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import structlog

from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, NotFound, Refused
from kit.events import record
from kit.i18n import _, lazy
from kit.job_runs import COLUMNS, JobOut, run_of

log = structlog.get_logger()

TAKING = 7_110_003
STALLED_AFTER = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=1)  # once more after one minute, then after two
AHEAD = timedelta(
    hours=1
)  # no heart beats later than that: what says so, or is due in a week, was written by a clock ahead
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


class AlreadyRunning(Conflict):
    sentence = lazy("La tâche « {name} » tourne déjà; attendez qu'elle finisse (« inventory jobs list »).")


_FAILED = "Le processus s'est arrêté pendant la tâche, {n} fois."


async def ask(who: Actor, name: str, *, run_key: str, due_at: datetime | None = None) -> bool:
    """Ask for a run on an occasion; False when that occasion has its run already."""
    async with transaction(who):
        return bool(
            await execute(
                "INSERT INTO job_run (name, run_key, state, asked_by, board, due_at)"
                " VALUES ($1, $2, 'waiting', $3, $4, $5) ON CONFLICT (name, run_key) DO NOTHING",
                name, run_key, who.name, who.board, due_at or now(),
            )
        )  # fmt: skip


async def ask_missed(jobs: Sequence[Job], instant: datetime) -> list[str]:
    """Ask for the last occasion of each daily job where it has no run: a missed night is caught up once, not night by night."""
    asked = []
    for job in jobs:
        due = job.last_due(instant)
        if due and await ask(system(), job.name, run_key=due.date().isoformat(), due_at=due):
            asked.append(job.name)
    return asked


async def take(names: Sequence[str]) -> JobOut | None:
    """Take the next due run, or one whose process died; None when nothing waits. No job ever runs twice at the same time."""
    async with transaction(system()):
        await _one_at_a_time()
        moment = now()
        window = (moment, moment - STALLED_AFTER, moment + AHEAD)
        await execute(
            "UPDATE job_run SET state = 'failed', ended_at = $2, error = $5"
            " WHERE state = 'running' AND heartbeat_at NOT BETWEEN $3 AND $4 AND attempts >= $1",
            ATTEMPTS, *window, _(_FAILED).format(n=ATTEMPTS),
        )  # fmt: skip
        rows = await fetch(
            "UPDATE job_run SET state = 'running', started_at = $2, heartbeat_at = $2, attempts = attempts + 1 WHERE id = ("
            " SELECT id FROM job_run WHERE name = ANY($1) AND (due_at <= $2 OR due_at > $2 + interval '7 days') AND (state = 'waiting'"
            "  OR state = 'running' AND heartbeat_at NOT BETWEEN $3 AND $4) AND name NOT IN"
            " (SELECT name FROM job_run WHERE state = 'running' AND heartbeat_at BETWEEN $3 AND $4)"
            f" ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}",
            list(names), *window,
        )  # fmt: skip
    return run_of(rows[0]) if rows else None


async def take_now(who: Actor, job: Job) -> JobOut:
    """A run of a job that starts at once in this process, and is not tried again. Raises Forbidden, AlreadyRunning."""
    who.must("jobs.run")
    async with transaction(system()):
        await _one_at_a_time()
        if await fetch_value(
            "SELECT 1 FROM job_run WHERE name = $1 AND state = 'running' AND heartbeat_at BETWEEN $2 AND $3",
            job.name, now() - STALLED_AFTER, now() + AHEAD,
        ):  # fmt: skip
            raise AlreadyRunning(name=job.name)
        found = await fetch_one(
            "INSERT INTO job_run (name, run_key, state, asked_by, due_at, started_at, heartbeat_at, attempts)"
            f" VALUES ($1, $2, 'running', $3, $4, $4, $4, $5) RETURNING {COLUMNS}",
            job.name, f"asked {now().isoformat()}", who.name, now(), ATTEMPTS,
        )  # fmt: skip
        await record(who, "job.asked", kind="job", subject=job.name)
    assert found is not None
    return run_of(found)


async def _one_at_a_time() -> None:
    """Two processes that take runs see each other's: short, and released at the end of the transaction."""
    await fetch_value("SELECT pg_advisory_xact_lock($1)", TAKING)


async def run_now(who: Actor, job: Job) -> JobOut:
    """Run a job at once in this process, recorded like any other run; how it ended. Raises Forbidden, AlreadyRunning."""
    run = await take_now(who, job)
    await perform(job, run, again=False)
    async with transaction(system()):
        found = await fetch_one(f"SELECT {COLUMNS} FROM job_run WHERE id = $1", run.id)
    assert found is not None
    return run_of(found)


async def perform(job: Job, run: JobOut, *, again: bool = True) -> None:
    """Do the work of a taken run and record how it ended. Interrupted, it waits for the next process (`again`), or has failed."""
    pulse = asyncio.create_task(_pulse(run))
    try:
        answer = msgspec.json.encode(await job.run(system())).decode()
    except asyncio.CancelledError:
        await asyncio.shield(_interrupted(run, again=again))
        raise
    except Exception as error:  # whatever it is, it is recorded, and tried again
        log.exception("job failed", job=job.name, attempt=run.attempts)
        await _failed(run, error.detail if isinstance(error, Refused) else f"{type(error).__name__}: {error}")
    else:
        await _end(run, "state = 'done', error = '', answer = $3::jsonb, ended_at = $4", answer, now())
    finally:
        pulse.cancel()


async def _pulse(run: JobOut) -> None:
    """Say that the run is alive, until it is another's."""
    while True:
        await asyncio.sleep(STALLED_AFTER.total_seconds() / 4)
        with contextlib.suppress(Exception):  # a database that does not answer is told by the work itself
            if not await _end(run, "heartbeat_at = $3", now()):
                return


async def _failed(run: JobOut, error: str) -> None:
    """Tried again a little later, three times in all."""
    if run.attempts < ATTEMPTS:
        later = now() + run.attempts * RETRY_AFTER
        await _end(run, "state = 'waiting', error = $3, due_at = $4", error[:2000], later)
    else:
        await _end(run, "state = 'failed', error = $3, ended_at = $4", error[:2000], now())


async def _interrupted(run: JobOut, *, again: bool) -> None:
    if again:
        await _end(run, "state = 'waiting', attempts = attempts - 1, due_at = $3", now())
    else:
        await _end(run, "state = 'failed', error = $3, ended_at = $4", _("Interrompue."), now())


async def _end(run: JobOut, changes: str, *values: Any) -> bool:
    """Change the row of a run that is still ours."""
    async with transaction(system()):
        changed = await execute(
            f"UPDATE job_run SET {changes} WHERE id = $1 AND attempts = $2 AND state = 'running'",
            run.id, run.attempts, *values,
        )  # fmt: skip
    if not changed:
        log.warning("run lost to another process", job=run.name, occasion=run.run_key)
    return bool(changed)


def find(jobs: Sequence[Job], name: str) -> Job:
    """The job of that name. Raises UnknownJob."""
    for job in jobs:
        if job.name == name:
            return job
    raise UnknownJob(name=name)
