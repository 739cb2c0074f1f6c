"""Backup files for the tests: written by the real writer, changed by hand."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.backup.archive import COMMENT, MANIFEST, MARK, Writing, reading
from app.backup.rules import FORMAT, PRODUCT, Manifest

MADE = datetime(2026, 11, 24, 14, tzinfo=UTC)
TABLES = {"board": "990000\tOrganisme\n991000\tL'Île-à-l'Écart\n", "event": "", "school": "990001\t\\N\n"}


def write(path: Path, tables: Mapping[str, str] = TABLES, **changed: object) -> Path:
    """A backup of invented tables, whose manifest may differ from the truth."""
    out = io.BytesIO()
    archive = Writing(out)
    for name, rows in tables.items():
        member = archive.table(name, ["code", "name"])
        member.write(rows.encode())
        member.end(rows.count("\n"))
    facts: dict[str, object] = {
        "product": PRODUCT, "format": FORMAT, "version": "0.1.0", "made_at": MADE, "postgresql": "18.6",
        "migrations": [], "tables": archive.tables,
    }  # fmt: skip
    archive.close(msgspec.convert(facts | changed, Manifest))
    path.write_bytes(out.getvalue())
    return path


def rewritten(path: Path, into: Path, *, table: str, rows: Callable[[bytes], bytes]) -> Path:
    """The same backup with other rows in a table, its sums made right again: what only the database can refuse."""
    with reading(path) as found, into.open("wb") as out:
        archive = Writing(out)
        for one in found.manifest.tables:
            content = b"".join(found.blocks(one))
            content = rows(content) if one.name == table else content
            member = archive.table(one.name, one.columns)
            member.write(content)
            member.end(content.count(b"\n"))
        archive.close(msgspec.structs.replace(found.manifest, tables=archive.tables))
    return into


def with_manifest(path: Path, manifest: bytes, *, comment: bytes = COMMENT + b"0" * 64) -> Path:
    """The same members under another manifest."""
    with zipfile.ZipFile(path) as old:
        kept = {info.filename: old.read(info) for info in old.infolist() if info.filename != MANIFEST}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        assert next(iter(kept)) == MARK
        for name, content in kept.items():
            new.writestr(name, content)
        new.writestr(MANIFEST, manifest)
        new.comment = comment
    return path


def told(*_: object) -> None:
    """Progress, which nobody watches."""
