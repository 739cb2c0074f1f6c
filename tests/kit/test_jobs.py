"""Runs of jobs: one an occasion, taken by one process, tried again, taken over, recorded. What they commit, they alone see."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from kit import jobs
from kit.actor import Actor, Scope, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch, transaction
from kit.errors import Forbidden, Refused
from kit.job_runs import last_runs
from kit.jobs import AlreadyRunning, Job, UnknownJob

pytestmark = pytest.mark.usefixtures("no_run")

NIGHT = time(5, 0)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=MONTREAL)


@pytest.fixture
async def no_run(committed_by_all: None) -> None:
    async with transaction(system()):
        await execute("DELETE FROM job_run")


def job(run: Callable[[Actor], Awaitable[Any]] | None = None, *, name: str = "essai", at: time | None = NIGHT) -> Job:
    async def nothing(who: Actor) -> dict[str, int]:
        return {"read": 3}

    return Job(name, run or nothing, at)


async def runs() -> list[Any]:
    async with transaction(system()):
        return await fetch("SELECT * FROM job_run ORDER BY due_at, id")


async def silent_for(minutes: float) -> None:
    """As if the process of every run had died that long ago."""
    async with transaction(system()):
        await execute("UPDATE job_run SET heartbeat_at = $1", now() - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("instant", "due"),
    [
        (datetime(2026, 11, 24, 12, 0, tzinfo=MONTREAL), "2026-11-24 05:00 -0500"),
        (datetime(2026, 11, 24, 5, 0, tzinfo=MONTREAL), "2026-11-24 05:00 -0500"),
        (datetime(2026, 11, 24, 4, 59, tzinfo=MONTREAL), "2026-11-23 05:00 -0500"),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), "2026-11-24 05:00 -0500"),  # still the 24th in Montréal
        (datetime(2026, 3, 8, 12, 0, tzinfo=MONTREAL), "2026-03-08 05:00 -0400"),  # summer time began that night
    ],
)
async def test_the_last_occasion_is_an_hour_of_montreal(instant: datetime, due: str) -> None:
    found = job().last_due(instant)
    assert found is not None and f"{found:%Y-%m-%d %H:%M %z}" == due


async def test_a_missed_night_is_caught_up_once_not_night_by_night() -> None:
    assert await jobs.ask_missed([job(), job(name="demandée", at=None)], NOON - timedelta(days=9)) == ["essai"]
    assert await jobs.ask_missed([job()], NOON) == ["essai"]
    assert await jobs.ask_missed([job()], NOON) == []
    assert await jobs.ask_missed([job()], NOON + timedelta(hours=11)) == []

    assert [row["run_key"] for row in await runs()] == ["2026-11-15", "2026-11-24"]


async def test_two_leaders_at_the_same_moment_ask_for_one_run() -> None:
    asked = await asyncio.gather(*(jobs.ask_missed([job()], NOON) for _ in range(8)))

    assert sorted(asked) == [[]] * 7 + [["essai"]]
    assert len(await runs()) == 1


async def test_many_processes_run_it_once() -> None:
    began = 0

    async def count(who: Actor) -> None:
        nonlocal began
        began += 1
        await asyncio.sleep(0.05)

    counted = job(count)
    await jobs.ask_missed([counted], NOON)

    async def process() -> None:
        if run := await jobs.take([counted.name]):
            await jobs.perform(counted, run)

    await asyncio.gather(*(process() for _ in range(8)))

    assert began == 1
    (row,) = await runs()
    assert (row["state"], row["attempts"], row["error"]) == ("done", 1, "")
    assert row["started_at"] and row["ended_at"]


async def test_two_occasions_of_a_job_never_run_at_the_same_time() -> None:
    await jobs.ask(system(), "essai", run_key="lundi")
    await jobs.ask(system(), "essai", run_key="mardi")
    await jobs.ask(system(), "autre", run_key="lundi")

    taken = await asyncio.gather(*(jobs.take(["essai", "autre"]) for _ in range(4)))

    assert sorted(run.name for run in taken if run) == ["autre", "essai"]


async def test_a_run_that_is_not_due_waits_and_unknown_names_are_left_to_others() -> None:
    await jobs.ask(system(), "essai", run_key="demain", due_at=now() + timedelta(days=1))
    await jobs.ask(system(), "d'une autre version", run_key="hier")

    assert await jobs.take(["essai"]) is None


async def test_a_failed_run_is_tried_again_a_little_later_three_times_in_all() -> None:
    async def fail(who: Actor) -> None:
        raise ValueError("rien ne va")

    failing = job(fail)
    with time_machine.travel(NOON, tick=False) as clock:
        await jobs.ask_missed([failing], NOON)
        waits = []
        for _ in range(3):
            run = await jobs.take(["essai"])
            assert run
            await jobs.perform(failing, run)
            before = now()
            while (await runs())[0]["state"] == "waiting" and await jobs.take([]) is None:
                if (due := (await runs())[0]["due_at"]) <= now():
                    break
                clock.move_to(due)
            waits.append((now() - before).total_seconds())

        assert waits == [60, 120, 0]
        assert await jobs.take(["essai"]) is None
    (row,) = await runs()
    assert (row["state"], row["attempts"], row["error"]) == ("failed", 3, "ValueError: rien ne va")


async def test_a_run_that_succeeds_at_the_second_try_shows_no_error() -> None:
    tries = 0

    async def second(who: Actor) -> dict[str, int]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("une fois")
        return {"tries": tries}

    await jobs.ask_missed([job(second)], now())
    for minutes in 0, 2:
        with time_machine.travel(now() + timedelta(minutes=minutes)):
            run = await jobs.take(["essai"])
            assert run
            await jobs.perform(job(second), run)

    (last,) = await last_runs(system(), ["essai"])
    assert (last.state, last.error, last.answer) == ("done", "", {"tries": 2})


async def test_the_run_of_a_killed_process_is_taken_over_and_the_first_can_no_longer_end_it() -> None:
    await jobs.ask_missed([job()], NOON)
    first = await jobs.take(["essai"])
    assert first and await jobs.take(["essai"]) is None
    await silent_for(minutes=3)

    second = await jobs.take(["essai"])
    assert second and second.id == first.id and second.attempts == 2
    await jobs.perform(job(), first)  # it was only asleep
    assert (await runs())[0]["state"] == "running"
    await jobs.perform(job(), second)

    (row,) = await runs()
    assert (row["state"], row["answer"]) == ("done", '{"read": 3}')


async def test_a_run_whose_processes_keep_dying_is_given_up() -> None:
    await jobs.ask_missed([job()], NOON)
    for _ in range(3):
        assert await jobs.take(["essai"])
        await silent_for(minutes=3)

    assert await jobs.take(["essai"]) is None
    (row,) = await runs()
    assert row["state"] == "failed" and "3 fois" in row["error"] and row["ended_at"]


async def test_a_long_run_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "STALLED_AFTER", timedelta(seconds=0.2))

    async def long(who: Actor) -> None:
        await asyncio.sleep(0.6)

    await jobs.ask_missed([job(long)], NOON)
    run = await jobs.take(["essai"])
    assert run
    work = asyncio.create_task(jobs.perform(job(long), run))
    for _ in range(5):
        await asyncio.sleep(0.1)
        assert await jobs.take(["essai"]) is None
    await work

    (row,) = await runs()
    assert (row["state"], row["attempts"]) == ("done", 1)


async def test_a_service_that_stops_leaves_its_run_to_the_next_process() -> None:
    started = asyncio.Event()

    async def endless(who: Actor) -> None:
        started.set()
        await asyncio.sleep(3600)

    await jobs.ask_missed([job(endless)], NOON)
    run = await jobs.take(["essai"])
    assert run
    work = asyncio.create_task(jobs.perform(job(endless), run))
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    again = await jobs.take(["essai"])
    assert again and again.id == run.id and again.attempts == 1


async def test_asked_for_by_a_person_it_runs_at_once_and_its_answer_is_kept() -> None:
    done = await jobs.run_now(system(), job())

    assert (done.state, done.answer) == ("done", {"read": 3})
    async with transaction(system()):
        (*_, event) = await fetch("SELECT what, subject, actor_name FROM event ORDER BY at")
    assert tuple(event) == ("job.asked", "essai", "système")


async def test_asked_for_twice_at_the_same_moment_it_runs_once() -> None:
    async def slow(who: Actor) -> None:
        await asyncio.sleep(0.1)

    ends = await asyncio.gather(*(jobs.run_now(system(), job(slow)) for _ in range(4)), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["AlreadyRunning"] * 3 + ["JobOut"]
    assert len(await runs()) == 1


async def test_asked_for_while_it_runs_by_night_it_is_refused_in_a_sentence() -> None:
    await jobs.ask_missed([job()], NOON)
    assert await jobs.take(["essai"])

    with pytest.raises(AlreadyRunning, match="« essai » tourne déjà".replace(" »", "\u00a0»").replace("« ", "«\u00a0")):
        await jobs.run_now(system(), job())


async def test_who_has_no_right_to_it_runs_nothing() -> None:
    with pytest.raises(Forbidden):
        await jobs.run_now(Actor(scope=Scope.board, name="Quelqu'un", board="990000"), job())

    assert await runs() == []


async def test_a_run_asked_for_by_a_person_is_not_tried_again() -> None:
    async def fail(who: Actor) -> None:
        raise ValueError("rien ne va")

    done = await jobs.run_now(system(), job(fail))

    assert (done.state, done.error) == ("failed", "ValueError: rien ne va")


async def test_a_run_that_is_refused_keeps_the_sentence_alone() -> None:
    async def refuse(who: Actor) -> None:
        raise Refused("Le disque n'est pas là.")

    done = await jobs.run_now(system(), job(refuse))

    assert (done.state, done.error) == ("failed", "Le disque n'est pas là.")


async def test_a_name_that_is_no_job_is_refused() -> None:
    with pytest.raises(UnknownJob):
        jobs.find([job()], "autre")
