"""The database: one engine, and `transaction(who)`, the only way to it.

Every operation and query runs in one PostgreSQL transaction that starts by setting the caller's scope (a role and the codes that
row-level security compares). A nested call is a savepoint, and the outer scope comes back when it ends.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg
import structlog

from kit.actor import Actor
from kit.connections import (
    DiskFull,
    Engine,
    Transaction,
    Unavailable,
    connections,
    engine,
    on_slow_query,
    pool,
    use_login,
)
from kit.errors import Conflict, Refused, for_constraint
from kit.i18n import lazy

__all__ = [
    "Busy", "DiskFull", "Engine", "OutOfRange", "OutsideTransaction", "Unavailable", "Unreadable", "connection", "connections",
    "copy", "engine", "execute", "fetch", "fetch_as", "fetch_one", "fetch_value", "on_slow_query", "pool", "transaction",
    "use_login",
]  # fmt: skip

T = TypeVar("T")
log = structlog.get_logger()

_scope: ContextVar[tuple[str, str, str, str] | None] = ContextVar("scope", default=None)


class OutsideTransaction(RuntimeError):
    """A statement was run outside `transaction(who)`: a programming error, never shown to a person."""


class Busy(Conflict):
    sentence = lazy("Deux demandes se sont croisées; rien n'a été changé. Réessayez.")


class Unreadable(Refused):
    sentence = lazy("Un texte reçu contient un signe illisible (le caractère nul). Retirez-le, puis réessayez.")


class OutOfRange(Refused):
    sentence = lazy(
        "Une valeur reçue ne se lit pas ou sort des limites (nombre, date, clé). Corrigez-la, puis réessayez."
    )


@asynccontextmanager
async def transaction(who: Actor, *, snapshot: bool = False) -> AsyncIterator[None]:
    """One transaction in the scope of `who`: commit on success, roll back on any error. Nested: a savepoint.

    `snapshot`: all its statements see the data of one moment; for what reads much and changes nothing that others change.
    Driver errors become domain errors here: a broken constraint by its name, a deadlock as `Busy`.
    """
    wanted = (who.scope.value, who.board or "", ",".join(who.schools), who.key)
    outer = engine().current_transaction.get()
    try:
        if outer is None:
            async with Transaction(engine()) as started:
                if snapshot:
                    await started.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                await _enter(started.connection, wanted)
                mark = _scope.set(wanted)
                try:
                    yield
                finally:
                    _scope.reset(mark)
        else:
            async with _savepoint(outer.connection, wanted):
                yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise for_constraint(error.constraint_name) from error
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError) as error:
        raise Busy() from error
    except asyncpg.DiskFullError as error:
        log.error("the database's disk is full", reason=str(error)[:200])
        raise DiskFull() from error
    except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as error:
        # U+0000: a request may hold it, PostgreSQL's text and jsonb cannot.
        raise Unreadable() from error
    except asyncpg.DataError as error:
        # Schemas say what is wrong and where; this is for what they let through, and a fault of ours if it was no one's input.
        log.warning("a value was refused by the database", error=type(error).__name__)  # the text holds the value
        raise OutOfRange() from error


@asynccontextmanager
async def _savepoint(connection: Any, wanted: tuple[str, str, str, str]) -> AsyncIterator[None]:
    before = _scope.get()
    async with connection.transaction():
        if wanted != before:
            await _enter(connection, wanted)
        mark = _scope.set(wanted)
        try:
            yield
        finally:
            _scope.reset(mark)
        # RELEASE keeps what was set inside; ROLLBACK TO puts it back by itself.
        if wanted != before and before is not None:
            await _enter(connection, before)


async def _enter(connection: Any, scope: tuple[str, str, str, str]) -> None:
    await connection.fetchrow(
        "SELECT set_config('role', $1, true), set_config('app.board', $2, true),"
        " set_config('app.schools', $3, true), set_config('app.actor', $4, true)",
        *scope,
    )


def connection() -> Any:
    """The asyncpg connection of the transaction that runs now. Raises OutsideTransaction."""
    if (current := engine().current_transaction.get()) is None:
        raise OutsideTransaction("use `async with transaction(who)`")
    return current.connection


async def fetch(sql: str, *args: Any) -> list[Any]:
    """Rows of a hand-written query (`$1` placeholders), for queries.py."""
    return await connection().fetch(sql, *args)  # type: ignore[no-any-return]


async def fetch_as(shape: type[T], sql: str, *args: Any) -> list[T]:
    """Rows as Structs whose fields are the query's columns."""
    return [shape(**row) for row in await connection().fetch(sql, *args)]


async def fetch_one(sql: str, *args: Any) -> Any | None:
    """The first row, or None."""
    return await connection().fetchrow(sql, *args)


async def fetch_value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    return await connection().fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run a statement; the number of rows that it touched (0 for what counts none)."""
    status: str = await connection().execute(sql, *args)
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


async def copy(table: str, columns: Sequence[str], records: Any) -> None:
    """COPY records into a temporary table. PostgreSQL refuses it where row-level security is on: stage, then insert."""
    await connection().copy_records_to_table(table, columns=list(columns), records=records)
