"""Which PostgreSQL this process uses: the server of the settings, or the embedded one with its two logins and its database."""

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import asyncpg

from kit import embedded
from kit.i18n import _
from kit.settings import Settings
from kit.signals import run

OWNER, WEB = "inventory_owner", "inventory_web"
DATABASE = "inventory"


@dataclass(frozen=True, slots=True)
class Logins:
    """Addresses of the two logins; `owner_url` is None where only the web login is known."""

    web_url: str
    owner_url: str | None
    embedded: bool

    @property
    def web(self) -> str:
        return _user(self.web_url)

    @property
    def owner(self) -> str:
        return _user(self.owner_url or self.web_url)


@contextlib.contextmanager
def logins(settings: Settings) -> Iterator[Logins]:
    """The logins for the block. Enter before any thread or event loop starts: the embedded server forks. Raises EmbeddedError."""
    if settings.database_url is not None:
        owner = settings.owner_database_url
        yield Logins(
            settings.database_url.get_secret_value(), owner.get_secret_value() if owner else None, embedded=False
        )
        return
    with embedded.server(settings.data_dir) as server:
        try:
            run(prepare(server, DATABASE))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise embedded.EmbeddedError(
                _(
                    "PostgreSQL ne répond pas dans {folder} ({reason}). S'il manque de place, faites-en; sinon, réessayez dans un"
                    " instant."
                ).format(folder=settings.data_dir, reason=error)
            ) from error
        yield addresses(server, DATABASE)


def addresses(server: embedded.Server, database: str) -> Logins:
    """The two logins of a database on the embedded server."""
    return Logins(_url(server, WEB, database), _url(server, OWNER, database), embedded=True)


async def prepare(server: embedded.Server, database: str) -> None:
    """Make the two logins and a database that the owner owns, where they are missing."""
    connection = await asyncpg.connect(
        host=server.socket_dir, port=5432, user="postgres", password=server.password, database="postgres"
    )
    try:
        # Two processes may start at once; the lock belongs to the `postgres` database of this cluster.
        await connection.execute("SELECT pg_advisory_lock(7110000)")
        for login, rights in (OWNER, "CREATEROLE"), (WEB, ""):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login):
                await connection.execute(f"CREATE ROLE {login} LOGIN {rights} PASSWORD '{_password(server, login)}'")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await make_database(connection, database, owner=OWNER, web=WEB)
    finally:
        await connection.close()


async def make_database(run: Any, database: str, *, owner: str, web: str, template: str | None = None) -> None:
    """Make a database of the owner's that only the web login may enter besides; empty, or a copy of `template`."""
    copied = (
        f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    )  # by its files: a gigabyte not through the log
    await run.execute(f'CREATE DATABASE "{database}" OWNER "{owner}"{copied}')
    await run.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM PUBLIC')
    await run.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{web}"')


def _password(server: embedded.Server, login: str) -> str:
    """Derived from the cluster's own secret, so that there is one file to guard."""
    return hmac.new(server.password.encode(), login.encode(), hashlib.sha256).hexdigest()


def _url(server: embedded.Server, login: str, database: str) -> str:
    return (
        f"postgresql://{login}:{_password(server, login)}@/{quote(database)}"
        f"?host={quote(server.socket_dir, safe='')}&port=5432"
    )


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")
