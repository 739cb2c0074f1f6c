"""The backup of the night, where the settings name a folder."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.backup.jobs import nightly
from app.backup.operations import verify
from app.backup.rules import Unwritable
from app.nightly import all_jobs
from kit.actor import system
from kit.clock import today
from kit.settings import settings
from tests.app.backup.files import told


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("INVENTORY_BACKUP_DIR", str(tmp_path / "nuits"))
    monkeypatch.setenv("INVENTORY_KEEP_BACKUPS_DAYS", "7")
    settings.cache_clear()
    yield tmp_path / "nuits"
    settings.cache_clear()


def test_there_is_no_such_job_without_a_folder() -> None:
    assert "backup" not in [job.name for job in all_jobs()]


@pytest.mark.usefixtures("pool")
async def test_each_night_has_its_file_and_old_nights_go(folder: Path) -> None:
    folder.mkdir()
    kept = [
        "inventaire.zip",
        "inventaire-2020-01-01.zip.bak",
        "autre-2020-01-01.zip",
        "inventaire-2020-13-01.zip",
        _name(7),
    ]
    for name in (*kept, _name(8), "inventaire-2020-01-01.zip"):
        (folder / name).write_bytes(b"")
    (job,) = [job for job in all_jobs() if job.name == "backup"]

    done = await job.run(system())

    assert verify(folder / _name(0), told).fingerprint == done.fingerprint
    assert done.removed == ["inventaire-2020-01-01.zip", _name(8)]
    assert {path.name for path in folder.iterdir()} == {*kept, _name(0)}


def _name(days_ago: int) -> str:
    return f"inventaire-{today() - timedelta(days=days_ago):%Y-%m-%d}.zip"


@pytest.mark.usefixtures("pool")
async def test_a_disk_that_is_not_there_fails_the_night_and_removes_nothing(folder: Path) -> None:
    (job,) = nightly()

    with pytest.raises(Unwritable):
        await job.run(system())

    assert not folder.exists()
