"""When jobs run: one leader among all processes, by an advisory lock on a connection of its own; APScheduler only here."""

import asyncio
import contextvars
from collections.abc import Sequence
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from kit.actor import Actor
from kit.clock import MONTREAL, now
from kit.connections import own_connection
from kit.database import fetch_one, transaction
from kit.jobs import Job, ask_missed
from kit.migrating import SERVING

LEADER = 7_110_005
# One transaction as long as the process lives: a pooler (PgBouncer) would give a lock of the session to whoever comes next. Idle,
# it holds back no vacuum, at this level that is: the server's own default may be another. A leader whose machine has gone silently
# gives way after a minute, not after the usual two hours.
_HELD = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL tcp_keepalives_idle = 20; SET LOCAL tcp_keepalives_interval = 10; SET LOCAL tcp_keepalives_count = 3;"
    " SELECT set_config(name, '0', true) FROM pg_settings"
    " WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
)
SET_BACK = timedelta(minutes=1)
log = structlog.get_logger()


async def lead(jobs: Sequence[Job], *, retry_seconds: float = 5, check_seconds: float = 10) -> None:
    """Wait for the leadership, then ask for each job at its hour; runs until cancelled or until the connection is lost.

    What runs it is the workers' affair: two leaders for a moment ask for the same occasion, which has one run.
    """
    lock = await own_connection()
    scheduler = AsyncIOScheduler(timezone=MONTREAL)
    try:
        await lock.execute(_HELD)
        # A restore refuses to begin while this one is held, or is waited for here.
        await lock.execute(f"SELECT pg_advisory_xact_lock_shared({SERVING})")
        while not await lock.fetchval("SELECT pg_try_advisory_xact_lock($1)", LEADER):  # noqa: ASYNC110  (the database tells)
            await asyncio.sleep(retry_seconds)
        log.info("leader", jobs=[job.name for job in jobs])
        await ask_missed(jobs, now())
        for job in jobs:
            if job.at is not None:
                at = job.at
                when = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=MONTREAL)
                # However late: a laptop that slept through the hour asks when it wakes up.
                scheduler.add_job(_tick, when, args=[job], id=job.name, misfire_grace_time=None, coalesce=True)
        contextvars.Context().run(scheduler.start)  # its timers must not inherit anybody's transaction (traps 3c)
        seen = now()
        while now() >= seen - SET_BACK:
            seen = now()
            await asyncio.sleep(check_seconds)
            # A lost connection is a lost leadership. Not fetchval: its portal would stay open, and hold back vacuum.
            await lock.execute("SELECT 1", timeout=5)
            contextvars.Context().run(scheduler.wakeup)  # a timer does not count the time that the machine slept
        log.warning("the clock was set back")  # the timers wait for hours that are far now: begin again
    finally:
        if scheduler.running:
            scheduler.shutdown(wait=False)
        lock.terminate()


async def leader(who: Actor) -> str | None:
    """The process that says when jobs run: its number on the database's server, and where it comes from; None: there is none."""
    async with transaction(who):
        found = await fetch_one(
            "SELECT l.pid, coalesce(host(a.client_addr), '') AS address FROM pg_locks l"
            " LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = $1 AND l.objid = $2"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            LEADER >> 32, LEADER & 0xFFFFFFFF,
        )  # fmt: skip
    return f"{found['pid']} {found['address']}".strip() if found else None


async def _tick(job: Job) -> None:
    await ask_missed([job], now())
