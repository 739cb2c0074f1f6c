"""The disk of the embedded database fills up in the middle of work: a sentence, nothing half done, and on it goes with room again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.app.services import Service, environment, processes_of, service, wait_until
from tests.directory.imports import lists
from tests.faults.invariants import broken
from tests.faults.prepare import SCHOOLS
from tests.faults.servers import Database
from tests.faults.site import ROOT, prepare
from tests.faults.work import Load

pytestmark = pytest.mark.soak  # PostgreSQL stops and starts several times: half a minute
DISK_MB, TRIES = 300, 60
SENTENCES = ("Le disque de la base de données est plein", "La base de données ne répond pas")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own; skipped, out loud, where nothing can be mounted."""
    place = tmp_path / "disque"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here ({mounted.stderr.decode().strip()}): not tested")
    try:
        yield place
    finally:
        wait_until(lambda: not processes_of(place / "données"))
        subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path) -> None:
    """Down to the last byte."""
    with open(disk / "autre chose", "ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)


def free(disk: Path) -> None:
    (disk / "autre chose").unlink()


def asked(running: Service, token: str, n: int) -> httpx.Response:
    return httpx.post(
        f"http://127.0.0.1:{running.port}/api/v1/selections",
        json={"school": SCHOOLS[0], "measure": "EX-COMBOS", "year": "2026-2027", "title": "x" * 200},
        headers={"authorization": f"Bearer {token}", "idempotency-key": f"plein {n}"},
        timeout=20,
    )


def test_a_full_disk_is_said_and_with_room_again_everything_goes_on(disk: Path) -> None:
    home = disk / "données"
    tokens = prepare(home)
    team = tokens[f"team {SCHOOLS[0]}"]
    with service("serve", home=home) as running:
        running.wait_until_ready()
        kept = Database(home / "cluster", host=str(home / "run"), port=5432, password=(home / "password").read_text())
        load = Load(tokens, [f"http://127.0.0.1:{running.port}"], seed=1)
        with load.running(SCHOOLS[1:2]):
            time.sleep(1)
        before = kept.value("SELECT count(*) FROM selection")

        fill(disk)
        refused = [answer for n in range(TRIES) if (answer := asked(running, team, n)).status_code != 201]
        assert refused, "the disk was not full"
        for answer in refused:
            assert answer.status_code == 503
            assert answer.json()["detail"].startswith(SENTENCES)
        schools = disk.parent / "écoles.csv"
        schools.write_text(lists.text(lists.COLUMNS["schools"], [lists.school(f"98{n:04}") for n in range(2000)]))
        imported = subprocess.run(
            [Path(running.process.args[0]), "import", "schools", str(schools), "--partial"],  # type: ignore[index, arg-type]
            env=environment(home), capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
        )  # fmt: skip
        assert imported.returncode == 1
        assert "Traceback" not in imported.stderr, imported.stderr[-1500:]

        free(disk)
        wait_until(running.ready, seconds=60)
        taken = TRIES - len(refused)
        assert kept.value("SELECT count(*) FROM selection") == before + taken
        assert kept.value("SELECT count(*) FROM school WHERE code LIKE '98%'") == 0
        assert [asked(running, team, n).status_code for n in range(TRIES)] == [201] * TRIES  # each once, at last
        assert kept.value("SELECT count(*) FROM selection") == before + TRIES
        with load.running(SCHOOLS[1:2]):
            time.sleep(1)
        assert broken(kept) == {}
        running.process.terminate()
        assert running.process.wait(20) == 0
