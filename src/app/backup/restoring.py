"""`restore`: a checked file becomes the database, in one transaction of the owner.

Aside is a transaction: nobody sees what it makes before its end, and an interruption at any moment leaves the old database. Within
it our tables move to a schema of their own, the migrations of the file's version make empty ones, the rows are loaded, and the
migrations that are newer than the file run over them. The commit swaps. Nothing in the file is ever run: it holds rows only.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from app.backup import catalogue
from app.backup.archive import Reading, check, reading
from app.backup.catalogue import quoted
from app.backup.operations import TEXT, Told
from app.backup.rules import Damaged, OtherPrint, check_known
from kit.actor import system
from kit.cli import a_connection
from kit.clock import MONTREAL, now
from kit.cluster import Logins
from kit.database import engine, use_login
from kit.errors import Conflict, Refused
from kit.events import record
from kit.i18n import _, lazy
from kit.migrating import SERVING, known, migrating, ran, run_migrations, secure

KEPT = "before_restore_"


class Serving(Conflict):
    sentence = lazy("Le service tourne sur cette base. Arrêtez-le partout, puis recommencez. Rien n'a été changé.")


class InUse(Conflict):
    sentence = lazy(
        "Quelqu'un se sert de la base (une commande, une sauvegarde, un autre outil). Attendez qu'il ait fini, puis recommencez."
        " Rien n'a été changé."
    )


class Failed(Refused):
    sentence = lazy("La restauration n'a pas abouti ({reason}). La base est restée comme elle était.")


class NoOwner(Refused):
    sentence = lazy(
        "Donnez l'accès propriétaire dans INVENTORY_OWNER_DATABASE_URL pour restaurer. Rien n'a été changé."
    )


class RestoredOut(msgspec.Struct, kw_only=True):
    """What was put back. `migrated`: how many migrations ran over it; `kept`: schema of what was there before, or empty."""

    file: str
    fingerprint: str
    version: str
    made_at: Any
    tables: int
    rows: int
    migrated: int
    kept: str
    messages_waiting: int


async def restore(
    found: Logins, path: Path, told: Told, *, fingerprint: str | None = None, discard_old: bool = False
) -> RestoredOut:
    """Replace the database by a backup. Raises what `reading` does, OtherPrint, Serving, InUse, NoOwner, Failed."""
    with reading(path) as backup:
        if fingerprint and fingerprint.lower() != backup.fingerprint:
            raise OtherPrint(file=path, found=backup.fingerprint)
        check_known(backup.manifest, known(), file=str(path))
        done, total = 0, backup.manifest.size
        for table, size in check(backup):
            done += size
            told(_("vérification : {table}").format(table=table.name), done, total)
        async with _alone(found) as run:
            kept = await _set_aside(run)
            await _load(run, backup, told)
            await catalogue.advance_sequences(run)
            before = await ran(run)
            await run_migrations(run)
            await secure(run, web=found.web)
            await _record(backup, path)
            if discard_old:
                kept = await discard(run)
            await run.execute("ANALYZE")
            return RestoredOut(
                file=str(path), fingerprint=backup.fingerprint, version=backup.manifest.version,
                made_at=backup.manifest.made_at, tables=len(backup.manifest.tables), rows=backup.manifest.rows,
                migrated=len(await ran(run)) - len(before), kept=kept, messages_waiting=await _waiting(run),
            )  # fmt: skip


@asynccontextmanager
async def _alone(found: Logins) -> AsyncIterator[Any]:
    """The owner's transaction, with nobody else at our tables until it ends."""
    if found.owner_url is None:
        raise NoOwner()
    use_login(found.owner_url)
    async with a_connection():  # says so when it cannot
        pass
    try:
        async with migrating(engine(), owner=found.owner, web=found.web) as run:
            if not await run.fetchval("SELECT pg_try_advisory_xact_lock($1)", SERVING):
                raise Serving()
            # A killed restore frees the tables at once, not at the end of the index that the server was making.
            await run.execute(f"SET LOCAL client_connection_check_interval = '1s'; {TEXT}")
            if tables := await catalogue.tables(run):
                names = ", ".join(f"public.{quoted(one.table)}" for one in tables)
                await run.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
            yield run
    except asyncpg.LockNotAvailableError as error:
        raise InUse() from error
    except asyncpg.DeadlockDetectedError as error:
        raise InUse() from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise Failed(reason=str(error) or type(error).__name__) from error


async def _set_aside(run: Any) -> str:
    """Move our tables and functions, and nothing else of `public`, to a schema that only the owner reads; its name, or empty."""
    tables, functions = await catalogue.tables(run), await catalogue.functions(run)
    if not tables:
        return ""
    schema = f"{KEPT}{now().astimezone(MONTREAL):%Y%m%d_%H%M%S}"
    await run.execute(f"CREATE SCHEMA {schema}")
    await _move(run, tables, functions, from_schema="public", to_schema=schema)
    return schema


async def _move(
    run: Any, tables: Collection[catalogue.Columns], functions: Collection[str], *, from_schema: str, to_schema: str
) -> None:
    for one in tables:  # with their indexes, constraints, sequences and policies
        await run.execute(f"ALTER TABLE {from_schema}.{quoted(one.table)} SET SCHEMA {to_schema}")
    for function in functions:
        await run.execute(f"ALTER ROUTINE {function} SET SCHEMA {to_schema}")


async def _load(run: Any, backup: Reading, told: Told) -> None:
    """Make the tables of the file's version, and fill them."""
    manifest = backup.manifest
    await run_migrations(run, manifest.migrations)
    made = {one.table: sorted(one.columns) for one in await catalogue.tables(run)}
    if made != {table.name: sorted(table.columns) for table in manifest.tables}:
        raise Damaged(file=backup.file, where="manifest.json")
    names = ", ".join(f"public.{quoted(table)}" for table in made)
    await run.execute(f"TRUNCATE {names}")  # the first rows of migrations: the file has its own
    rest = await catalogue.rest(run)
    for statement in rest.remove:
        await run.execute(statement)
    done = 0
    for table in manifest.tables:

        async def blocks(of: Any = table) -> AsyncIterator[bytes]:
            nonlocal done
            for block in backup.blocks(of):
                done += len(block)
                told(_("chargement : {table}").format(table=of.name), done, manifest.size)
                yield block

        status = await run.copy_to_table(table.name, schema_name="public", columns=table.columns, source=blocks())
        if int(status.split()[-1]) != table.rows:
            raise Damaged(file=backup.file, where=f"tables/{table.name}")
    for statement in rest.make:
        told(_("clés et index"), manifest.size, manifest.size)
        await run.execute(statement)
    if set(await ran(run)) != set(manifest.migrations) or (await catalogue.rest(run)).names != rest.names:
        raise Damaged(file=backup.file, where="manifest.json")


async def discard(run: Any) -> str:
    """Drop what earlier restores kept; the empty name of what is kept now."""
    for (schema,) in await run.fetch(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1", f"{KEPT}%".replace("_", r"\_")
    ):
        await run.execute(f"DROP SCHEMA {quoted(schema)} CASCADE")
    return ""


async def _record(backup: Reading, path: Path) -> None:
    """The journal says so: what follows in it happened after the restore."""
    after = {"file": path.name, "fingerprint": backup.fingerprint, "made_at": backup.manifest.made_at}
    await record(system(), "database.restored", kind="database", subject="inventory", after=after)


async def _waiting(run: Any) -> int:
    return int(
        await run.fetchval(
            "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"
        )
    )
