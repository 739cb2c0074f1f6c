"""A file that appears whole under its name, or not at all: written under another name beside it, then renamed."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from app.backup.rules import Unwritable


class Out:
    """Writes all that it is given; once it has failed it drops the rest, so that closing what writes here tells nothing new."""

    def __init__(self, file: IO[Any]) -> None:
        self._file, self._failed = file, False

    def write(self, block: bytes) -> int:
        rest = memoryview(block)
        while rest and not self._failed:
            try:
                rest = rest[self._file.write(rest) :]
            except OSError:
                self._failed = True
                raise
        return len(block)

    def flush(self) -> None:
        """Nothing waits here."""


@contextmanager
def whole(path: Path, check: Callable[[Path], None]) -> Iterator[Out]:
    """Write `path`: mode 0600, checked by `check`, on the disk before it has its name. Raises Unwritable; then the old one stays."""
    try:
        if path.exists() and not path.is_file():
            raise Unwritable(file=path, reason=os.strerror(21 if path.is_dir() else 22))
        _remove_abandoned(path)
        handle, half = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise Unwritable(file=path, reason=error.strerror or error) from error
    try:
        with open(handle, "wb", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # somebody writes here: see below
            yield Out(file)
            os.fsync(file.fileno())
            check(Path(half))
            Path(half).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise Unwritable(file=path, reason=error.strerror or error) from error
    finally:
        with suppress(OSError):
            Path(half).unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    """What a killed backup of the same name left: nobody holds it any more."""
    for old in path.parent.glob(f".{_escaped(path.name)}.*.part"):
        with suppress(OSError), old.open("rb") as found:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            old.unlink()


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
