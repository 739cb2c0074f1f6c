"""What `inventory doctor` finds, each fault planted for real, and that it goes on when the database is away."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiosmtpd.controller import Controller

from app.doctor import machine, money, server, work
from app.doctor.findings import Finding, State, found_by
from kit.actor import system
from kit.clock import now
from kit.cluster import Logins
from kit.database import execute, transaction
from kit.settings import settings
from tests.app.services import INVENTORY, environment, free_port, service, wait_until
from tests.factories import give_role, make_envelope, make_person, make_school


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Set settings for the test."""

    def them(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"INVENTORY_{name.upper()}", value)
        settings.cache_clear()

    yield them
    monkeypatch.undo()
    settings.cache_clear()


def states(found: Any) -> list[State]:
    return [one.state for one in found]


def doctor(home: Path, **variables: str) -> tuple[int, dict[str, Finding]]:
    """Its exit, and the worst finding of each area."""
    done = subprocess.run(
        [INVENTORY, "doctor", "--json"], env=environment(home, **variables), capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    order = list(State)
    found: dict[str, Finding] = {}
    for item in json.loads(done.stdout)["items"]:
        one = Finding(item["about"], State(item["state"]), item["what"], item["do"])
        if one.about not in found or order.index(found[one.about].state) < order.index(one.state):
            found[one.about] = one
        assert (one.do == "") == (one.state is State.ok), one
    return done.returncode, found


def test_where_nothing_is_installed_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    code, found = doctor(tmp_path / "absent", INVENTORY_PORT=str(free_port()))

    assert code == 1 and not (tmp_path / "absent").exists()
    assert found["Base de données"].state is State.wrong and "INVENTORY_DATA_DIR" in found["Base de données"].do


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_a_folder_of_another_account_is_said(tmp_path: Path) -> None:
    (tmp_path / "data" / "cluster").mkdir(parents=True)
    (tmp_path / "data").chmod(0)
    code, found = doctor(tmp_path / "data", INVENTORY_PORT=str(free_port()))
    (tmp_path / "data").chmod(0o700)

    assert code == 1 and "INVENTORY_DATA_DIR" in found["Base de données"].what


def test_a_database_that_is_away_is_said_and_the_rest_is_still_examined(tmp_path: Path) -> None:
    url = f"postgresql://web:motdepasse-secret@127.0.0.1:{free_port()}/rien"
    code, found = doctor(tmp_path / "data", INVENTORY_DATABASE_URL=url, INVENTORY_OWNER_DATABASE_URL=url)

    assert code == 1
    for about, setting in (
        ("Accès web", "INVENTORY_DATABASE_URL"),
        ("Accès propriétaire", "INVENTORY_OWNER_DATABASE_URL"),
    ):
        assert found[about].state is State.wrong and setting in found[about].do
    assert "INVENTORY_SECRET_KEY" in found["Adresse"].what and found["Installation"].state is not State.wrong
    assert "motdepasse-secret" not in str(found)


def test_a_service_that_runs_well_is_found_well(tmp_path: Path) -> None:
    home = tmp_path / "données"
    with service("serve", home=home) as running:
        running.wait_until_ready()
        wait_until(lambda: running.said_so_far().count('"event": "job"') >= 2, seconds=20)
        code, found = doctor(home, INVENTORY_PORT=str(running.port))

    assert code == 0, found
    good = {
        "Base de données",
        "Accès web",
        "Migrations",
        "Sécurité par ligne",
        "Heure",
        "Connexions",
        "Meneur",
        "Service",
        "Tâche retention",
    }
    assert {about for about in good if found[about].state is not State.ok} == set(), found
    assert found["Courriel"].state is State.warning and found["Personnes"].state is State.warning


@asynccontextmanager
async def connected(url: str | None) -> AsyncIterator[Any]:
    """A connection in a transaction that is taken back."""
    connection = await asyncpg.connect(url)
    try:
        turn = connection.transaction()
        await turn.start()
        yield connection
        await turn.rollback()
    finally:
        await connection.close()


async def test_the_web_login_has_nothing_of_its_own_and_the_owner_would_have_too_much(logins: Logins) -> None:
    async with connected(logins.web_url) as web:
        assert states(await server.web_login(web)) == [State.ok]
    async with connected(logins.owner_url) as owner:
        (found,) = await server.web_login(owner)
    assert found.state is State.wrong and "tables" in found.what and "--print-roles" in found.do


@pytest.mark.parametrize(
    ("planted", "state"),
    [
        ("SELECT 1", State.ok),
        ("DROP POLICY scope_board_sees ON asset", State.wrong),
        ("CREATE POLICY more ON asset TO scope_school USING (true)", State.wrong),
        ("ALTER TABLE asset DISABLE ROW LEVEL SECURITY", State.wrong),
        ("GRANT DELETE ON event TO scope_system", State.wrong),
        ("REVOKE SELECT ON asset FROM scope_ministry", State.wrong),
    ],
)
async def test_what_is_not_as_declared_is_found(logins: Logins, planted: str, state: State) -> None:
    async with connected(logins.owner_url) as owner:
        await owner.execute(planted)
        (found,) = await server.policies(owner)
    assert found.state is state
    assert state is State.ok or "asset" in found.what or "event" in found.what


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ("DELETE FROM migration WHERE name = (SELECT max(name) FROM migration)", "Il manque 1 migration"),
        (
            "INSERT INTO migration (name, app_name, ran_on) VALUES ('2040-01-01T00:00:00:000000', 'kit', now())",
            "plus récente",
        ),
    ],
)
async def test_a_database_of_another_release_is_found(logins: Logins, planted: str, words: str) -> None:
    async with connected(logins.owner_url) as owner:
        assert states(await server.migrations(owner)) == [State.ok]
        await owner.execute(planted)
        (found,) = await server.migrations(owner)
    assert found.state is State.wrong and words in found.what


async def test_what_a_restore_replaced_is_found_until_it_is_discarded(logins: Logins) -> None:
    async with connected(logins.owner_url) as owner:
        assert await server.replaced(owner) == []
        await owner.execute("CREATE SCHEMA before_restore_20261124_120000_000000")
        (found,) = await server.replaced(owner)
    assert found.state is State.warning and "--discard-old" in found.do


async def test_clocks_apart_are_found(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(logins.web_url) as web:
        assert states(await server.clock(web)) == [State.ok]
        monkeypatch.setattr(server, "now", lambda: now() + timedelta(minutes=3))
        (found,) = await server.clock(web)
    assert found.state is State.wrong and "180 secondes" in found.what


async def test_more_connections_than_the_server_gives_are_found(logins: Logins, given: Any) -> None:
    async with connected(logins.web_url) as web:
        assert (await server.room(web))[0].state is State.ok
        given(pool_size="100", workers="32")
        assert (await server.room(web))[0].state is State.wrong


async def _run(name: str, state: str, *, ago: timedelta) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO job_run (name, run_key, state, due_at, ended_at) VALUES ($1, $2, $3, $4, $4)",
            name, f"{state} {ago}", state, now() - ago,
        )  # fmt: skip


async def test_a_job_that_failed_or_is_late_is_found(db: None) -> None:
    await _run("floor-scan", "done", ago=timedelta(days=3))
    await _run("retention", "done", ago=timedelta(days=1))
    await _run("retention", "failed", ago=timedelta(minutes=1))

    found = {one.about: one for one in await work.night()}

    assert found["Meneur"].state is State.warning
    assert found["Tâche floor-scan"].state is State.warning and "En retard" in found["Tâche floor-scan"].what
    assert found["Tâche retention"].state is State.wrong and "jobs run retention" in found["Tâche retention"].do
    await _run("floor-scan", "done", ago=timedelta(0))
    assert {one.about: one.state for one in await work.night()}["Tâche floor-scan"] is State.ok


async def test_mail_that_waits_and_mail_that_was_refused_are_found(db: None) -> None:
    assert states(await work.mail()) == [State.warning]
    async with transaction(system()):
        await execute(
            "INSERT INTO outbox (kind, recipient, subject, body, created_at, not_before, failed_at) VALUES"
            " ('essai', 'a@exemple.ca', 's', 'b', $1, $1, NULL), ('essai', 'b@exemple.ca', 's', 'b', $1, $1, $1)",
            now() - timedelta(hours=1),
        )
    _server, waiting, refused = await work.mail()
    assert (waiting.state, waiting.what) == (State.wrong, "1 courriel attend.")
    assert refused.state is State.warning and "exemple.ca" not in refused.what


class Silent:
    """A mail server that counts what it is given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.given += envelope.rcpt_tos
        return "250 OK"


async def test_the_mail_server_is_greeted_and_given_nothing_unless_asked(db: None, given: Any) -> None:
    mailbox = Silent()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    try:
        given(smtp_url=f"smtp://127.0.0.1:{smtp.port}")
        assert states(await work.mail()) == [State.ok] and mailbox.given == []
        assert states(await work.send_test("essai@exemple.ca")) == [State.ok] and mailbox.given == ["essai@exemple.ca"]
    finally:
        smtp.stop()
    assert states(await work.mail()) == states(await work.send_test("essai@exemple.ca")) == [State.wrong]


async def test_a_board_with_flags_and_nobody_to_tell_is_found(db: None) -> None:
    school = await make_school()
    async with transaction(system()):
        await execute(
            "INSERT INTO floor_flag (school, board, category, state, gap, opened_at) SELECT $1, '990000', code, 'open', 3, $2"
            " FROM category LIMIT 1",
            school, now(),
        )  # fmt: skip
    found = await work.boards()
    assert found[0].state is State.warning and "990000" in found[0].what

    await give_role(await make_person(), "purchasing", board="990000")
    assert (await work.boards())[0].state is State.ok


async def test_a_basket_on_which_nobody_can_decide_is_found(db: None) -> None:
    assert (await work.decisions())[0].state is State.ok
    await make_envelope(await make_school())
    async with transaction(system()):
        await execute(
            "INSERT INTO selection (number, board, school, envelope, year, state, submitted_at, step, step_role)"
            " SELECT 'P-990001-2026-001', board, school, id, year, 'submitted', now(), 1, 'principal' FROM envelope"
        )
    (found,) = await work.decisions()
    assert found.state is State.warning and "990000" in found.what and "Direction d'école" in found.what

    await give_role(await make_person(), "principal", school="990001")
    assert (await work.decisions())[0].state is State.ok


def test_a_folder_that_others_may_read_is_found(tmp_path: Path, given: Any) -> None:
    given(data_dir=str(tmp_path))
    tmp_path.chmod(0o700)
    (tmp_path / "secret.key").write_text("x")
    (tmp_path / "secret.key").chmod(0o644)
    (found,) = [one for one in machine.folder() if one.state is State.wrong]
    assert f"chmod 600 {tmp_path / 'secret.key'}" in found.do
    (tmp_path / "secret.key").chmod(0o600)
    tmp_path.chmod(0o755)
    (found,) = [one for one in machine.folder() if one.state is State.wrong]
    assert f"chmod 700 {tmp_path}" in found.do


@pytest.mark.parametrize(("free", "state"), [(100 << 20, State.wrong), (3 << 30, State.warning), (90 << 30, State.ok)])
def test_a_disk_without_room_is_found(
    tmp_path: Path, given: Any, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    given(data_dir=str(tmp_path))
    tmp_path.chmod(0o700)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": free}))
    assert states(machine.folder()) == [state]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"public_url": "https://a.example.org", "trusted_proxies": "127.0.0.1"}, [State.ok]),
        ({"public_url": "https://a.example.org"}, [State.ok, State.warning]),
        ({"public_url": "http://a.example.org"}, [State.warning]),
        ({"public_url": "http://a.example.org", "secure_cookies": "true"}, [State.wrong]),
        (
            {"public_url": "https://a.example.org", "secure_cookies": "false", "trusted_proxies": "127.0.0.1"},
            [State.wrong],
        ),
    ],
)
def test_an_address_that_is_not_safe_is_found(given: Any, values: dict[str, str], expected: list[State]) -> None:
    given(**values)
    assert states(machine.addresses()) == expected


def test_a_backup_that_is_missing_or_old_is_found(tmp_path: Path, given: Any) -> None:
    assert states(machine.backups()) == [State.warning]
    given(backup_dir=str(tmp_path))
    assert states(machine.backups()) == [State.wrong]
    (tmp_path / "inventaire-2026-11-24.zip").write_bytes(b"")
    assert states(machine.backups()) == [State.ok]


def test_a_mistyped_setting_is_found(given: Any) -> None:
    before = states(machine.mistyped())
    given(backupdir="/mnt/sauvegardes")
    assert states(machine.mistyped()) == [*before, State.warning]
    assert "INVENTORY_BACKUPDIR" in "".join(one.what for one in machine.mistyped())


async def test_an_envelope_that_does_not_balance_is_found(db: None) -> None:
    await make_school()
    envelope = await make_envelope()
    assert [one.state for one in await money.balance()] == [State.ok]
    async with transaction(system()):
        await execute("UPDATE envelope SET spent_cents = 1 WHERE id = $1", envelope)
    (found,) = await money.balance()
    assert found.state is State.wrong
    assert f"990001 ({envelope})" in found.what


async def test_two_databases_for_one_service_are_found(logins: Logins) -> None:
    async with connected(logins.web_url) as web:
        name = await web.fetchval("SELECT current_database()")
        assert await server.same_database(web, name) == []
        (found,) = await server.same_database(web, "ailleurs")
        assert found.state is State.wrong and "ailleurs" in found.what and name in found.what


async def test_a_check_that_breaks_is_a_finding_and_names_nothing() -> None:
    async def broken() -> list[Finding]:
        raise ValueError("motdepasse-secret")

    (found,) = await found_by("Essai", broken)
    assert found.state is State.wrong and "ValueError" in found.what and "secret" not in found.what
