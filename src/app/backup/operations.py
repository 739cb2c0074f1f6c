"""`back_up`: every row of every table, as of one instant, into one file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from app.backup import catalogue
from app.backup.archive import BLOCK, Sink, Writing, check, reading
from app.backup.catalogue import Columns, quoted
from app.backup.files import Out, whole
from app.backup.rules import FORMAT, PRODUCT, Manifest, Moved, NothingToSave, NotSaved
from kit.actor import Scope
from kit.cli import a_connection
from kit.clock import now
from kit.migrating import ran

# The same text whatever the server's and the login's own settings.
TEXT = (
    "SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';"
    " SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL client_encoding = 'UTF8';"
    " SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
Told = Callable[[str, int, int], None]  # which table, bytes or rows done, of how many in all


class SavedOut(msgspec.Struct, kw_only=True):
    """A backup that was made or checked. `size`: bytes of the file; `fingerprint`: SHA-256 of all that it holds."""

    file: str
    fingerprint: str
    version: str
    made_at: datetime
    tables: int
    rows: int
    size: int


async def back_up(path: Path, told: Told) -> SavedOut:
    """Write the database of the web login to `path`, whole and read back, or not at all.

    Raises Unwritable, NothingToSave, Moved, NotSaved, Unreachable.
    """
    with whole(path) as out:
        manifest, fingerprint = await write(out, told)
        await asyncio.to_thread(_sync_and_read_back, out)
    return saved(path, manifest, fingerprint)


def _sync_and_read_back(out: Out) -> None:
    """Beside the event loop: the nightly backup is made by a process that serves pages."""
    out.sync()
    verify(out.path, lambda *_: None)


def verify(path: Path, told: Told) -> SavedOut:
    """Read a backup to its end, without any database. Raises NotABackup, Truncated, Damaged, TooNew, Unreadable."""
    with reading(path) as found:
        done = 0
        for table, size in check(found):
            done += size
            told(table.name, done, found.manifest.size)
        return saved(path, found.manifest, found.fingerprint)


def saved(path: Path, manifest: Manifest, fingerprint: str) -> SavedOut:
    return SavedOut(
        file=str(path), fingerprint=fingerprint, version=manifest.version, made_at=manifest.made_at,
        tables=len(manifest.tables), rows=manifest.rows, size=path.stat().st_size,
    )  # fmt: skip


async def write(out: Sink, told: Told) -> tuple[Manifest, str]:
    """Write a backup to `out`, which need not be seekable; what it holds, and its fingerprint."""
    async with _snapshot() as (run, tables):
        made_at, migrations = now(), await ran(run)
        awaited = dict(await run.fetch("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'"))
        total = sum(max(awaited.get(one.table, 0), 0) for one in tables)
        done = 0
        with Writing(out) as archive:
            for one in tables:
                told(one.table, done, total)
                done += await _table(run, archive, one)
            manifest = Manifest(
                product=PRODUCT, format=FORMAT, version=version("inventory"), made_at=made_at,
                postgresql=".".join(map(str, run.get_server_version()[:2])), migrations=migrations, tables=archive.tables,
            )  # fmt: skip
            return manifest, archive.close(manifest)


async def _table(run: Any, archive: Writing, one: Columns) -> int:
    """Copy a table; the number of its rows. Memory holds a block; compressing happens beside the event loop."""
    member, waiting = archive.table(one.table, one.columns), bytearray()

    async def take(block: bytes) -> None:
        waiting.extend(block)
        if len(waiting) >= BLOCK:
            await asyncio.to_thread(member.write, bytes(waiting))
            waiting.clear()

    columns = ", ".join(map(quoted, one.columns))
    status = await run.copy_from_query(f"SELECT {columns} FROM public.{quoted(one.table)}", output=take)
    member.write(bytes(waiting))
    return member.end(int(status.split()[-1])).rows


@asynccontextmanager
async def _snapshot() -> AsyncIterator[tuple[Any, list[Columns]]]:
    """A connection whose every query sees one instant, in the system's scope, and our tables, held as they are."""
    async with _told_in_a_sentence(), a_connection() as run:
        if not (before := await catalogue.tables(run)):
            raise NothingToSave()
        async with run.transaction(isolation="repeatable_read", readonly=True):
            # The tables are locked before the first query, which takes the snapshot: a migration or a restore that ended in
            # between would show them changed, and empty.
            await run.execute(f"SET LOCAL ROLE {Scope.system.value}; SET LOCAL lock_timeout = '60s'; {TEXT}")
            names = ", ".join(f"public.{quoted(one.table)}" for one in before)
            await run.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE")
            if await catalogue.tables(run) != before:
                raise Moved()
            yield run, before


@asynccontextmanager
async def _told_in_a_sentence() -> AsyncIterator[None]:
    try:
        yield
    except asyncpg.LockNotAvailableError as error:
        raise Moved() from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotSaved(reason=(str(error) or type(error).__name__).splitlines()[0]) from error
