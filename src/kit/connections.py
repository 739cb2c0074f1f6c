"""The engine of this process, its login, its connections; what is said when the server is gone."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from kit.errors import Refused
from kit.i18n import lazy
from kit.settings import settings

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")  # where Piccolo's tables look for the engine below

CONNECT_SECONDS = 10
_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# The last one: the server's farewell came while the connection was idle, and the driver no longer knows where it stands.
_CUT = (
    asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.InternalClientError,
)  # fmt: skip
log = structlog.get_logger()


class Unavailable(Refused):
    """The server is gone, or does not let us in. What was asked is not done, unless the cut fell on its very last moment."""

    status = 503
    title = lazy("Service interrompu")
    sentence = lazy(
        "La base de données ne répond pas en ce moment. Réessayez dans un instant; regardez d'abord si votre dernier changement"
        " est inscrit."
    )


class DiskFull(Refused):
    status = 503
    title = lazy("Espace épuisé")
    sentence = lazy(
        "Le disque de la base de données est plein : rien n'a été enregistré. Demandez à la personne qui exploite le service de"
        " faire de la place, puis réessayez."
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


class _Connection(asyncpg.Connection):
    """Of the pool. Nothing set in it outlives a transaction (no LISTEN, no session's lock or setting), so that PgBouncer may
    stand between; the driver's reset at each return would clear nothing, and costs a round trip.
    """

    def get_reset_query(self) -> str:
        return ""


def engine() -> Engine:
    """The engine of this process."""
    return _engine


def use_login(url: str) -> None:
    """Connect as this login from now on. Only while no pool is open."""
    if _engine.pool is not None:
        raise RuntimeError("close the pool before another login is used")
    _engine.config = {"dsn": url, "statement_cache_size": settings().statement_cache}


@asynccontextmanager
async def pool(*, size: int) -> AsyncIterator[None]:
    """Connections for the block; queries over `INVENTORY_SLOW_QUERY_MS` are logged without their values.

    None is made before it is needed: a process that starts while the database is away serves as soon as it is back.
    """
    await engine().start_connection_pool(
        min_size=0, max_size=size, init=_watch, timeout=CONNECT_SECONDS, connection_class=_Connection
    )
    try:
        yield
    finally:
        await engine().close_connection_pool()


async def own_connection() -> Any:
    """A connection outside the pool, for as long as its caller keeps it. Raises Unavailable."""
    try:
        return await asyncpg.connect(**engine().config, timeout=CONNECT_SECONDS)
    except (OSError, *_DRIVER) as error:
        raise _unavailable(error) from error


def connections() -> tuple[int, int]:
    """Open connections of this process's pool, and how many of them are idle."""
    found = _engine.pool
    return (found.get_size(), found.get_idle_size()) if found else (0, 0)


_tell_slow: Callable[[], None] | None = None


def on_slow_query(tell: Callable[[], None] | None) -> None:
    """Call `tell` at each slow query, besides the log."""
    global _tell_slow
    _tell_slow = tell


async def _watch(connection: Any) -> None:
    if limit := settings().slow_query_ms:

        def slow(query: Any) -> None:
            if query.elapsed * 1000 >= limit:
                if _tell_slow:
                    _tell_slow()
                log.warning(
                    "slow query", milliseconds=round(query.elapsed * 1000), query=" ".join(query.query.split())[:500]
                )

        connection.add_query_logger(slow)


def _unavailable(error: BaseException) -> Refused:
    log.warning("database unreachable", error=type(error).__name__, reason=str(error)[:200])
    return DiskFull() if isinstance(error, asyncpg.DiskFullError) else Unavailable()


class Transaction(PostgresTransaction):
    """Piccolo's transaction, but a failed COMMIT gives the connection back (traps: top of the page, 1)."""

    async def __aenter__(self) -> "Transaction":
        try:
            self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        except (OSError, *_DRIVER) as error:  # TimeoutError is one
            raise _unavailable(error) from error
        try:
            # Whoever has waited for a row must see it as it has become, whatever the server's own default is.
            self.transaction = self.connection.transaction(isolation="read_committed")
            await self.begin()  # type: ignore[no-untyped-call]
        except BaseException as error:
            await self._release()
            if self._lost(error):
                raise _unavailable(error) from error
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        try:
            if exception is None:
                await self.commit()  # type: ignore[no-untyped-call]
            elif not self._gone():
                await self.rollback()  # type: ignore[no-untyped-call]
        except _DRIVER as error:
            exception = exception or error
            if not self._lost(error):
                raise
        finally:
            lost = self._lost(exception)
            self.engine.current_transaction.reset(self.context)
            await self._release()
        if lost:
            raise _unavailable(exception) from exception
        return False

    def _lost(self, error: BaseException | None) -> bool:
        """Whether `error` is the driver's word for a connection that is no more."""
        return isinstance(error, _CUT) or (isinstance(error, _DRIVER) and self._gone())

    def _gone(self) -> bool:
        try:
            return bool(self.connection.is_closed())
        except asyncpg.InterfaceError:  # the pool took it back when it was cut
            return True

    async def _release(self) -> None:
        with suppress(*_DRIVER):  # of a connection that was cut; the pool has dropped it all the same
            if self.engine.pool:
                await self.engine.pool.release(self.connection)
            else:
                await self.connection.close()
