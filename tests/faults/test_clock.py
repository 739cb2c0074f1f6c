"""The clock of the machine is moved, by days or by an hour: each night once, and nothing waits for a day that is not this one."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from app.scheduler import lead
from inventory.floor import operations as floor
from inventory.floor.jobs import FLOOR_SCAN
from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch, fetch_value, transaction
from kit.jobs import Job, ask, take
from kit.outbox import enqueue
from tests.factories import make_headcount, make_school


@pytest.fixture
async def empty(committed_by_all: None) -> None:
    async with transaction(system()):
        await execute("DELETE FROM job_run; DELETE FROM outbox")


async def nothing(who: Actor) -> None:
    pass


async def keys() -> list[str]:
    async with transaction(system()):
        return [row["run_key"] for row in await fetch("SELECT run_key FROM job_run ORDER BY run_key")]


def local(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=MONTREAL)


@pytest.mark.usefixtures("empty")
async def test_a_clock_set_forward_then_back_by_days_runs_each_night_once() -> None:
    async def until(*wanted: str) -> None:
        async with asyncio.timeout(5):
            while await keys() != sorted(wanted):
                await asyncio.sleep(0.02)

    async def leading() -> None:
        while True:  # as `app.background` does
            await lead([Job("essai", nothing, time(5, 0))], retry_seconds=0.05, check_seconds=0.05)

    with time_machine.travel(local(10, 12), tick=True) as clock:
        task = asyncio.create_task(leading())
        try:
            await until("2026-11-10")
            clock.move_to(local(13, 12))  # three days are skipped: their last night is caught up, not each
            await until("2026-11-10", "2026-11-13")
            clock.move_to(local(11, 4, 59, 59))  # and given back: the timers know of the 14th only
            await until("2026-11-10", "2026-11-11", "2026-11-13")
            clock.move_to(local(13, 5, 30))  # this night was run when the clock was ahead
            await asyncio.sleep(0.3)
            assert await keys() == ["2026-11-10", "2026-11-11", "2026-11-13"]
            clock.move_to(local(14, 5, 0))
            await until("2026-11-10", "2026-11-11", "2026-11-13", "2026-11-14")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("at", [FLOOR_SCAN.at, time(3, 30)], ids=str)
@pytest.mark.parametrize("first", [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)], ids=str)
def test_each_day_has_its_night_once_when_the_hour_changes(at: time, first: datetime) -> None:
    job, seen = Job("essai", nothing, at), list[date]()
    for minutes in range(0, 5 * 24 * 60, 10):
        instant = first + timedelta(minutes=minutes)
        due = job.last_due(instant)
        assert due is not None and due <= instant
        if due.date() not in seen[-1:]:
            seen.append(due.date())
    assert seen == [seen[0] + timedelta(days=n) for n in range(len(seen))]


@pytest.mark.usefixtures("empty")
async def test_a_run_taken_by_a_clock_that_was_ahead_is_taken_again_when_its_process_died() -> None:
    await ask(system(), "essai", run_key="1")
    with time_machine.travel(now() + timedelta(days=30)):
        assert await take(["essai"])

    found = await take(["essai"])

    assert found is not None and found.attempts == 2


@pytest.mark.usefixtures("empty")
async def test_a_run_asked_for_by_a_clock_that_was_ahead_does_not_wait_for_that_day() -> None:
    with time_machine.travel(now() + timedelta(days=30)):
        await ask(system(), "essai", run_key="1")

    assert await take(["essai"])


@pytest.mark.usefixtures("empty")
async def test_a_message_written_or_claimed_by_a_clock_that_was_ahead_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    from app import mail

    with time_machine.travel(now() + timedelta(days=30)):
        async with transaction(system()):
            await enqueue(kind="essai", recipient="a@exemple.ca", subject="Essai", body="Voilà.")
        claimed = await mail._claim()
    assert claimed is not None

    again = await mail._claim()

    assert again is not None and again["id"] == claimed["id"]


async def test_a_scan_made_by_a_clock_that_was_ahead_does_not_stop_the_next_ones(db: None) -> None:
    await make_school()
    await make_headcount("990001", 100)
    with time_machine.travel(now() + timedelta(days=3)):
        await floor.scan(system())
    async with transaction(system()):
        ahead = await fetch_value("SELECT max(at) FROM floor_scan")

    found = await floor.scan(system())

    assert found.assessed == 1
    async with transaction(system()):
        assert await fetch_value("SELECT max(at) FROM floor_scan") >= ahead
        assert await fetch_value("SELECT count(*) FROM floor_scan") == 2
