"""A backup file is read whole and true, or refused in a sentence."""

import hashlib
import random
import zipfile
from pathlib import Path

import msgspec
import pytest

from app.backup.archive import COMMENT, MANIFEST, MARK, reading
from app.backup.operations import verify
from app.backup.rules import Damaged, NotABackup, TooNew, Truncated, Unreadable, check_known
from kit.errors import Refused
from kit.migrating import Migration
from tests.app.backup.files import TABLES, told, with_manifest, write


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")

    done = verify(path, told)

    assert (done.tables, done.rows, done.size) == (3, 3, path.stat().st_size)
    with reading(path) as found:
        assert found.fingerprint == done.fingerprint
        read = {table.name: b"".join(found.blocks(table)).decode() for table in found.manifest.tables}
    assert read == TABLES


def test_any_tool_opens_it_and_reads_what_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(write(tmp_path / "a.zip")) as opened:
        assert opened.testzip() is None
        assert "renseignements personnels" in opened.read(MARK).decode()
        assert opened.read("tables/school") == TABLES["school"].encode()


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    for length in (*range(0, len(whole), 7), *range(len(whole) - 120, len(whole))):
        cut.write_bytes(whole[:length])
        with pytest.raises((Truncated, NotABackup, Damaged)) as refused:
            verify(cut, told)
        assert "Rien n'a été changé" in refused.value.detail.replace("\u00a0", " ")


def _is_refused(path: Path, content: bytes, *, fingerprint: str) -> bool:
    """Whether this file is refused; if not (a date in a header of the container changed), it reads as before."""
    path.write_bytes(content)
    try:
        verify(path, told)
    except Refused:
        return True
    with reading(path) as found:
        assert found.fingerprint == fingerprint
        assert {table.name: b"".join(found.blocks(table)).decode() for table in found.manifest.tables} == TABLES
    return False


def test_a_changed_byte_is_refused_or_changes_nothing_that_is_restored(tmp_path: Path) -> None:
    whole, is_as_before = _written(tmp_path)
    refused = 0
    for place in range(0, len(whole), 3):
        refused += _is_refused(
            tmp_path / "b.zip",
            whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :],
            fingerprint=is_as_before,
        )
    assert refused > len(whole) / 6  # headers are much of so small a file


def test_noise_is_refused_or_changes_nothing_that_is_restored(tmp_path: Path) -> None:
    whole, is_as_before = _written(tmp_path)
    chance, refused = random.Random(7110), 0
    for _ in range(150):
        start, length = chance.randrange(len(whole)), chance.randrange(1, 200)
        refused += _is_refused(
            tmp_path / "b.zip",
            whole[:start] + chance.randbytes(length) + whole[start + length :],
            fingerprint=is_as_before,
        )
    assert refused > 120


def _written(folder: Path) -> tuple[bytes, str]:
    with reading(write(folder / "a.zip")) as found:
        return (folder / "a.zip").read_bytes(), found.fingerprint


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"Organisme;Nom\n711000;Ici\n", b"\x1f\x8b" + b"x" * 300, b"PGDMP" + b"\0" * 300, b"-- PostgreSQL dump\n" * 20],
    ids=["empty", "short", "a list", "gzip", "pg_dump", "a dump in SQL"],
)  # fmt: skip
def test_another_sort_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)

    with pytest.raises(NotABackup):
        verify(tmp_path / "x", told)


def test_the_archive_of_another_product_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as other:
        other.writestr("database.sql", "DROP TABLE assets;")
        other.writestr(MANIFEST, "{}")

    with pytest.raises(NotABackup):
        verify(tmp_path / "x.zip", told)


def test_a_file_that_only_begins_like_ours_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as other:
        other.writestr(MARK, "")

    with pytest.raises(NotABackup):
        verify(tmp_path / "x.zip", told)


def test_a_file_that_is_absent_or_a_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        verify(tmp_path / "absent", told)
    with pytest.raises(NotABackup):
        verify(tmp_path, told)


def test_a_newer_format_is_refused_by_its_version(tmp_path: Path) -> None:
    encoded = msgspec.json.encode({"product": "inventory", "format": 2, "version": "7.3.0", "chunks": []})
    path = with_manifest(
        write(tmp_path / "a.zip"), encoded, comment=COMMENT + hashlib.sha256(encoded).hexdigest().encode()
    )

    with pytest.raises(TooNew) as refused:
        verify(path, told)

    assert "7.3.0" in refused.value.detail


def test_a_newer_migration_is_refused_by_its_version(tmp_path: Path) -> None:
    seen = [Migration("kit", "2026-11-24T11:00:00"), Migration("loans", "2031-01-01T00:00:00")]
    with reading(write(tmp_path / "a.zip", version="9.0.0", migrations=seen)) as found:
        check_known(found.manifest, seen, file="a.zip")
        with pytest.raises(TooNew) as refused:
            check_known(found.manifest, seen[:1], file="a.zip")
    assert "9.0.0" in refused.value.detail


def test_a_manifest_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as opened:
        manifest, comment = opened.read(MANIFEST), opened.comment

    with pytest.raises(Damaged):
        verify(with_manifest(path, manifest.replace(b"0.1.0", b"0.1.1"), comment=comment), told)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: {"rows": one["rows"] + 1},
        lambda one: {"size": one["size"] - 1},
        lambda one: {"size": -1},
        lambda one: {"sha256": "0" * 64},
        lambda one: {"name": "nothing"},
        lambda one: {"name": "../../etc/passwd"},
        lambda one: {"more": True},
        lambda one: {"columns": "code"},
    ],
)
def test_a_manifest_that_does_not_fit_its_tables_is_refused_even_when_its_own_sum_is_right(
    tmp_path: Path, change: "object"
) -> None:
    path = write(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as opened:
        manifest = msgspec.json.decode(opened.read(MANIFEST))
    manifest["tables"][0] |= change(manifest["tables"][0])  # type: ignore[operator]
    encoded = msgspec.json.encode(manifest)

    with pytest.raises(Damaged):
        verify(with_manifest(path, encoded, comment=COMMENT + hashlib.sha256(encoded).hexdigest().encode()), told)


def test_a_file_that_swells_is_left_at_the_size_that_it_tells(tmp_path: Path) -> None:
    """Forty kilobytes that would be forty megabytes are given up where the manifest says that the table ends."""
    path = write(tmp_path / "a.zip", {"board": "x" * 50 + "\n"})
    with zipfile.ZipFile(path) as opened:
        manifest, comment = opened.read(MANIFEST), opened.comment
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr(MARK, "")
        with new.open("tables/board", "w", force_zip64=True) as member:
            for _ in range(40):
                member.write(b"\0" * (1 << 20))
        new.writestr(MANIFEST, manifest)
        new.comment = comment

    with pytest.raises(Damaged) as refused:
        verify(path, told)

    assert refused.value.where == MANIFEST  # before a byte of it was unpacked


def test_the_same_bytes_do_not_serve_two_tables(tmp_path: Path) -> None:
    """An archive whose entries overlap says more than it holds."""
    rows = "990000\tOrganisme\n"
    path = write(tmp_path / "a.zip", {"first": rows, "other": rows})
    content = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        first, other = (opened.getinfo(f"tables/{name}") for name in ("first", "other"))
    # The directory's entry of the second table points at the first.
    at = content.rindex(b"tables/other") - 4
    assert int.from_bytes(content[at : at + 4], "little") == other.header_offset
    path.write_bytes(content[:at] + first.header_offset.to_bytes(4, "little") + content[at + 4 :])

    with pytest.raises(Damaged):
        verify(path, told)
