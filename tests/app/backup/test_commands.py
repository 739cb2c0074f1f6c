"""`inventory backup` and `inventory restore`, as an operator runs them."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.app.services import INVENTORY, environment, processes_of, wait_until

UPGRADES = Path(__file__).parents[2] / "upgrades"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="inv-") as name:
        yield Path(name).resolve() / "machine neuve"


def run(home: Path, *command: str) -> "subprocess.CompletedProcess[bytes]":
    done = subprocess.run([INVENTORY, *command], env=environment(home), capture_output=True, check=False, timeout=60)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def test_a_new_machine_takes_the_backup_of_another(home: Path, tmp_path: Path) -> None:
    (sample, *_others) = sorted(UPGRADES.glob("*.zip"))
    restored = run(home, "restore", str(sample))
    assert restored.returncode == 0, restored.stderr.decode()
    assert "rangées restaurées" in restored.stdout.decode()

    file = tmp_path / "copie.zip"
    with file.open("wb") as out:  # as `inventory backup - | ssh …` does
        piped = subprocess.run(
            [INVENTORY, "backup", "-"], env=environment(home), stdout=out, stderr=subprocess.PIPE, check=False
        )
    assert piped.returncode == 0, piped.stderr.decode()
    checked = run(home, "backup", "--verify", str(file), "--json")
    told = json.loads(checked.stdout)
    assert (checked.returncode, told["file"], told["size"]) == (0, str(file), file.stat().st_size)
    assert told["rows"] > 3_000
    assert processes_of(home) == []


def test_a_killed_backup_leaves_nothing_under_the_name(home: Path, tmp_path: Path) -> None:
    """It is killed while its file is half written; the next one takes what it left away."""
    file = tmp_path / "a.zip"
    for _ in range(5):
        file.write_bytes(b"the one of yesterday")
        process = subprocess.Popen([INVENTORY, "backup", str(file)], env=environment(home))
        wait_until(lambda: _is_begun(tmp_path) or process.poll() is not None, seconds=30)  # noqa: B023  (called here)
        process.kill()
        if process.wait() == -signal.SIGKILL:  # else it had ended
            break

    assert file.read_bytes() == b"the one of yesterday"
    assert run(home, "backup", str(file)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def _is_begun(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        return any(path.stat().st_size > 0 for path in folder.glob(".a.zip.*.part"))
    return False


@pytest.mark.parametrize(
    "command",
    [
        ["restore"],
        ["restore", "a.zip", "--undo"],
        ["restore", "--undo", "--discard-old"],
        ["restore", "--cancel-messages"],
        ["restore", "--fingerprint", "ab", "--discard-old"],
        ["backup"],
        ["backup", "-", "--json"],
        ["backup", "-", "--verify"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_said_before_any_database_is_asked(command: list[str]) -> None:
    answer = CliRunner().invoke(main, command)

    assert answer.exit_code == 2 and answer.stdout == "" and "Erreur" in answer.stderr


def test_a_file_that_is_no_backup_starts_no_server(tmp_path: Path) -> None:
    refused = run(tmp_path / "data", "restore", __file__)

    assert (refused.returncode, refused.stdout) == (1, b"")
    assert b"n'est pas une sauvegarde" in refused.stderr.replace("\u2019".encode(), b"'")
    assert not (tmp_path / "data").exists()
