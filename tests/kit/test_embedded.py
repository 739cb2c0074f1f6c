"""Real servers, started, killed and shared in folders of their own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from kit.embedded import EmbeddedError, Server, server

# A service: it says which server it uses, then waits until its standard input ends. Warnings at its end would be printed.
SERVICE = """
import sys
from pathlib import Path
from kit.embedded import server
data = Path(sys.argv[1])
with server(data):
    print((data / "cluster" / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""
Service = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Empty; short, unlike tmp_path, so that the socket stays in it."""
    with TemporaryDirectory(prefix="pg-") as name:
        yield Path(name).resolve()


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A folder whose server has run once: half a second of initdb, paid once."""
    with TemporaryDirectory(prefix="pg-") as name:
        with server(Path(name)):
            pass
        yield Path(name)


@pytest.fixture
def used(folder: Path, template: Path) -> Path:
    """A folder whose server has run before."""
    return shutil.copytree(template, folder, dirs_exist_ok=True)


def _interruptible() -> None:
    """A test run in the background of a script hands on that interrupts are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def service() -> Iterator[Service]:
    """Start a service in a process of its own."""
    with ExitStack() as processes:

        def start(data: Path) -> "subprocess.Popen[str]":
            command = [sys.executable, "-X", "dev", "-c", SERVICE, str(data)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            process = subprocess.Popen(  # type: ignore[call-overload]
                command,
                text=True,
                start_new_session=True,
                preexec_fn=_interruptible,
                **pipes,
            )
            processes.callback(process.communicate)
            processes.callback(process.kill)
            return process  # type: ignore[no-any-return]

        yield start


def ask(where: Server, query: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(
            host=where.socket_dir, port=5432, user="postgres", password=where.password, database="postgres"
        )
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def number(data: Path) -> int:
    """Of the server's process, as its own file says."""
    return int((data / "cluster" / "postmaster.pid").read_text().split()[0])


def alive(pid: int) -> bool:
    """Not counting a zombie, which has no folder any more."""
    if sys.platform == "linux":
        return _works_in(Path("/proc", str(pid))) is not None
    return (
        str(pid)
        in subprocess.run(["ps", "-o", "pid=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    )


def _works_in(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def kill_the_server(data: Path) -> None:
    """`kill -9`; its orphans hold the shared memory until they have noticed."""
    os.kill(number(data), signal.SIGKILL)
    wait_until(lambda: data / "cluster" not in [_works_in(process) for process in Path("/proc").glob("[0-9]*")])


def test_data_outlives_the_server_and_the_last_to_leave_stops_it(folder: Path) -> None:
    with server(folder) as first:
        with server(folder) as second:
            assert second == first
        ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        pid = number(folder)
    assert not alive(pid)

    with server(folder) as again:
        assert ask(again, "SELECT answer FROM kept") == 42


def test_ten_processes_at_once_share_one_server(folder: Path, service: Service) -> None:
    services = [service(folder) for _ in range(10)]
    said = {process.stdout.readline() for process in services if process.stdout}
    assert len(said) == 1
    assert list(folder.glob("new-*")) == []

    pid = number(folder)
    ends = [process.communicate("") for process in services[1:]]
    assert alive(pid)
    ends.append(services[0].communicate(""))
    assert sorted(ends) == [("", "")] * 9 + [("", f"Une base de données neuve est créée dans {folder}…\n")]
    assert [process.returncode for process in services] == [0] * 10
    assert not alive(pid)


def test_the_next_start_finds_the_server_of_a_killed_service(used: Path, service: Service) -> None:
    killed = service(used)
    assert killed.stdout
    pid = int(killed.stdout.readline())
    killed.kill()
    killed.wait()

    with server(used) as found:
        assert number(used) == pid
        assert ask(found, "SELECT 1") == 1
    assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see when the orphans have gone")
def test_a_killed_server_is_started_again_though_its_zombie_has_its_number(used: Path) -> None:
    with server(used) as first:
        ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        killed = number(used)
        kill_the_server(used)  # we have not waited for our child: a zombie

        with server(used) as again:
            assert number(used) != killed
            assert ask(again, "SELECT answer FROM kept") == 42


def test_a_number_that_another_program_bears_now_does_not_stop_the_start(used: Path) -> None:
    lines = f"{os.getpid()}\n{used}/cluster\n0\n5432\n{used}/run\n\n0 0\nready\n"
    (used / "cluster" / "postmaster.pid").write_text(lines)
    (used / "run" / ".s.PGSQL.5432.lock").write_text(lines)

    with server(used) as running:
        assert ask(running, "SELECT 1") == 1


def test_what_a_killed_initdb_left_is_removed(folder: Path) -> None:
    (folder / "new-half").mkdir()
    (folder / "new-half" / "PG_VERSION").write_text("18\n")

    with server(folder):
        assert [path.name for path in folder.glob("new-*")] == []


def test_an_interrupted_service_stops_its_server(used: Path, service: Service) -> None:
    interrupted = service(used)
    assert interrupted.stdout
    pid = int(interrupted.stdout.readline())
    os.killpg(interrupted.pid, signal.SIGINT)  # as a terminal does, to the whole group
    _, errors = interrupted.communicate()

    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert not alive(pid)


@pytest.mark.parametrize(
    ("name", "inside"),
    [("l'école d'à côté", True), ("cour, préau", False), ("é" * 60, False)],
    ids=["space, quote and accent", "comma", "long"],
)
def test_any_path_will_do(
    folder: Path, template: Path, name: str, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")  # must not count
    data = shutil.copytree(template, folder / name)
    with server(data) as running:
        assert ask(running, "SHOW port") == "5432"
        assert (Path(running.socket_dir) == data / "run") is inside
        assert Path(running.socket_dir).stat().st_mode & 0o777 == 0o700
    if not inside:
        shutil.rmtree(running.socket_dir)


def test_only_we_may_read_the_password_and_nobody_enters_without(used: Path) -> None:
    with server(used) as running:
        assert (used / "password").stat().st_mode & 0o777 == 0o600
        assert ask(running, "SHOW listen_addresses") == ""
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(Server(running.socket_dir, "guessed"), "SELECT 1")


def test_a_cluster_of_another_release_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "cluster").mkdir()
    (folder / "cluster" / "PG_VERSION").write_text("17\n")

    with (
        pytest.raises(EmbeddedError, match=r"PostgreSQL 17;.* PostgreSQL 18\. Lancez .*inventory backup"),
        server(folder),
    ):
        pytest.fail("started")

    assert [path.name for path in (folder / "cluster").iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_written_is_refused(folder: Path) -> None:
    (folder / "a file").write_text("")

    with pytest.raises(EmbeddedError, match=r"Impossible d'écrire dans .*a file/data .*INVENTORY_DATA_DIR"):  # noqa: SIM117
        with server(folder / "a file" / "data"):
            pytest.fail("started")


def test_a_full_disk_is_named_where_nothing_could_be_written(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (used / "cluster" / "pg_hba.conf").unlink()  # it does not start
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: shutil._ntuple_diskusage(1000, 999, 1))
    with pytest.raises(EmbeddedError, match=r"Le disque de .* est plein \(0 Mio libres\)"), server(used):
        pass


def test_a_server_that_cannot_start_says_why(used: Path) -> None:
    with (used / "cluster" / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'beaucoup'\n")

    with pytest.raises(EmbeddedError, match=r"(?s)n'a pas démarré dans .*shared_buffers"), server(used):
        pytest.fail("started")
