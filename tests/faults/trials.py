"""Trials: kill something at random moments while something else is under way, then judge. Short in the suite, long in the soak."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from kit.migrating import SERVING
from tests.app.services import wait_until
from tests.faults.invariants import broken, left_behind
from tests.faults.prepare import SCHOOLS
from tests.faults.site import RECOVERY, Site
from tests.faults.work import Load, replayed

# What was acknowledged is there, and nothing else: every request was sent until it was answered.
COUNTED = """
SELECT (SELECT count(*) FROM selection) AS draft, (SELECT count(*) FROM event WHERE what = 'selection.submitted') AS submission,
    (SELECT count(*) FROM purchase_order) AS "order", (SELECT count(*) FROM receipt) AS receipt
"""

# A transaction that goes on so long waits for somebody who is dead. Who serves holds one for as long.
STUCK = """
SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE xact_start < now() - interval '30 s'
    AND usename IN ('web', 'owner') AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1)
"""


@dataclass
class Tally:
    """`hit`: what was under way when it was killed. `outcomes`: whether a killed command had done its work or nothing."""

    kills: int = 0
    hit: Counter[str] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)

    def line(self) -> str:
        times = sorted(self.recoveries) or [0.0]
        return (
            f"{self.kills} kills {dict(self.victims)}, under way {dict(self.hit)}, outcomes {dict(self.outcomes)},"
            f" recovery median {times[len(times) // 2]:.1f} s, worst {times[-1]:.1f} s"
        )


Enough = Callable[[Tally], bool]


def service_kills(
    here: Site,
    load: Load,
    tally: Tally,
    enough: Enough,
    *,
    schools: int,
    aims: Sequence[str] = ("submission", "receipt"),
) -> None:
    """Processes of the services die under the work of `schools`, while one of `aims` is under way there."""
    dice = random.Random(load.seed)
    with load.running(SCHOOLS[:schools]) as failing:
        while not failing.is_set() and not enough(tally):
            aim, n = min(aims, key=lambda kind: tally.hit[kind]), dice.randrange(len(here.services))
            wait_until(lambda kind=aim, at=n: failing.is_set() or load.book.in_flight(at)[kind] > 0, seconds=60)  # type: ignore[misc]
            time.sleep(dice.uniform(0, 0.04))
            tally.hit.update(load.book.in_flight(n))
            tally.victims[here.kill_service(n, dice)] += 1
            tally.kills += 1
            tally.recoveries.append(here.recover(n))
            assert here.postgres.rows(STUCK, SERVING) == []


def database_kills(here: Site, load: Load, tally: Tally, enough: Enough, *, schools: int) -> None:
    """The database's server is killed, or shut down, and comes back after a while; the services are left alone."""
    dice = random.Random(load.seed)
    with load.running(SCHOOLS[:schools]) as failing:
        while not failing.is_set() and not enough(tally):
            time.sleep(dice.uniform(0.2, 1.5))
            tally.hit.update(load.book.in_flight())
            what = dice.choice(("killed", "shut down"))
            (here.postgres.kill if what == "killed" else here.postgres.stop)()
            time.sleep(dice.uniform(0.0, 2.0))
            here.postgres.start()
            tally.victims[what] += 1
            tally.kills += 1
            began = time.monotonic()
            wait_until(lambda: all(one.ready() for one in here.services), seconds=RECOVERY)
            tally.recoveries.append(time.monotonic() - began)


@dataclass
class Command:
    """A command to kill. `check(n, answered)` says what has become of the n-th: `done` or `nothing`; anything else it refuses."""

    name: str
    words: Callable[[int], tuple[str, ...]]
    check: Callable[[int, bool], str]
    seconds: float  # that it takes alone


def command_kills(
    here: Site, load: Load, tally: Tally, enough: Enough, command: Command, *, at_work: bool = True
) -> None:
    """The command is killed while a school works, at a random moment of its life, every other time of its transaction.

    Every fifth time it is then run whole, and must succeed. What had ended before it was hit is no kill.
    """
    dice, n = random.Random(load.seed), 0
    with load.running(SCHOOLS[-1:], pause=2) if at_work else nullcontext(Event()) as failing:
        while not failing.is_set() and not enough(tally):
            since, running = datetime.now(UTC), here.command(*command.words(n), "--json")
            if dice.random() < 0.5:
                time.sleep(dice.uniform(0.2, 0.9) * command.seconds)
            else:
                while running.poll() is None and not _at_work(here, since):
                    time.sleep(0.01)
                time.sleep(dice.uniform(0, 0.4) * command.seconds)
            inside = _at_work(here, since) > 0
            alive = running.poll() is None
            running.kill()
            said, errors = running.communicate()
            assert running.returncode in (-9, 0), errors
            began = time.monotonic()
            wait_until(lambda start=since: not _at_work(here, start), seconds=RECOVERY)  # type: ignore[misc]
            outcome = command.check(n, bool(said.strip()))
            if alive:
                tally.kills += 1
                tally.hit["in a transaction" if inside else "outside"] += 1
                tally.outcomes[outcome] += 1
                tally.recoveries.append(time.monotonic() - began)
            if outcome == "nothing" and tally.kills % 5 == 0:
                command.seconds = seconds_of(here, *command.words(n))
                assert command.check(n, True) == "done"
                outcome = "done"
            n += outcome == "done"


def _at_work(here: Site, since: datetime) -> int:
    """Transactions of the commands begun since; those of who serves, and holds the lock that says so, are not counted."""
    found: int = here.postgres.value(
        "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND backend_start > $1 AND pid <> pg_backend_pid()"
        " AND usename IN ('web', 'owner') AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $2)",
        since, SERVING,
    )  # fmt: skip
    return found


def seconds_of(here: Site, *words: str) -> float:
    """How long a command takes alone; it must succeed."""
    began, running = time.monotonic(), here.command(*words, "--json")
    _said, errors = running.communicate(timeout=300)
    assert running.returncode == 0, errors
    return time.monotonic() - began


def judged(here: Site, load: Load, *, sample: int) -> None:
    """The end of every trial: invariants, answers asked for again, nothing lost, nothing more than was asked."""
    assert broken(here.postgres) == {}
    dice = random.Random(load.seed)
    asked = load.book.acknowledged
    assert replayed(load, dice.sample(asked, min(sample, len(asked)))) == []
    wanted = load.book.counts()
    assert dict(here.postgres.rows(COUNTED)[0]) == {
        kind: wanted.get(kind, 0) for kind in ("draft", "submission", "order", "receipt")
    }


def ended(here: Site) -> None:
    """Stopped as an operator stops it, it leaves no process, transaction, lock or table behind."""
    assert here.stop() == []
    left = left_behind(here.postgres)
    assert left == {}, left
