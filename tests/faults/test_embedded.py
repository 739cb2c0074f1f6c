"""The embedded PostgreSQL dies under the service: the service starts it again, by itself."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.app.services import Service, processes_of, service, wait_until
from tests.faults.invariants import broken
from tests.faults.prepare import SCHOOLS
from tests.faults.servers import Database
from tests.faults.site import prepare
from tests.faults.work import Load


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="faults-") as name:
        yield Path(name).resolve() / "données"


@pytest.fixture(scope="module")
def tokens(home: Path) -> dict[str, str]:
    return prepare(home)


def database(home: Path) -> Database:
    return Database(home / "cluster", host=str(home / "run"), port=5432, password=(home / "password").read_text())


def test_a_killed_embedded_server_is_started_again_and_work_goes_on(home: Path, tokens: dict[str, str]) -> None:
    with service("serve", home=home) as running:
        running.wait_until_ready()
        kept = database(home)
        load = Load(tokens, [f"http://127.0.0.1:{running.port}"], seed=1)
        with load.running(SCHOOLS[:2]):
            time.sleep(0.7)
            before = kept.pid()
            kept.kill()
            page = _asked(running)
            wait_until(lambda: kept.pid() not in (None, before) and running.ready(), seconds=30)
            time.sleep(0.5)
        assert page.status_code == 503
        assert "La base de données ne répond pas" in page.text
        assert load.book.refusals["503"] > 0
        assert broken(kept) == {}
        assert "il est reparti" in running.said_so_far()
        assert running.process.poll() is None
        running.process.terminate()
        assert running.process.wait(20) == 0
    assert processes_of(home) == []


def _asked(running: Service) -> httpx.Response:
    """A page, by somebody with a session's cookie, at once."""
    return httpx.get(f"http://127.0.0.1:{running.port}/", cookies={"session": "x" * 43}, timeout=20)
