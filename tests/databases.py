"""Where a test run keeps its databases: the embedded server, or an ordinary one; a migrated template, copied for each process."""

import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import asyncpg

from kit.cluster import Logins, addresses, make_database, prepare
from kit.database import engine, use_login
from kit.embedded import Server
from kit.migrating import migrate

ROOT = Path(__file__).parent.parent
WEB, OWNER = "INVENTORY_DATABASE_URL", "INVENTORY_OWNER_DATABASE_URL"
OURS = "^inventory_(template|half|test)_[0-9]{10}_[0-9a-f]{16}$"  # what for, since when, which
STALE = 2 * 3600  # seconds; a run takes minutes


class Unfit(Exception):
    """The server of the environment cannot serve the tests; a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Place:
    """Three logins by address: one that may make databases, the owner of what it makes, and the web login."""

    maker: str
    owner: str
    web: str

    def logins(self, database: str) -> Logins:
        """The owner's and the web login's addresses of a database here."""
        return Logins(_within(self.web, database), _within(self.owner, database), embedded=False)


def ordinary(environment: Mapping[str, str]) -> Place | None:
    """The server that the environment names by both addresses; None when it names none. Raises Unfit."""
    web, owner = environment.get(WEB), environment.get(OWNER)
    if web and owner:
        return Place(maker=owner, owner=owner, web=web)
    if web or owner:
        raise Unfit(f"Give both {WEB} and {OWNER} to test on a server of yours, or none to test on the embedded one.")
    return None


async def embedded(server: Server) -> Place:
    """The embedded server, its two logins made."""
    await prepare(server, "inventory")
    found = addresses(server, "inventory")
    assert found.owner_url
    superuser = _superuser(server)
    async with _connected(superuser) as run:  # nothing here must outlive a power cut
        for setting in "fsync", "full_page_writes", "synchronous_commit":
            await run.execute(f"ALTER SYSTEM SET {setting} = off")
        await run.execute("SELECT pg_reload_conf()")
    return Place(maker=superuser, owner=found.owner_url, web=found.web_url)


def _superuser(server: Server) -> str:
    return f"postgresql://postgres:{server.password}@/postgres?host={quote(server.socket_dir, safe='')}&port=5432"


async def check(place: Place) -> None:
    """Raises Unfit unless the place answers, is new enough, and lets its maker make databases."""
    try:
        async with _making(place) as run, _connected(place.web):
            version = run.get_server_version().major
            may = await run.fetchval("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            name = await run.fetchval("SELECT current_user")
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unfit(
            f"The server of {WEB} and {OWNER} does not let both logins in: {error or type(error).__name__}"
        ) from error
    if version < 16:
        raise Unfit(f"The server of {OWNER} is PostgreSQL {version}; 16 or later is needed.")
    if not may:
        raise Unfit(
            f"The login '{name}' of {OWNER} may not make databases, which the tests need."
            f' Have an administrator run: ALTER ROLE "{name}" CREATEDB'
        )


async def make(place: Place) -> str:
    """The name of a fresh, migrated database. Only while no pool is open: the template may have to be migrated first."""
    async with _making(place) as run:
        await run.execute("SELECT pg_advisory_lock(7119999)")  # one makes the template, the others wait
        name = _name("test", uuid4().hex[:16])
        found = place.logins(name)
        await make_database(run, name, owner=found.owner, web=found.web, template=await _template(run, place))
        return name


async def drop(place: Place, name: str) -> None:
    """Remove a database."""
    async with _making(place) as run:
        await _drop(run, name)


async def _template(run: Any, place: Place) -> str:
    """A migrated database that nobody writes to, made where there is none of this schema and these logins."""
    key = _schema(place)
    if name := await run.fetchval(
        "SELECT datname FROM pg_database WHERE datname ~ $1 AND datname LIKE $2",
        OURS,
        rf"inventory\_template\_%\_{key}",
    ):
        return str(name)
    await _drop_stale(run, place)
    half, name = _name("half", uuid4().hex[:16]), _name("template", key)
    found = place.logins(half)
    assert found.owner_url
    await make_database(run, half, owner=found.owner, web=found.web)
    use_login(found.owner_url)
    await migrate(engine(), owner=found.owner, web=found.web)
    await run.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    return name


async def _drop_stale(run: Any, place: Place) -> None:
    """Templates of other schemas and what dead runs left. Another version's run makes its template anew if it must."""
    names = await run.fetch(
        "SELECT datname FROM pg_database d WHERE datname ~ $1 AND split_part(datname, '_', 3)::bigint < $2"
        " AND pg_get_userbyid(datdba) = $3 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
        OURS, int(time.time()) - STALE, place.logins("").owner,
    )  # fmt: skip
    for row in names:
        await _drop(run, row["datname"])


async def _drop(run: Any, name: str) -> None:
    try:
        await run.execute(f'DROP DATABASE IF EXISTS "{name}"')  # waits five seconds for connections that are closing
    except asyncpg.ObjectInUseError:
        await run.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # an owner may not end the web login's


def _schema(place: Place) -> str:
    """What the template is made of; another key, another template. Grants name the logins."""
    sources = [*ROOT.glob("migrations/*/*.py"), *ROOT.glob("src/**/tables.py"), *ROOT.glob("src/kit/*.py")]
    found = place.logins("")
    digest = hashlib.sha256(f"{found.owner} {found.web}".encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _name(use: str, which: str) -> str:
    return f"inventory_{use}_{int(time.time())}_{which}"


def _within(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{quote(database)}").geturl()


@asynccontextmanager
async def _making(place: Place) -> AsyncIterator[Any]:
    async with _connected(place.maker) as run:
        yield run


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
