"""`restore`: a checked file becomes the database, in one transaction of the owner.

The transaction is the side room: nobody sees what is made in it before its end, and an interruption at any moment leaves the old
database. Within it our tables move to a schema of their own, the migrations of the file's version make empty ones, the rows are
loaded, and the migrations that are newer than the file run over them. The commit swaps. Nothing in the file is ever run: it holds
rows only.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from app.backup import aside, catalogue
from app.backup.archive import Reading, check, reading
from app.backup.catalogue import quoted
from app.backup.operations import Told
from app.backup.rules import Damaged, NothingKept, OtherPrint, TableOut, check_known
from kit.actor import system
from kit.cluster import Logins
from kit.errors import Refused
from kit.events import record
from kit.i18n import _
from kit.migrating import known, ran, run_migrations, secure


class RestoredOut(msgspec.Struct, kw_only=True):
    """What was put back. `migrated`: how many migrations ran over it; `kept`: schema of what was there before, or empty."""

    file: str
    fingerprint: str
    version: str
    made_at: datetime
    tables: int
    rows: int
    migrated: int
    kept: str
    messages_waiting: int


class UndoneOut(msgspec.Struct, kw_only=True):
    """The database that the last restore replaced is back; `kept`: schema of the one that it replaces in turn."""

    back: str
    migrated: int
    kept: str


async def restore(
    found: Logins,
    path: Path,
    told: Told,
    *,
    fingerprint: str | None = None,
    discard_old: bool = False,
    cancel_messages: bool = False,
) -> RestoredOut:
    """Replace the database by a backup. Raises what `reading` does, OtherPrint, and what `aside.alone` does.

    `cancel_messages`: those that waited when the backup was made are not sent; they may have been, since.
    """
    with reading(path) as backup:
        await _verify(backup, told, fingerprint=fingerprint)
        async with aside.alone(found) as run:
            kept = await aside.set_aside(run)
            await _load(run, backup, told)
            migrated = await _bring_up_to_date(run, found)
            waiting = await _messages(run, cancel=cancel_messages)
            await _record("database.restored", file=path.name, fingerprint=backup.fingerprint, kept=kept)
            told(_("statistiques"), 1, 1)
            await _analyze(run)
        if discard_old:
            with suppress(Refused):  # what was restored is there; what is kept is told
                await discard(found)
                kept = ""
        return RestoredOut(
            file=str(path), fingerprint=backup.fingerprint, version=backup.manifest.version,
            made_at=backup.manifest.made_at, tables=len(backup.manifest.tables), rows=backup.manifest.rows,
            migrated=migrated, kept=kept, messages_waiting=waiting,
        )  # fmt: skip


async def undo(found: Logins) -> UndoneOut:
    """Put back what the last restore replaced, brought up to date; a second undo takes that back. Raises NothingKept."""
    async with aside.alone(found) as run:
        if not (schemas := await aside.kept(run)):
            raise NothingKept()
        kept = await aside.set_aside(run)
        await aside.bring_back(run, schemas[0])
        migrated = await _bring_up_to_date(run, found)
        await _record("database.put_back", file="", fingerprint="", kept=kept)
    return UndoneOut(back=schemas[0], migrated=migrated, kept=kept)


async def discard(found: Logins) -> list[str]:
    """Drop every database that restores have kept; their schemas. The service may run. One at a time: each holds many locks."""
    gone: list[str] = []
    while True:
        async with aside.owning(found) as run:
            if not (schemas := await aside.kept(run)):
                return gone
            await aside.discard(run, schemas[-1])
            gone.append(schemas[-1])


async def _verify(backup: Reading, told: Told, *, fingerprint: str | None) -> None:
    """All of the file, before anything is touched."""
    if fingerprint and fingerprint.lower() != backup.fingerprint:
        raise OtherPrint(file=backup.file, found=backup.fingerprint)
    check_known(backup.manifest, known(), file=backup.file)
    done = 0
    for table, size in check(backup):
        done += size
        told(_("vérification : {table}").format(table=table.name), done, backup.manifest.size)
        await asyncio.sleep(0)  # an interruption is seen


async def _load(run: Any, backup: Reading, told: Told) -> None:
    """Make the tables of the file's version, and fill them. Read again, the file is compared again."""
    manifest = backup.manifest
    await run_migrations(run, manifest.migrations)
    made = {one.table: sorted(one.columns) for one in await catalogue.tables(run)}
    if made != {table.name: sorted(table.columns) for table in manifest.tables}:
        raise Damaged(file=backup.file, where="manifest.json")
    await run.execute(f"TRUNCATE {', '.join(map(quoted, made))}")  # the first rows of migrations: the file has its own
    rest = await catalogue.rest(run)
    for statement in rest.remove:
        await run.execute(statement)
    done = 0

    async def rows(table: TableOut) -> AsyncIterator[bytes]:
        nonlocal done
        for block in backup.blocks(table):
            yield block
            done += len(block)
            told(_("chargement : {table}").format(table=table.name), done, manifest.size)

    for table in manifest.tables:
        copied = run.copy_to_table(
            table.name, schema_name="public", columns=table.columns, source=rows(table), format="text"
        )
        status = await _while_connected(run, copied)
        if int(status.split()[-1]) != table.rows:
            raise Damaged(file=backup.file, where=f"tables/{table.name}")
    for made_again, statement in enumerate(rest.make):
        told(_("clés et index"), made_again, len(rest.make))
        await run.execute(statement)
    if set(await ran(run)) != set(manifest.migrations) or (await catalogue.rest(run)).names != rest.names:
        raise Damaged(file=backup.file, where="manifest.json")
    await catalogue.advance_sequences(run)


async def _while_connected(run: Any, copied: Coroutine[Any, Any, str]) -> str:
    """The answer to a COPY; asyncpg would wait for ever for a server that went while its buffers were full."""
    task = asyncio.create_task(copied)
    try:
        while not (await asyncio.wait({task}, timeout=1))[0]:
            if run.is_closed():
                raise asyncpg.ConnectionDoesNotExistError(_("la base s'est arrêtée"))
        return await task
    finally:
        task.cancel()


async def _bring_up_to_date(run: Any, found: Logins) -> int:
    """How many migrations ran over what is in `public`; policies and grants are those of this code."""
    before = await ran(run)
    await run_migrations(run)
    await secure(run, web=found.web)
    return len(await ran(run)) - len(before)


async def _messages(run: Any, *, cancel: bool) -> int:
    """How many messages wait to be sent."""
    waiting = "sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"
    if cancel:
        await run.execute(f"UPDATE outbox SET cancelled_at = now() WHERE {waiting}")
    return int(await run.fetchval(f"SELECT count(*) FROM outbox WHERE {waiting}"))


async def _record(what: str, **after: str) -> None:
    """The journal says so: what follows in it happened after."""
    await record(system(), what, kind="database", subject="inventory", after=after)


async def _analyze(run: Any) -> None:
    names = ", ".join(quoted(one.table) for one in await catalogue.tables(run))
    await run.execute(f"ANALYZE {names}")
