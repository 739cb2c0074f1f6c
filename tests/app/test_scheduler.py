"""Who says when: one leader among several, replaced when it is gone, at the hour of Montréal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time, timedelta
from typing import Any

import pytest

from app.background import background
from app.scheduler import LEADER, lead
from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import engine, execute, fetch, fetch_value, transaction
from kit.jobs import Job

pytestmark = pytest.mark.usefixtures("no_run")


@pytest.fixture
async def no_run(committed_by_all: None) -> None:
    async with transaction(system()):
        await execute("DELETE FROM job_run")


async def nothing(who: Actor) -> None:
    pass


async def leaders() -> list[int]:
    """The server's processes that hold the lock."""
    async with transaction(system()):
        rows = await fetch(
            "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
            " WHERE l.locktype = 'advisory' AND l.objid = $1 AND l.granted",
            LEADER,
        )
    return [row["pid"] for row in rows]


async def nobody_leads() -> bool:
    """A connection that was cut ends on the server a moment later."""
    return await leaders() == []


async def keys() -> list[str]:
    async with transaction(system()):
        return [row["run_key"] for row in await fetch("SELECT run_key FROM job_run ORDER BY run_key")]


async def until(condition: Any, *, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def leading(*jobs: Job) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(lead(jobs, retry_seconds=0.1, check_seconds=0.1))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def daily(seconds: float) -> Job:
    """A job whose hour is so many seconds from now."""
    return Job(
        "essai", nothing, (now() + timedelta(seconds=seconds)).astimezone(MONTREAL).time().replace(microsecond=0)
    )


async def test_one_of_two_leads_and_the_other_takes_over_when_its_connection_is_lost() -> None:
    async with leading() as first:
        await until(leaders)
        (holder,) = await leaders()
        async with leading():
            await asyncio.sleep(0.3)
            assert await leaders() == [holder]

            async with transaction(system()):
                await execute("SET LOCAL ROLE NONE")
                await fetch_value("SELECT pg_terminate_backend($1)", holder)
            with pytest.raises(Exception, match="connection"):
                await first

            async def another() -> bool:
                return await leaders() not in ([], [holder])

            await until(another)


async def test_a_leader_that_ends_leaves_the_place_at_once() -> None:
    async with leading():
        await until(leaders)
    await until(nobody_leads)


async def test_the_hour_strikes_once_for_two_processes_and_the_missed_night_is_caught_up() -> None:
    job = daily(2)
    today = now().astimezone(MONTREAL).date()
    async with leading(job), leading(job):
        await until(keys)
        caught_up = await keys()
        await asyncio.sleep(3)

    assert len(caught_up) == 1
    assert len(await keys()) == 2 and (await keys())[-1] >= today.isoformat()


async def test_a_job_without_an_hour_is_never_asked_for() -> None:
    async with leading(Job("sur demande", nothing)):
        await until(leaders)
        await asyncio.sleep(0.2)
    assert await keys() == []


async def test_beside_the_pages_a_missed_night_is_run_and_the_end_waits_for_nothing() -> None:
    ran = asyncio.Event()

    async def run(who: Actor) -> None:
        ran.set()
        await asyncio.sleep(3600)

    async with asyncio.timeout(5), background([Job("essai", run, time(5, 0))]):
        await ran.wait()

    async with transaction(system()):
        assert await fetch_value("SELECT state FROM job_run") == "waiting"  # for the next process
    await until(nobody_leads)


async def test_a_server_that_ends_long_transactions_leaves_the_leader_be(monkeypatch: pytest.MonkeyPatch) -> None:
    async with transaction(system()):
        names = await fetch(
            "SELECT name FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
        )
    monkeypatch.setitem(engine().config, "server_settings", {row["name"]: "200ms" for row in names})
    task = asyncio.create_task(lead([], retry_seconds=0.1, check_seconds=5))
    try:
        await until(leaders)
        await asyncio.sleep(0.5)
        assert await leaders() != [] and not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_leader_holds_back_no_vacuum_whatever_the_server_takes_for_usual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(engine().config, "server_settings", {"default_transaction_isolation": "repeatable read"})
    async with leading():
        await until(leaders)
        (holder,) = await leaders()
        await asyncio.sleep(0.3)  # it has looked once more whether it is still there
        async with transaction(system()):
            await execute("SET LOCAL ROLE NONE")  # a role sees nothing of its login's own connections
            (seen,) = await fetch(
                "SELECT state, backend_xid, backend_xmin FROM pg_stat_activity WHERE pid = $1", holder
            )
    assert (seen["state"], seen["backend_xid"], seen["backend_xmin"]) == ("idle in transaction", None, None)
