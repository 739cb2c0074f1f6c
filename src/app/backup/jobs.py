"""The backup of the night: a file a day in the folder of the settings, the old ones removed."""

import re
from datetime import date, time, timedelta
from pathlib import Path

import msgspec

from app.backup.operations import back_up
from kit.actor import Actor
from kit.clock import today
from kit.i18n import lazy
from kit.jobs import Job
from kit.settings import settings

_OURS = re.compile(r"inventaire-(\d{4}-\d{2}-\d{2})\.zip")


class NightOut(msgspec.Struct):
    """The file that was made, what it holds, and the names of the files that were removed."""

    file: str
    fingerprint: str
    rows: int
    size: int
    removed: list[str]


def nightly() -> list[Job]:
    """The job, where a folder is set."""
    if settings().backup_dir is None:
        return []
    return [Job("backup", _save, time(3, 15), lazy("Sauvegarder la base"))]


async def _save(who: Actor) -> NightOut:
    who.must("jobs.run")
    folder = settings().backup_dir
    assert folder is not None  # the job is there because it is set
    # Not made here: a folder that is absent may be a disk that is not mounted.
    done = await back_up(folder / f"inventaire-{today():%Y-%m-%d}.zip", lambda *_: None)
    removed = _remove(folder, before=today() - timedelta(days=settings().keep_backups_days))
    return NightOut(done.file, done.fingerprint, done.rows, done.size, removed)


def _remove(folder: Path, *, before: date) -> list[str]:
    """Only after a new one was made, and only files that a night has named."""
    old = sorted(path for path in folder.iterdir() if (day := _day(path)) and day < before)
    for path in old:
        path.unlink()
    return [path.name for path in old]


def _day(path: Path) -> date | None:
    try:
        return date.fromisoformat(found[1]) if (found := _OURS.fullmatch(path.name)) else None
    except ValueError:  # the thirteenth month
        return None
