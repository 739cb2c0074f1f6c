"""The database: one engine, and `transaction(who)`, the only way to it.

Every operation and query runs in one PostgreSQL transaction that starts by setting the caller's scope (a role and the codes that
row-level security compares). A nested call is a savepoint, and the outer scope comes back when it ends.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg
import structlog
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from kit.actor import Actor
from kit.errors import Conflict, Refused, for_constraint
from kit.i18n import lazy
from kit.settings import settings

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")  # where Piccolo's tables look for the engine below

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


class Engine(PostgresEngine):
    """Piccolo's engine; making it asks the server nothing."""

    def __init__(self) -> None:
        super().__init__(config={}, extensions=())

    async def check_version(self) -> None:
        """The version is checked by `migrate`."""

    async def prep_database(self) -> None:
        """No extension is needed."""


# One for the life of the process: Piccolo's tables keep the first engine that they find, and a second one, for the owner,
# would leave them working past row-level security.
_engine = Engine()


def engine() -> Engine:
    """The engine of this process."""
    return _engine


def use_login(url: str) -> None:
    """Connect as this login from now on. Only while no pool is open."""
    if _engine.pool is not None:
        raise RuntimeError("close the pool before another login is used")
    _engine.config = {"dsn": url}


@asynccontextmanager
async def pool(*, size: int) -> AsyncIterator[None]:
    """Connections for the block; queries over `INVENTORY_SLOW_QUERY_MS` are logged without their values."""
    await engine().start_connection_pool(min_size=1, max_size=size, init=_watch)
    try:
        yield
    finally:
        await engine().close_connection_pool()


async def _watch(connection: Any) -> None:
    if limit := settings().slow_query_ms:

        def slow(query: Any) -> None:
            if query.elapsed * 1000 >= limit:
                log.warning(
                    "slow query", milliseconds=round(query.elapsed * 1000), query=" ".join(query.query.split())[:500]
                )

        connection.add_query_logger(slow)


class _Transaction(PostgresTransaction):
    """Piccolo's transaction, but a failed COMMIT gives the connection back (traps: top of the page, 1)."""

    async def __aenter__(self) -> "_Transaction":
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        try:
            self.transaction = self.connection.transaction()
            await self.begin()  # type: ignore[no-untyped-call]
        except BaseException:
            await self._release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        try:
            if exception is None:
                await self.commit()  # type: ignore[no-untyped-call]
            else:
                await self.rollback()  # type: ignore[no-untyped-call]
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._release()
        return False

    async def _release(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


@asynccontextmanager
async def transaction(who: Actor) -> AsyncIterator[None]:
    """One transaction in the scope of `who`: commit on success, roll back on any error. Nested: a savepoint.

    Driver errors become domain errors here: a broken constraint by its name, a deadlock as `Busy`.
    """
    wanted = (who.scope.value, who.board or "", ",".join(who.schools), who.key)
    outer = engine().current_transaction.get()
    try:
        if outer is None:
            async with _Transaction(engine()) as started:
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
