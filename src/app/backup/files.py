"""A file that appears whole under its name, or not at all: written under another name beside it, then renamed."""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from app.backup.rules import Unwritable


class Out:
    """The half-written file at `path`. Once a write has failed the rest is dropped: closing what writes here tells nothing new."""

    def __init__(self, file: IO[Any], path: Path) -> None:
        self._file, self.path, self._failed = file, path, False

    def write(self, block: bytes, /) -> int:
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

    def sync(self) -> None:
        """Return once the disk has it all."""
        os.fsync(self._file.fileno())


@contextmanager
def whole(path: Path) -> Iterator[Out]:
    """Write `path`, mode 0600; at the end of the block it takes its name. Any error leaves what had it. Raises Unwritable."""
    try:
        if path.exists() and not path.is_file():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR if path.is_dir() else errno.EINVAL))
        _remove_abandoned(path)
        handle, half = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with open(handle, "wb", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # somebody writes here
                out = Out(file, Path(half))
                yield out
                out.sync()
                out.path.replace(path)
            _sync_folder(path.parent)
        finally:
            with suppress(OSError):
                Path(half).unlink(missing_ok=True)
    except OSError as error:
        raise Unwritable(file=path, reason=error.strerror or error) from error


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
