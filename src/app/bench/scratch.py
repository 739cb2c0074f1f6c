"""A server of the bench's own, in a folder of its own: never the user's data."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from kit import embedded
from kit.cli import migrate_with
from kit.cluster import OWNER, WEB, addresses, make_database, prepare
from kit.database import engine, pool, use_login
from kit.errors import Refused
from kit.i18n import lazy

WORK = "bench_work"  # what a run leaves when it is killed, the next one sweeps


class BenchRuns(Refused):
    sentence = lazy(
        "Un autre bench travaille dans ce dossier : attendez qu'il finisse, ou donnez-en un autre par « --dir »."
    )


class Scratch:
    """Databases on the bench's server: kept ones, and those of a run, each a copy of another."""

    def __init__(self, server: embedded.Server, folder: Path) -> None:
        self.folder = folder
        self._server, self._number, self._is_migrated = server, 0, False

    async def new(self, *, like: str | None = None) -> str:
        """A database for this run, the copy of one or empty and migrated; its name."""
        template = like or await self._migrated()
        self._number += 1
        name = f"{WORK}_{self._number}"
        async with self.administering() as admin:
            await make_database(admin, name, owner=OWNER, web=WEB, template=template)
        return name

    async def _migrated(self) -> str:
        name = f"{WORK}_empty"
        if not self._is_migrated:
            await prepare(self._server, name)
            await migrate_with(addresses(self._server, name))
            self._is_migrated = True
        return name

    async def keep(self, name: str, kept: str, *, key: str) -> None:
        """Keep a database of this run under another name, in the place of what bore it; `key_of` tells its key."""
        await self.drop(kept)
        async with self.administering() as admin:
            await admin.execute(f"COMMENT ON DATABASE \"{name}\" IS '{key}'")
            await admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{kept}"')

    async def key_of(self, kept: str) -> str | None:
        async with self.administering() as admin:
            return await admin.fetchval(  # type: ignore[no-any-return]
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", kept
            )

    async def bytes_of(self, kept: str) -> int:
        async with self.administering() as admin:
            return int(await admin.fetchval("SELECT pg_database_size($1)", kept))

    async def drop(self, name: str) -> None:
        async with self.administering() as admin:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def sweep(self) -> None:
        """Drop what runs have made and not kept."""
        async with self.administering() as admin:
            for row in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"{WORK}%"):
                await admin.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')

    @asynccontextmanager
    async def using(self, name: str, *, size: int = 1) -> AsyncIterator[None]:
        """The web login's connections to a database, for the block."""
        use_login(addresses(self._server, name).web_url)
        async with pool(size=size):
            yield

    @asynccontextmanager
    async def administering(self, name: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        """The superuser's connection, which row-level security does not concern: to fill tables and analyse them."""
        admin = await asyncpg.connect(
            host=self._server.socket_dir, port=5432, user="postgres", password=self._server.password, database=name,
            command_timeout=3600,
        )  # fmt: skip
        try:
            yield admin
        finally:
            await admin.close()

    async def version(self) -> str:
        async with self.administering() as admin:
            return str(await admin.fetchval("SHOW server_version"))


@asynccontextmanager
async def by_hand(*scope: str) -> AsyncIterator[Any]:
    """The service's own connection, in a transaction of plain asyncpg, under the role that the service gives the caller.

    `scope`: role, board, schools (separated by commas) and actor; the system's by default.
    """
    opened = engine().pool
    assert opened is not None
    async with opened.acquire() as connection, connection.transaction():
        await connection.execute(_SCOPE, *(scope or ("scope_system", "", "", "system")))
        yield connection


_SCOPE = (
    "SELECT set_config('role', $1, true), set_config('app.board', $2, true),"
    " set_config('app.schools', $3, true), set_config('app.actor', $4, true)"
)


def default_folder() -> Path:
    """Where the bench's data are kept: a cache, which may be removed at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inventory-bench"


@contextmanager
def scratch_server(folder: Path) -> Iterator[Scratch]:
    """Enter before any event loop starts (`kit.embedded`). Raises BenchRuns."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "bench.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BenchRuns() from error
        with embedded.server(folder) as server:
            yield Scratch(server, folder)
