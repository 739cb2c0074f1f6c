"""Real processes of `inventory serve` and `inventory demo`: started, asked, ended, and what they left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx

INVENTORY = str(Path(sys.executable).parent / "inventory")
START_SECONDS, STOP_SECONDS = 60, 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """One `inventory serve`, in a session of its own as a terminal gives it."""

    def __init__(
        self,
        *command: str,
        home: Path,
        ignores_sigint: bool = False,
        program: str = INVENTORY,
        run_as: Mapping[str, Any] | None = None,
        **variables: str,
    ) -> None:
        """`run_as`: what else `Popen` is told, a user or a folder."""
        self.home, self.port = home, int(variables.get("INVENTORY_PORT", 0)) or free_port()
        self._output = TemporaryFile()  # a pipe that nobody reads would fill up
        self.process = subprocess.Popen(
            [program, *command],
            env=environment(home, **variables | {"INVENTORY_PORT": str(self.port)}),
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # As a shell does for what a script starts in the background.
            preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN) and None) if ignores_sigint else None,
            **run_as or {},
        )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def ready(self) -> bool:
        try:
            return self.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> float:
        """Seconds since the call."""
        began = time.monotonic()
        wait_until(lambda: self.process.poll() is not None or self.ready(), seconds=START_SECONDS)
        assert self.process.poll() is None, self.said()
        return time.monotonic() - began

    def said(self) -> str:
        """All that it said, once it has ended."""
        self.process.wait(STOP_SECONDS)
        return self.said_so_far()

    def said_so_far(self) -> str:
        self._output.seek(0)
        return self._output.read().decode()

    def kill(self) -> None:
        """`kill -9`, and nothing else: what it started is on its own."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self._output.close()

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        (os.killpg if group else os.kill)(self.process.pid, number)

    def children(self) -> list[int]:
        """Its processes that granian started."""
        return [
            pid
            for pid in processes_of(self.home)
            if parent_of(pid) == self.process.pid
            and not any(word in command_of(pid) for word in (b"postgres", b"embedded_keeper"))
        ]


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Ours, without any setting of the service but these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INVENTORY_")}
    return ours | {"INVENTORY_DATA_DIR": str(home)} | variables


_COMMANDS = """
import json, sys
from app.cli import main
for command in json.load(sys.stdin):
    main(command, standalone_mode=False)
"""


def run_commands(
    home: Path,
    commands: Sequence[Sequence[str]],
    *,
    python: str = sys.executable,
    run_as: Mapping[str, Any] | None = None,
    **variables: str,
) -> str:
    """What several commands print, run in one process: starting Python is most of what one costs. Fails with what they said."""
    done = subprocess.run(
        [python, "-c", _COMMANDS],
        input=json.dumps(commands),
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **run_as or {},
    )
    assert done.returncode == 0, done.stderr
    printed: str = done.stdout
    return printed


@contextmanager
def service(*command: str, home: Path, **options: object) -> Iterator[Service]:
    """Running for the block; whatever a failed test left is killed."""
    found = Service(*command, home=home, **options)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        for pid in (found.process.pid, *processes_of(home)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        found.process.wait()
        wait_until(lambda: not processes_of(home))
        found.close()


def processes_of(home: Path) -> list[int]:
    """Everything alive that was started for this data folder: commands, granian's processes, PostgreSQL and its own."""
    mark = b"INVENTORY_DATA_DIR=" + os.fsencode(home) + b"\0"
    return [int(found.name) for found in Path("/proc").glob("[0-9]*") if mark in _read(found / "environ")]


def parent_of(pid: int) -> int:
    """0: it has ended."""
    return int((_read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split() or [b"", b"0"])[1])


def command_of(pid: int) -> bytes:
    return _read(Path(f"/proc/{pid}/cmdline"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


def wait_until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
