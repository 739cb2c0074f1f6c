"""The service on a PostgreSQL of somebody else's: over TCP, with plain logins and no superuser."""

import asyncio
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.scheduler import LEADER
from kit import embedded
from tests import databases
from tests.app.services import INVENTORY, STOP_SECONDS, Service, environment, free_port, service, wait_until

PASSWORD = "mot de passe/à: échapper@"
QUOTED = "mot%20de%20passe%2F%C3%A0%3A%20%C3%A9chapper%40"
Urls = dict[str, str]


def _ask(where: embedded.Server, port: int, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(
            host=where.socket_dir, port=port, user="postgres", password=where.password, database="postgres"
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Callable[..., None]]:
    """A server on a TCP port; called with SQL, it runs it as its administrator. `.port` says where it listens."""
    port = free_port()
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name).resolve()
        with embedded.server(folder) as first:
            _ask(first, 5432, "ALTER SYSTEM SET listen_addresses = '127.0.0.1'", f"ALTER SYSTEM SET port = {port}")
        with embedded.server(folder) as second:

            def administrator(*statements: str) -> None:
                _ask(second, port, *statements)

            administrator.port = port  # type: ignore[attr-defined]
            yield administrator


def logins(ordinary: Callable[..., None], name: str, rights: str) -> tuple[str, str]:
    """A database `name` of a fresh owner with these rights, and a web login; the addresses of the two."""
    ordinary(
        f"CREATE ROLE {name}_owner LOGIN {rights} PASSWORD '{PASSWORD}'",
        f"CREATE ROLE {name}_web LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE DATABASE {name} OWNER {name}_owner",
    )
    place = f"127.0.0.1:{ordinary.port}/{name}"  # type: ignore[attr-defined]
    return f"postgresql://{name}_owner:{QUOTED}@{place}", f"postgresql://{name}_web:{QUOTED}@{place}"


def run(home: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [INVENTORY, *command],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_owner_migrates_and_the_web_login_alone_serves(ordinary: Callable[..., None], tmp_path: Path) -> None:
    owner, web = logins(ordinary, "plain", "CREATEROLE")
    early = run(tmp_path / "data", "jobs", "list", INVENTORY_DATABASE_URL=web)
    assert (early.returncode, early.stdout) == (1, "") and "inventory migrate" in early.stderr

    migrated = run(tmp_path / "data", "migrate", INVENTORY_DATABASE_URL=web, INVENTORY_OWNER_DATABASE_URL=owner)
    assert migrated.returncode == 0, migrated.stderr
    again = run(tmp_path / "data", "migrate", INVENTORY_DATABASE_URL=web, INVENTORY_OWNER_DATABASE_URL=owner)
    assert (again.returncode, again.stderr) == (0, "La base est à jour.\n")

    with service(
        "serve",
        home=tmp_path / "data",
        INVENTORY_DATABASE_URL=web,
        INVENTORY_SECRET_KEY="k" * 40,
        INVENTORY_WORKERS="2",
    ) as running:
        running.wait_until_ready()
        assert running.get("/schema/openapi.json").status_code == 200
        running.send(signal.SIGTERM)
        assert running.process.wait(STOP_SECONDS) == 0
    assert not (tmp_path / "data").exists()


def test_an_owner_that_may_not_make_roles_uses_those_of_the_administrator(
    ordinary: Callable[..., None], tmp_path: Path
) -> None:
    owner, web = logins(ordinary, "strict", "NOCREATEROLE")
    urls = {"INVENTORY_DATABASE_URL": web, "INVENTORY_OWNER_DATABASE_URL": owner}
    half = run(tmp_path, "migrate", "--print-roles", INVENTORY_DATABASE_URL=web)
    assert (half.returncode, half.stdout) == (1, "") and "INVENTORY_OWNER_DATABASE_URL" in half.stderr
    printed = run(tmp_path, "migrate", "--print-roles", **urls)
    assert printed.returncode == 0
    refused = run(tmp_path, "migrate", **urls)
    assert refused.returncode == 1 and "--print-roles" in refused.stderr
    told = run(tmp_path, "doctor", **urls)
    assert told.returncode == 1 and "--print-roles" in told.stdout
    assert "n'a pas pu se faire" not in told.stdout  # what cannot be asked yet is not a fault of its own

    ordinary(printed.stdout)
    migrated = run(tmp_path, "migrate", **urls)

    assert migrated.returncode == 0, migrated.stderr
    assert run(tmp_path, "jobs", "list", INVENTORY_DATABASE_URL=web).returncode == 0


def test_an_owner_of_another_database_changes_nothing(ordinary: Callable[..., None], tmp_path: Path) -> None:
    owner, _its_web = logins(ordinary, "there", "CREATEROLE")
    _its_owner, web = logins(ordinary, "here", "CREATEROLE")

    for command in ["migrate"], ["restore", "--undo"]:
        refused = run(tmp_path, *command, INVENTORY_DATABASE_URL=web, INVENTORY_OWNER_DATABASE_URL=owner)
        assert refused.returncode == 1
        assert "here" in refused.stderr and "there" in refused.stderr and "Rien n'a été changé" in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "command"),
    [("nobody listens", ["serve"]), ("no such login", ["jobs", "list"]), ("not an address", ["migrate"])],
    ids=["nobody listens", "no such login", "not an address"],
)
def test_a_server_that_does_not_answer_is_said_in_a_sentence(
    ordinary: Callable[..., None], tmp_path: Path, wrong: str, command: list[str]
) -> None:
    port = free_port() if wrong == "nobody listens" else ordinary.port  # type: ignore[attr-defined]
    url = "ceci n'est pas une adresse" if wrong == "not an address" else f"postgresql://inconnu:x@127.0.0.1:{port}/rien"

    done = run(
        tmp_path, *command, INVENTORY_DATABASE_URL=url, INVENTORY_OWNER_DATABASE_URL=url, INVENTORY_PORT=str(free_port()),
        INVENTORY_SECRET_KEY="k" * 40,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, "")
    assert "INVENTORY_DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


def test_the_demonstration_runs_there_too(ordinary: Callable[..., None], tmp_path: Path) -> None:
    owner, web = logins(ordinary, "shown", "NOCREATEROLE")
    urls = {"INVENTORY_DATABASE_URL": web, "INVENTORY_OWNER_DATABASE_URL": owner}
    ordinary(run(tmp_path, "migrate", "--print-roles", **urls).stdout)

    with service("demo", home=tmp_path / "data", **urls) as running:
        running.wait_until_ready()
        assert "equipe@exemple.ca" in running.said_so_far()
        running.send(signal.SIGTERM)
        assert running.process.wait(STOP_SECONDS) == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_several_machines_must_be_given_the_key_that_they_share(ordinary: Callable[..., None], tmp_path: Path) -> None:
    _owner, web = logins(ordinary, "keyless", "CREATEROLE")

    refused = run(tmp_path, "serve", INVENTORY_DATABASE_URL=web, INVENTORY_PORT=str(free_port()))

    assert refused.returncode == 1 and "INVENTORY_SECRET_KEY" in refused.stderr and "Traceback" not in refused.stderr


@pytest.fixture
def shared_database(request: pytest.FixtureRequest, postgres: databases.Place, tmp_path: Path) -> Iterator[Urls]:
    """A migrated database over TCP, known by two plain logins: on the server that the run was given, else on ours."""
    if urlsplit(postgres.web).hostname:
        name = asyncio.run(databases.make(postgres))
        found = postgres.logins(name)
        assert found.owner_url
        yield {"INVENTORY_DATABASE_URL": found.web_url}
        asyncio.run(databases.drop(postgres, name))
        return
    administrator = request.getfixturevalue("ordinary")
    owner, web = logins(administrator, "several", "NOCREATEROLE")
    urls = {"INVENTORY_DATABASE_URL": web, "INVENTORY_OWNER_DATABASE_URL": owner}
    administrator(run(tmp_path, "migrate", "--print-roles", **urls).stdout)
    migrated = run(tmp_path, "migrate", **urls)
    assert migrated.returncode == 0, migrated.stderr
    yield {"INVENTORY_DATABASE_URL": web}


@pytest.mark.database
def test_several_services_share_a_database_and_a_killed_leader_is_replaced(
    shared_database: Urls, tmp_path: Path
) -> None:
    common = shared_database | {"INVENTORY_SECRET_KEY": "k" * 40, "INVENTORY_WORKERS": "2"}
    with (
        service("serve", home=tmp_path / "first", **common) as first,
        service("serve", home=tmp_path / "second", **common) as second,
    ):
        first.wait_until_ready()
        second.wait_until_ready()
        wait_until(lambda: _leads(first) or _leads(second), seconds=15)
        leading, other = (first, second) if _leads(first) else (second, first)
        leading.kill()

        wait_until(lambda: _leads(other), seconds=30)
        assert other.ready() and len(other.children()) == 2
        assert asyncio.run(_leaders(shared_database["INVENTORY_DATABASE_URL"])) == 1
        other.send(signal.SIGTERM)
        assert other.process.wait(STOP_SECONDS) == 0


async def _leaders(url: str) -> int:
    """Who holds the lock. Not who said so: a process of the killed service may lead for an instant before it ends too."""
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND objid = $1 AND granted AND d.datname = current_database()",
                LEADER,
            )
        )
    finally:
        await connection.close()


def _leads(running: Service) -> bool:
    return '"event": "leader"' in running.said_so_far()
