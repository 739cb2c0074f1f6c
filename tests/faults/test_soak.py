"""The same for as long as one likes: `make soak` (INVENTORY_SOAK_KILLS of each kind, INVENTORY_SOAK_SEED to repeat one)."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.faults import trials
from tests.faults.commands import backup_to, import_of_schools, restore_of, scan_of_the_floor
from tests.faults.site import Site, site
from tests.faults.trials import Tally
from tests.faults.work import Load

pytestmark = pytest.mark.soak
KILLS = int(os.environ.get("INVENTORY_SOAK_KILLS", "50"))
SEED = int(os.environ.get("INVENTORY_SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with site(INVENTORY_WORKERS="2") as found:
        yield found


@pytest.fixture(scope="module")
def load(here: Site) -> Load:
    return Load(here.tokens, here.addresses, SEED)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], load: Load, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines for the note, printed at the end whatever happens: the seed above all."""
    lines: list[str] = []
    began = time.monotonic()
    yield lines
    book = load.book
    with capsys.disabled():
        print(f"\n{request.node.name}: seed {SEED}, {time.monotonic() - began:.0f} s", *lines, sep="\n  ")
        print(f"  acknowledged so far {len(book.acknowledged)} {book.counts()}")
        print(f"  refused while away {dict(book.refusals)}, slowest answer {book.slowest:.2f} s", flush=True)


def of_each(*kinds: str) -> trials.Enough:
    """So many kills with each of these under way."""
    return lambda tally: all(tally.hit[kind] >= KILLS for kind in kinds)


def kills(tally: Tally) -> bool:
    return tally.kills >= KILLS


def test_processes_are_killed_under_submissions_and_receipts(here: Site, load: Load, told: list[str]) -> None:
    tally = trials.service_kills(here, load, random.Random(SEED), of_each("submission", "receipt"), schools=8)
    told.append(tally.line("services"))
    trials.judged(here, load, sample=200)


def test_the_database_is_killed_and_shut_down_under_load(here: Site, load: Load, told: list[str]) -> None:
    tally = trials.database_kills(here, load, random.Random(SEED), kills, schools=8)
    told.append(tally.line("database"))
    trials.judged(here, load, sample=200)


@pytest.mark.parametrize("kind", ["import", "scan", "backup"])
def test_commands_are_killed_while_a_school_works(here: Site, load: Load, told: list[str], kind: str) -> None:
    if kind == "import":
        command = import_of_schools(here, schools=600)
    else:
        command = scan_of_the_floor(here) if kind == "scan" else backup_to(here, here.folder / "sauvegarde.zip")
    tally = trials.command_kills(here, command, random.Random(SEED), kills, load=load)
    told.append(tally.line(kind))
    trials.judged(here, load, sample=100)


def test_restores_are_killed(here: Site, load: Load, told: list[str]) -> None:
    files = (here.folder / "un.zip", here.folder / "deux.zip")
    trials.seconds_of(here, "backup", str(files[0]))
    with load.running(["990001"]):
        time.sleep(3)
    assert here.stop() == []
    trials.seconds_of(here, "backup", str(files[1]))
    tally = trials.command_kills(here, restore_of(here, files), random.Random(SEED), kills)
    told.append(tally.line("restore"))
    trials.ended(here)
