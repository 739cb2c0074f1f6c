"""A file appears whole under its name, or what had the name stays."""

import fcntl
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.backup.archive import Writing
from app.backup.files import whole
from app.backup.rules import Unwritable


def test_the_file_has_its_name_once_it_is_whole_and_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with whole(path) as out:
        out.write(b"abc")
        assert not path.exists()

    assert path.read_bytes() == b"abc" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_had_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"old")

    with pytest.raises(RuntimeError, match="stop"), whole(path) as out:
        out.write(b"new")
        raise RuntimeError("stop")

    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_is_said_and_leaves_what_had_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"old")

    with files_of_at_most(20_000), pytest.raises(Unwritable) as refused, whole(path) as out, Writing(out) as archive:
        for name in "first", "other":
            member = archive.table(name, ["code"])
            member.write(os.urandom(30_000).hex().encode())
            member.end(0)

    assert "Faites de la place" in refused.value.detail
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "absent/a.zip", "pipe"])
def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Unwritable), whole(tmp_path / name):
        pytest.fail("it began")


def test_what_a_killed_backup_left_goes_with_the_next_one_and_a_living_one_stays(tmp_path: Path) -> None:
    left, living, neighbour = (tmp_path / name for name in (".a[1].zip.x.part", ".a[1].zip.y.part", ".b.zip.z.part"))
    for path in left, living, neighbour:
        path.write_bytes(b"half")

    with living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with whole(tmp_path / "a[1].zip") as out:
            out.write(b"abc")

    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a[1].zip", living, neighbour])
