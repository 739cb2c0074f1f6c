"""An installation to hurt: an ordinary PostgreSQL, services on it, the tokens of its people, and what may be killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.app.services import INVENTORY, Service, environment, parent_of, processes_of
from tests.faults.servers import Postgres

ROOT = Path(__file__).parent.parent.parent
MOST_SERVICES = 4
RECOVERY = 60  # seconds, on a busy machine


class Site:
    """`services` are numbered; each has a folder of its own, as on two machines."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.postgres = folder, Postgres(folder / "postgres")
        self.settings = self.postgres.urls | {"INVENTORY_SECRET_KEY": "k" * 40} | settings
        self.tokens: dict[str, str] = {}
        self.services: list[Service] = []

    def start(self, services: int) -> None:
        self.tokens = prepare(self.folder / "prepared", **self.settings)
        for n in range(services):
            self.services.append(self._service(n))
        for one in self.services:
            one.wait_until_ready()

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{one.port}" for one in self.services]

    def _service(self, n: int, **port: str) -> Service:
        return Service("serve", home=self.folder / f"machine {n}", **self.settings, **port)  # type: ignore[arg-type]

    def kill_service(self, n: int, dice: random.Random) -> str:
        """`kill -9` of a process of granian's, of their parent, or of all at once; what was killed."""
        service = self.services[n]
        victims = {"worker": service.children(), "parent": [service.process.pid]}
        what = dice.choices(("worker", "parent", "all"), (3, 1, 3))[0]
        for pid in victims.get(what, victims["worker"] + victims["parent"]):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return what

    def recover(self, n: int) -> float:
        """Start the service again as often as it ends, as a supervisor does; seconds until it is ready and its orphans are gone."""
        began = time.monotonic()
        while self._orphans(n) or not self.services[n].ready():
            assert time.monotonic() < began + RECOVERY, self.services[n].said_so_far()
            if (dead := self.services[n]).process.poll() is not None:
                self.services[n] = self._service(n, INVENTORY_PORT=str(dead.port))
                dead.close()
            time.sleep(0.1)
        return time.monotonic() - began

    def _orphans(self, n: int) -> list[int]:
        """Processes whose parent was killed: they end what they do, then go."""
        parent = self.services[n].process.pid
        found = processes_of(self.folder / f"machine {n}")
        return [pid for pid in found if parent not in (pid, parent_of(pid))]

    def command(self, *words: str, **settings: str) -> "subprocess.Popen[str]":
        """A command under way, with a terminal's session of its own."""
        return subprocess.Popen(
            [INVENTORY, *words], env=environment(self.folder / "commands", **self.settings | settings), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def processes(self) -> list[int]:
        """What runs for any of our folders."""
        homes = {"prepared", "commands", *(f"machine {n}" for n in range(MOST_SERVICES))}
        return [pid for home in homes for pid in processes_of(self.folder / home)]

    def stop(self) -> list[int]:
        """Stop the services as an operator does; what is left of them."""
        for service in self.services:
            service.send(signal.SIGTERM)
        for service in self.services:
            service.process.wait(20)
        left = self.processes()
        for service in self.services:
            service.close()
        self.services = []
        return left

    def close(self) -> None:
        """Whatever a failed trial left is killed."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for service in self.services:
            service.process.wait()
            service.close()
        self.postgres.stop()


def prepare(home: Path, **settings: str) -> dict[str, str]:
    """Migrate the database of these settings and make its people; their tokens."""
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.prepare"], env=environment(home, **settings) | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    tokens: dict[str, str] = json.loads(done.stdout)
    return tokens


@contextmanager
def site(*, services: int = 2, **settings: str) -> Iterator[Site]:
    with TemporaryDirectory(prefix="faults-") as name:
        found = Site(Path(name).resolve(), **settings)
        try:
            found.start(services)
            yield found
        finally:
            found.close()
