"""The same for as long as one likes: `make soak` (SOAK_KILLS of each kind, SOAK_SEED to repeat one)."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.faults import trials
from tests.faults.commands import backup_to, import_of_schools, restore_of, scan_of_the_floor
from tests.faults.invariants import broken
from tests.faults.site import Site, site
from tests.faults.trials import Tally
from tests.faults.work import Load

pytestmark = pytest.mark.soak
KILLS = int(os.environ.get("SOAK_KILLS", "50"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with site(INVENTORY_WORKERS="2") as found:
        yield found


@pytest.fixture(scope="module")
def load(here: Site) -> Load:
    return Load(here.tokens, here.addresses, SEED)


@pytest.fixture
def tally(capsys: pytest.CaptureFixture[str], load: Load, request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Printed at the end whatever happens, for the note: the seed above all."""
    found, began, book = Tally(), time.monotonic(), load.book
    yield found
    with capsys.disabled():
        print(f"\n{request.node.name}: seed {SEED}, {time.monotonic() - began:.0f} s\n  {found.line()}")
        print(f"  acknowledged so far {len(book.acknowledged)} {book.counts()}")
        print(f"  refused while away {dict(book.refusals)}, slowest answer {book.slowest:.2f} s", flush=True)


def of_each(*kinds: str) -> trials.Enough:
    """So many kills with each of these under way."""
    return lambda tally: all(tally.hit[kind] >= KILLS for kind in kinds)


def kills(tally: Tally) -> bool:
    return tally.kills >= KILLS


def test_processes_are_killed_under_submissions_and_receipts(here: Site, load: Load, tally: Tally) -> None:
    trials.service_kills(here, load, tally, of_each("submission", "receipt"), schools=8)
    trials.judged(here, load, sample=200)


def test_the_database_is_killed_and_shut_down_under_load(here: Site, load: Load, tally: Tally) -> None:
    trials.database_kills(here, load, tally, kills, schools=8)
    trials.judged(here, load, sample=200)


@pytest.mark.parametrize("kind", ["import", "scan", "backup"])
def test_commands_are_killed_while_a_school_works(here: Site, load: Load, tally: Tally, kind: str) -> None:
    if kind == "import":
        command = import_of_schools(here, schools=600)
    else:
        command = scan_of_the_floor(here) if kind == "scan" else backup_to(here, here.folder / "sauvegarde.zip")
    trials.command_kills(here, load, tally, kills, command)
    trials.judged(here, load, sample=100)


def test_restores_are_killed(here: Site, load: Load, tally: Tally) -> None:
    files = (here.folder / "un.zip", here.folder / "deux.zip")
    trials.seconds_of(here, "backup", str(files[0]))
    with load.running(["990001"]):
        time.sleep(3)
    assert here.stop() == []
    trials.seconds_of(here, "backup", str(files[1]))
    trials.command_kills(here, load, tally, kills, restore_of(here, files), at_work=False)
    trials.seconds_of(here, "restore", str(files[1]), "--discard-old")
    assert here.postgres.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%'") == []
    assert broken(here.postgres) == {}
    trials.ended(here)
