"""The database that a restore replaces: its tables and functions, in a schema of their own that only the owner reads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.backup import catalogue
from app.backup.catalogue import quoted
from app.backup.operations import TEXT
from app.backup.rules import Failed, InUse, NoOwner, Serving, Unsure
from kit.cli import same_database
from kit.clock import now
from kit.cluster import Logins
from kit.database import engine, use_login
from kit.migrating import SERVING, migrating

KEPT = "before_restore_"
LOST = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, OSError)


@asynccontextmanager
async def alone(found: Logins) -> AsyncIterator[Any]:
    """The owner's transaction, with nobody else at our tables until it ends. Raises Serving, InUse, and what `owning` raises."""
    async with owning(found) as run:
        if not await run.fetchval("SELECT pg_try_advisory_xact_lock($1)", SERVING):
            raise Serving()
        if tables := await catalogue.tables(run):
            names = ", ".join(f"public.{quoted(one.table)}" for one in tables)
            await run.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
        yield run


@asynccontextmanager
async def owning(found: Logins) -> AsyncIterator[Any]:
    """The owner's transaction. Raises NoOwner, InUse, Failed, Unsure."""
    if found.owner_url is None:
        raise NoOwner()
    await same_database(found)
    use_login(found.owner_url)
    is_done = False
    try:
        async with migrating(engine(), owner=found.owner, web=found.web) as run:
            # A killed restore frees the tables at once, not at the end of the index that the server is making.
            await run.execute(
                f"SET LOCAL search_path = public; SET LOCAL client_connection_check_interval = '1s'; {TEXT}"
            )
            yield run
            is_done = True
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
        raise InUse() from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if is_done and isinstance(error, LOST):
            raise Unsure() from error  # the answer to COMMIT did not come
        raise Failed(reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    """What PostgreSQL says, and its advice; not its detail, which may quote a row."""
    said = (str(error) or type(error).__name__).splitlines()[0]
    return " ".join(filter(None, (said, getattr(error, "hint", None))))


async def set_aside(run: Any) -> str:
    """Move ours, and nothing else of `public`, to a new schema; its name, or empty where there was nothing."""
    if not await catalogue.tables(run):
        return ""
    schema = f"{KEPT}{now():%Y%m%d_%H%M%S_%f}"
    await run.execute(f"CREATE SCHEMA {schema}")
    await _move(run, from_schema="public", to_schema=schema)
    return schema


async def bring_back(run: Any, schema: str) -> None:
    """Move what was kept in `schema` back to `public`, where there is nothing of ours."""
    await _move(run, from_schema=schema, to_schema="public")
    await run.execute(f"DROP SCHEMA {schema}")


async def _move(run: Any, *, from_schema: str, to_schema: str) -> None:
    tables = await catalogue.tables(run, schema=from_schema)
    functions = await catalogue.functions(run, schema=from_schema)
    for one in tables:  # with their indexes, constraints, sequences and policies
        await run.execute(f"ALTER TABLE {from_schema}.{quoted(one.table)} SET SCHEMA {to_schema}")
    for function in functions:
        await run.execute(f"ALTER ROUTINE {from_schema}.{function} SET SCHEMA {to_schema}")


async def kept(run: Any) -> list[str]:
    """Schemas of replaced databases, the last one first."""
    rows = await run.fetch(
        "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1) AND nspowner = current_user::regrole ORDER BY 1 DESC",
        KEPT,
    )
    return [row[0] for row in rows]


async def discard(run: Any, schema: str) -> None:
    """Drop what was kept in `schema`."""
    await run.execute(f"DROP SCHEMA {quoted(schema)} CASCADE")
