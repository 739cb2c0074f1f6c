"""A database for the test run (`tests/databases.py`), one copy a process; each `db` test is rolled back."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
os.environ["INVENTORY_DATA_DIR"] = str(ROOT / ".cache" / "test-postgres")
# Out of the way of what the tests start, so that none of it writes in the database that the addresses name. The processes of a
# parallel run inherit the environment, and find them there.
GIVEN: dict[str, str] = {}
for _name in ("INVENTORY_DATABASE_URL", "INVENTORY_OWNER_DATABASE_URL"):
    if _url := os.environ.pop(_name, None) or os.environ.get(f"TESTED_{_name}"):
        GIVEN[_name] = os.environ[f"TESTED_{_name}"] = _url

from kit import embedded  # noqa: E402
from kit.actor import system  # noqa: E402
from kit.cluster import Logins  # noqa: E402
from kit.database import engine, transaction, use_login  # noqa: E402
from kit.settings import settings  # noqa: E402
from tests import databases  # noqa: E402


def pytest_sessionstart(session: pytest.Session) -> None:
    """A server that cannot serve the tests ends the run at once."""
    if hasattr(session.config, "workerinput"):
        return  # the process that started this one has asked
    try:
        if place := databases.ordinary(GIVEN):
            asyncio.run(databases.check(place))
    except databases.Unfit as unfit:
        pytest.exit(str(unfit), returncode=2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m database`: what asks the run's own databases, whichever server holds them."""
    for item in items:
        if "logins" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Place]:
    """Where this run makes its databases; the embedded server stays up for the other processes that use it."""
    if found := databases.ordinary(GIVEN):
        yield found
        return
    with embedded.server(settings().data_dir) as running:
        yield asyncio.run(databases.embedded(running))


@pytest.fixture(scope="session")
def logins(postgres: databases.Place) -> Iterator[Logins]:
    """Addresses of a fresh, migrated database of this process."""
    name = asyncio.run(databases.make(postgres))
    found = postgres.logins(name)
    use_login(found.web_url)
    yield found
    asyncio.run(databases.drop(postgres, name))


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
async def committed(postgres: databases.Place, logins: Logins, pool: None) -> AsyncIterator[None]:
    """A database of the test's own, for real races: what it commits is seen by no other test."""
    async with _own_database(postgres, logins):
        yield


@pytest.fixture(scope="module")
async def committed_by_all(postgres: databases.Place, logins: Logins, pool: None) -> AsyncIterator[None]:
    """A database for the tests of one file, which empty the tables that they fill. None of them uses `db`."""
    async with _own_database(postgres, logins):
        yield


@asynccontextmanager
async def _own_database(postgres: databases.Place, logins: Logins) -> AsyncIterator[None]:
    await engine().close_connection_pool()
    name = await databases.make(postgres)
    await _connect(postgres.logins(name))
    yield
    await engine().close_connection_pool()
    await _connect(logins)
    await databases.drop(postgres, name)


async def _connect(found: Logins) -> None:
    use_login(found.web_url)
    await engine().start_connection_pool(min_size=1, max_size=10)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The published files. Absent: the test is skipped, and says so."""
    if not SHARED.is_dir():
        pytest.skip(f"the published files are not in {SHARED}: not tested here")
    return SHARED


@pytest.fixture(scope="session")
def application() -> Any:
    """The application, made once: it keeps nothing from one request to the next. Its lifespan is the tests' own."""
    from app.asgi import create_app

    return create_app(lifespan=False)


@pytest.fixture
async def client(db: None, application: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this task, so that it sees the test's transaction; nobody is signed in."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.local") as found:
        yield found
