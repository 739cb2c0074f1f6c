"""`inventory serve`, in processes of its own: it starts, answers, and leaves nothing behind however it is ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.app.services import INVENTORY, STOP_SECONDS, environment, processes_of, service, wait_until


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The data folder of these tests, migrated once; its path holds a space and an accent."""
    with TemporaryDirectory(prefix="inv-") as name:
        folder = Path(name).resolve() / "école neuve"
        migrated = subprocess.run(
            [INVENTORY, "migrate"], env=environment(folder), capture_output=True, text=True, check=False
        )
        assert migrated.returncode == 0, migrated.stderr
        assert processes_of(folder) == []
        yield folder


@pytest.mark.parametrize(
    ("number", "group"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGHUP, True)],
    ids=["Ctrl-C", "TERM", "TERM to the group", "the terminal closes"],
)
def test_a_signal_stops_the_service_and_its_postgresql(home: Path, number: signal.Signals, group: bool) -> None:
    with service("serve", home=home) as running:
        running.wait_until_ready()
        running.send(number, group=group)

        assert running.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []
        said = running.said()
        assert f"http://127.0.0.1:{running.port}" in said
        assert "inventory user add" in said  # nobody can sign in yet


def test_a_script_can_interrupt_what_it_started_in_the_background(home: Path) -> None:
    with service("serve", home=home, ignores_sigint=True) as running:
        running.wait_until_ready()
        running.send(signal.SIGINT)

        assert running.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []


def test_two_interrupts_stop_it_as_one_does(home: Path) -> None:
    with service("serve", home=home) as running:
        assert running.wait_until_ready() < 10  # migrated before: a second start
        for _ in range(5):
            running.send(signal.SIGINT, group=True)
            time.sleep(0.01)

        assert running.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []


@pytest.mark.parametrize("moment", [0.05, 0.5, 0.6, 0.75], ids=str)
def test_ended_while_it_starts_it_leaves_nothing(home: Path, moment: float) -> None:
    with service("serve", home=home) as starting:
        time.sleep(moment)
        starting.send(signal.SIGTERM)
        code = starting.process.wait(STOP_SECONDS)

        assert code in (0, -signal.SIGTERM)  # the second before Python has read our first line
        assert processes_of(home) == []


def test_a_browser_that_keeps_its_connection_does_not_hold_the_stop_up(home: Path) -> None:
    with service("serve", home=home) as running, socket.socket() as browser:
        running.wait_until_ready()
        browser.connect(("127.0.0.1", running.port))
        browser.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert browser.recv(100).startswith(b"HTTP/1.1 200")
        running.send(signal.SIGTERM)

        assert running.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []


def test_killed_it_leaves_nothing_that_blocks_the_next_start(home: Path) -> None:
    with service("serve", home=home, INVENTORY_WORKERS="2") as killed:
        killed.wait_until_ready()
        wait_until(lambda: len(killed.children()) == 2)
        orphans = killed.children()
        killed.send(signal.SIGKILL)
        killed.process.wait()
        wait_until(lambda: not set(orphans) & set(processes_of(home)))

        with service("serve", home=home, INVENTORY_PORT=str(killed.port)) as second:
            assert second.wait_until_ready() < 10
            second.send(signal.SIGTERM)
            assert second.process.wait(STOP_SECONDS) == 0
            assert processes_of(home) == []


def test_killed_with_everything_it_started_it_starts_again(home: Path) -> None:
    with service("serve", home=home) as killed:
        killed.wait_until_ready()
        for pid in processes_of(home):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes_of(home))
        killed.process.wait()

    with service("serve", home=home) as second:
        second.wait_until_ready()


def test_a_process_that_dies_is_replaced(home: Path) -> None:
    with service("serve", home=home) as running:
        running.wait_until_ready()
        (dead,) = running.children()
        os.kill(dead, signal.SIGKILL)
        wait_until(lambda: running.children() not in ([], [dead]))
        running.wait_until_ready()
        running.send(signal.SIGTERM)

        assert running.process.wait(STOP_SECONDS) == 0


def test_a_port_in_use_is_said_in_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with service("serve", home=tmp_path / "data", INVENTORY_PORT=str(port)) as refused:
            assert refused.process.wait(STOP_SECONDS) == 1
            said = refused.said()

    assert said.count("\n") == 1
    assert str(port) in said and "INVENTORY_PORT=" in said
    assert not (tmp_path / "data").exists()


def test_two_services_cannot_share_a_port_unseen(home: Path, tmp_path: Path) -> None:
    with service("serve", home=home) as first:
        first.wait_until_ready()
        with service("serve", home=tmp_path / "data", INVENTORY_PORT=str(first.port)) as second:
            assert second.process.wait(STOP_SECONDS) == 1
            assert f"INVENTORY_PORT={first.port + 1}" in second.said()
        assert first.ready()
