"""A server of the bench's own, in a folder that goes away with it: never the user's data."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from kit import embedded
from kit.cli import migrate_with
from kit.cluster import OWNER, WEB, addresses, make_database, prepare
from kit.database import engine, pool, use_login


class Scratch:
    """Databases on the bench's server, each a copy of another."""

    def __init__(self, server: embedded.Server) -> None:
        self._server, self._numbers, self._is_migrated = server, count(), False

    async def new(self, *, like: str | None = None) -> str:
        """A database, the copy of one or empty and migrated; its name."""
        name = f"bench_{next(self._numbers)}"
        template = like or await self._migrated()
        async with self._administering() as admin:
            await make_database(admin, name, owner=OWNER, web=WEB, template=template)
        return name

    async def _migrated(self) -> str:
        name = "bench_empty"
        if not self._is_migrated:
            await prepare(self._server, name)
            await migrate_with(addresses(self._server, name))
            self._is_migrated = True
        return name

    async def drop(self, name: str) -> None:
        async with self._administering() as admin:
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def using(self, name: str) -> AsyncIterator[None]:
        """The web login's connection to a database, for the block."""
        use_login(addresses(self._server, name).web_url)
        async with pool(size=1):
            yield

    @asynccontextmanager
    async def owning(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """The owner's connection, which row-level security does not concern: to fill tables and analyse them."""
        url = addresses(self._server, name).owner_url
        owner = await asyncpg.connect(url)
        try:
            yield owner
        finally:
            await owner.close()

    async def version(self) -> str:
        async with self._administering() as admin:
            return str(await admin.fetchval("SHOW server_version"))

    @asynccontextmanager
    async def _administering(self) -> AsyncIterator[asyncpg.Connection]:
        admin = await asyncpg.connect(
            host=self._server.socket_dir,
            port=5432,
            user="postgres",
            password=self._server.password,
            database="postgres",
        )
        try:
            yield admin
        finally:
            await admin.close()


@asynccontextmanager
async def by_hand() -> AsyncIterator[Any]:
    """The service's own connection, in a transaction of plain asyncpg, under the role that the service gives the system."""
    opened = engine().pool
    assert opened is not None
    async with opened.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('role', 'scope_system', true)")
        yield connection


@contextmanager
def scratch_server() -> Iterator[Scratch]:
    """Enter before any event loop starts (`kit.embedded`)."""
    with TemporaryDirectory(prefix="inv-bench-") as folder, embedded.server(Path(folder)) as server:
        yield Scratch(server)
