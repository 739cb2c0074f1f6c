"""A database for the test run: the embedded server, a migrated template, one copy a process; each `db` test is rolled back."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
os.environ["INVENTORY_DATA_DIR"] = str(ROOT / ".cache" / "test-postgres")

from kit import embedded  # noqa: E402
from kit.actor import system  # noqa: E402
from kit.cluster import Logins, addresses, prepare  # noqa: E402
from kit.database import engine, transaction, use_login  # noqa: E402
from kit.migrating import migrate  # noqa: E402
from kit.settings import settings  # noqa: E402


def _schema_hash() -> str:
    """What the schema is made of; another hash, another template."""
    sources = [*ROOT.glob("migrations/*/*.py"), *ROOT.glob("src/**/tables.py"), *ROOT.glob("src/kit/*.py")]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


async def _admin(server: embedded.Server, *statements: str) -> None:
    connection = await asyncpg.connect(
        host=server.socket_dir, port=5432, user="postgres", password=server.password, database="postgres"
    )
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _template(server: embedded.Server) -> str:
    """A migrated database that nobody writes to; made by the first process that asks, the others wait."""
    name = f"template_{_schema_hash()}"
    lock = await asyncpg.connect(
        host=server.socket_dir, port=5432, user="postgres", password=server.password, database="postgres"
    )
    try:
        await lock.execute("SELECT pg_advisory_lock(7119999)")
        if await lock.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return name
        half = f"half_{uuid4().hex}"
        await prepare(server, half)
        found = addresses(server, half)
        assert found.owner_url
        use_login(found.owner_url)
        await migrate(engine(), owner=found.owner, web=found.web)
        await lock.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
        return name
    finally:
        await lock.close()


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Server]:
    """The embedded server of the test run; it stays up for the other processes that use it."""
    with embedded.server(settings().data_dir) as running:
        yield running


@pytest.fixture(scope="session")
def logins(server: embedded.Server) -> Iterator[Logins]:
    """Addresses of a fresh, migrated database of this process."""

    name = f"test_{uuid4().hex}"

    async def make() -> None:
        await prepare(server, name, template=await _template(server))

    asyncio.run(make())
    found = addresses(server, name)
    use_login(found.web_url)
    yield found
    asyncio.run(_admin(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
async def pool(logins: Logins) -> AsyncIterator[None]:
    """The web login's connections."""

    await engine().start_connection_pool(min_size=1, max_size=10)
    yield
    await engine().close_connection_pool()


class _Undo(Exception):
    pass


@pytest.fixture
async def db(pool: None) -> AsyncIterator[None]:
    """The test runs inside one transaction, which is rolled back."""
    try:
        async with transaction(system()):
            yield
            raise _Undo
    except _Undo:
        pass


@pytest.fixture
async def committed(server: embedded.Server, logins: Logins, pool: None) -> AsyncIterator[None]:
    """A database of the test's own, for real races: what it commits is seen by no other test."""
    name = f"test_{uuid4().hex}"
    await prepare(server, name, template=await _template(server))
    await _connect(addresses(server, name))
    yield
    await _connect(logins)
    await _admin(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _connect(found: Logins) -> None:
    await engine().close_connection_pool()
    use_login(found.web_url)
    await engine().start_connection_pool(min_size=1, max_size=10)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The published files. Absent: the test is skipped, and says so."""
    if not SHARED.is_dir():
        pytest.skip(f"the published files are not in {SHARED}: not tested here")
    return SHARED


@pytest.fixture
async def client(db: None) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this task, so that it sees the test's transaction; nobody is signed in."""
    from app.asgi import create_app

    app: Any = create_app(lifespan=False)  # Litestar is not assignable to the type that httpx names
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.local") as found:
        yield found
