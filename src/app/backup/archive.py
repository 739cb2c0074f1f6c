"""The file: a ZIP that any tool opens. One member a table, in the text format of COPY, then `manifest.json`, whose SHA-256 ends the file.

Reading takes one block in memory at a time and trusts nothing: names, sizes, sums and rows are compared with the manifest.
"""

import errno
import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, cast

import msgspec

from app.backup.rules import Damaged, Manifest, NotABackup, TableOut, Truncated, Unreadable, manifest_of
from kit.errors import Refused

MARK, MANIFEST = "INVENTORY-BACKUP", "manifest.json"
COMMENT = b"inventory-backup sha256:"
MOST_MANIFEST = 4 << 20  # bytes; one of a hundred tables takes thirty thousand
BLOCK = 1 << 20
FAST = 1  # half the time of the usual level, for a tenth more bytes
ABOUT = """\
Une sauvegarde du service d'équipement des écoles. « inventory restore » la remet en place; « inventory backup --verify » la vérifie.
Elle contient des renseignements personnels : gardez-la comme la base elle-même.
Les tables sont au format texte de COPY (PostgreSQL), une ligne par rangée; manifest.json en donne les colonnes et les sommes.
"""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)  # what zipfile raises


class Sink(Protocol):
    """What a backup is written to; it need not be seekable."""

    def write(self, block: bytes, /) -> int: ...
    def flush(self) -> None: ...


class Writing:
    """A file being written: `table(name, columns)` opens the next table, `close(...)` ends the file and gives its fingerprint."""

    def __init__(self, out: Sink) -> None:
        self._zip = zipfile.ZipFile(cast(IO[bytes], out), "w", zipfile.ZIP_DEFLATED, compresslevel=FAST)
        self.tables: list[TableOut] = []
        self._last: IO[bytes] | None = None
        with self._member(MARK) as member:
            member.write(ABOUT.encode())

    def _member(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o600) << 16
        info._compresslevel = FAST  # type: ignore[attr-defined]  # what writestr sets; `open` has no argument for it
        self._last = self._zip.open(info, "w", force_zip64=True)
        return self._last

    def __enter__(self) -> "Writing":
        return self

    def __exit__(self, *error: object) -> None:
        """After an error nothing more is written, now or by a finalizer."""
        if self._zip.fp is not None and self._last is not None:
            with suppress(Exception):
                self._last.close()
            self._zip.fp = None

    def table(self, name: str, columns: list[str]) -> "_Table":
        return _Table(self, self._member(f"tables/{name}"), name, columns)

    def close(self, manifest: Manifest) -> str:
        """The fingerprint of all that the file holds: the manifest's SHA-256, for it holds those of the tables."""
        encoded = msgspec.json.format(msgspec.json.encode(manifest))
        with self._member(MANIFEST) as member:
            member.write(encoded)
        fingerprint = hashlib.sha256(encoded).hexdigest()
        self._zip.comment = COMMENT + fingerprint.encode()
        self._zip.close()
        return fingerprint


class _Table:
    def __init__(self, into: Writing, member: IO[bytes], name: str, columns: list[str]) -> None:
        self._into, self._member, self._name, self._columns = into, member, name, columns
        self._sum, self._size = hashlib.sha256(), 0

    def write(self, block: bytes) -> None:
        self._sum.update(block)
        self._size += len(block)
        self._member.write(block)

    def end(self, rows: int) -> TableOut:
        self._member.close()
        told = TableOut(self._name, self._columns, rows, self._size, self._sum.hexdigest())
        self._into.tables.append(told)
        return told


class Reading:
    """A file opened for reading, its manifest checked. `fingerprint`: as `Writing.close` gave it."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest, fingerprint: str, file: str) -> None:
        self.manifest, self.fingerprint, self.file, self._zip = manifest, fingerprint, file, archive

    def blocks(self, table: TableOut) -> Iterator[bytes]:
        """The rows of a table, by blocks. Raises Damaged, at the latest after the last one."""
        found, size, rows = hashlib.sha256(), 0, 0
        try:
            with self._zip.open(f"tables/{table.name}") as member:
                while block := member.read(BLOCK):
                    found.update(block)
                    size += len(block)
                    rows += block.count(b"\n")  # one in a value is written \n
                    if size > table.size:
                        break
                    yield block
        except BROKEN as error:
            raise _unread(error, self.file, f"tables/{table.name}") from error
        if (found.hexdigest(), size, rows) != (table.sha256, table.size, table.rows):
            raise Damaged(file=self.file, where=f"tables/{table.name}")


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a file; its tables are checked as they are read. Raises NotABackup, Truncated, Damaged, TooNew, Unreadable."""
    file = str(path)
    try:
        if path.exists() and not path.is_file():
            raise NotABackup(file=file)
        source = path.open("rb")
    except OSError as error:
        raise Unreadable(file=file, reason=error.strerror or error) from error
    with source, _opened(source, file) as archive:
        yield Reading(archive, *_manifest(archive, source, file), file)


def _opened(source: IO[bytes], file: str) -> zipfile.ZipFile:
    try:
        is_ours = source.read(30 + len(MARK)).endswith(MARK.encode())  # the name of the first member
    except OSError as error:
        raise Unreadable(file=file, reason=error.strerror or error) from error
    if not is_ours:
        raise NotABackup(file=file)
    try:
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Truncated(file=file) from error
    except BROKEN as error:
        raise _unread(error, file, MANIFEST) from error


def _unread(error: Exception, file: str, where: str) -> Refused:
    """The disk's fault, or the file's; EINVAL is a place before the file's beginning that a damaged header names."""
    if isinstance(error, OSError) and error.errno != errno.EINVAL:
        return Unreadable(file=file, reason=error.strerror or error)
    return Damaged(file=file, where=where)


def _manifest(archive: zipfile.ZipFile, source: IO[bytes], file: str) -> tuple[Manifest, str]:
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > MOST_MANIFEST:
            raise Damaged(file=file, where=MANIFEST)
        with archive.open(info) as member:
            encoded = member.read(MOST_MANIFEST)
    except KeyError as error:
        raise NotABackup(file=file) from error
    except BROKEN as error:
        raise _unread(error, file, MANIFEST) from error
    fingerprint = hashlib.sha256(encoded).hexdigest()
    source.seek(-len(archive.comment), 2)
    if archive.comment != COMMENT + fingerprint.encode() or source.read() != archive.comment:
        raise Damaged(file=file, where=MANIFEST)
    manifest = manifest_of(encoded, file=file)
    _check_members(archive, manifest, source.tell(), file)
    return manifest, fingerprint


def _check_members(archive: zipfile.ZipFile, manifest: Manifest, length: int, file: str) -> None:
    """Exactly the members that the manifest names, of the sizes that it gives, none sharing its bytes with another."""
    wanted: dict[str, Any] = {f"tables/{table.name}": table.size for table in manifest.tables}
    found = archive.infolist()
    sizes = {info.filename: info.file_size for info in found if info.filename not in (MARK, MANIFEST)}
    if sizes != wanted or len(found) != len(wanted) + 2 or sum(info.compress_size for info in found) > length:
        raise Damaged(file=file, where=MANIFEST)


def check(found: Reading) -> Iterator[tuple[TableOut, int]]:
    """Read all of it; after each block, its table and its bytes. Raises Damaged."""
    for table in found.manifest.tables:
        for block in found.blocks(table):
            yield table, len(block)
