"""What is forgotten by night, what is not, and by whom alone the trail can be shortened."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.nightly import RETENTION, all_rules, forget
from directory.imports import operations as imports
from directory.imports.rules import LinesForgotten
from directory.people.accounts import deactivate
from kit import retention
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.events import record
from kit.jobs import run_now
from kit.retention import FORGOTTEN
from kit.settings import Settings, settings
from tests.factories import make_actor, make_assets, make_board, make_school, make_session, make_token

pytestmark = pytest.mark.usefixtures("db")
EIGHT_YEARS = timedelta(days=366 * 8)


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    def given(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"INVENTORY_{name.upper()}", str(value))
        settings.cache_clear()

    yield given
    monkeypatch.undo()
    settings.cache_clear()


def _key(at: datetime) -> str:
    """A UUIDv7 as `new_id()` made it at that moment."""
    return f"{int(at.timestamp() * 1000):012x}" + "7000800000000000" + "0001"


async def _event(at: datetime, what: str = "asset.added", **after: str) -> None:
    await execute(
        "INSERT INTO event (id, at, actor, actor_name, what, subject_kind, subject, after, why)"
        " VALUES ($1::text::uuid, $2, 'system', 'système', $3, 'asset', 'X', $4::jsonb, 'réponse du serveur')",
        _key(at), at, what, json.dumps(after),
    )  # fmt: skip


async def _message(ended: datetime, *, recipient: str, attachment: bytes | None = None) -> None:
    await execute(
        "INSERT INTO outbox (kind, recipient, subject, body, about, once_key, sent_at, attachment, attachment_name)"
        " VALUES ('essai', $1::text, 'Sujet', 'Texte', '990000', 'essai:' || $1::text, $2, $3, '')",
        recipient, ended, attachment,
    )  # fmt: skip


async def test_the_trail_is_kept_for_ever_unless_a_number_of_years_is_given(settings_of: Any) -> None:
    await _event(now() - EIGHT_YEARS)
    before = await fetch_value("SELECT count(*) FROM event")

    assert (await forget(system()))["events"] == 0
    settings_of(keep_records_years=7)
    assert (await forget(system()))["events"] == 1

    assert await fetch_value("SELECT count(*) FROM event") == before  # one less, and the one that tells it
    told = await fetch_one("SELECT after, actor_name FROM event WHERE what = 'retention.run'")
    assert told is not None and json.loads(told["after"]) == {"events": 1} and told["actor_name"] == "système"


async def test_a_batch_is_as_large_as_said_and_all_is_forgotten_in_the_end(
    settings_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(keep_answers_days=1)
    for key in range(7):
        await execute(
            "INSERT INTO idempotency_key (actor, key, request_hash, created_at) VALUES ('system', $1, '', $2)",
            str(key), now() - timedelta(days=2 if key else 0),
        )  # fmt: skip
    taken = []
    rule = next(rule for rule in all_rules() if rule.name == "answers")

    async def watched(before: datetime, at_most: int) -> int:
        taken.append(await rule.forget(before, at_most))
        return taken[-1]

    small = retention.Rule("answers", "", rule.kept, watched, batch=4)
    assert await retention.forget_all(system(), [small]) == {"answers": 6}
    assert taken == [4, 2]
    assert await fetch_value("SELECT array_agg(key) FROM idempotency_key") == ["0"]


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=365 * 6)])
async def test_the_database_itself_refuses_to_forget_the_recent_trail(age: timedelta) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(system()):
            await execute("SELECT * FROM event_forget_before($1, 10)", now() - age)


@pytest.mark.parametrize("scope", [Scope.ministry, Scope.board, Scope.school])
@pytest.mark.parametrize(
    "call",
    [
        "event_forget_before('2000-01-01', 1)",
        "event_forget_recipients('2000-01-01', 1)",
        "event_forget_people('{}', '{}', '')",
        "event_forget_invited('2000-01-01', 1)",
        "ticket_comment_forget_people('2000-01-01', 1, '')",
    ],
)
async def test_nobody_but_the_system_may_forget(scope: Scope, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(Actor(scope=scope, name="quelqu'un", board="990000", schools=("990001",))):
            await execute(f"SELECT * FROM {call}")


async def test_the_trail_cannot_be_shortened_or_changed_in_any_other_way() -> None:
    for statement in (
        "DELETE FROM event",
        "UPDATE event SET actor_name = ''",
        "UPDATE ticket_comment SET author_name = ''",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(system()):
                await execute(statement)


async def test_a_message_that_left_long_ago_keeps_its_line_and_loses_who_and_what() -> None:
    await _message(now() - timedelta(days=366), recipient="ancienne@exemple.ca")
    await _message(now() - timedelta(days=364), recipient="recente@exemple.ca")
    await _message(now() - timedelta(days=366), recipient="fournisseur@exemple.ca", attachment=b"%PDF")
    await _event(now() - timedelta(days=366), "message.failed", recipient="refus@exemple.ca", subject="Sujet")

    done = await forget(system())

    assert (done["mail"], done["documents"], done["recipients"]) == (1, 0, 1)
    kept = await fetch_one("SELECT * FROM outbox WHERE recipient = ''")
    assert (
        kept is not None
        and kept["about"] == "990000"
        and kept["sent_at"]
        and (kept["body"], kept["once_key"]) == ("", None)
    )
    left = await fetch_value("SELECT array_agg(recipient ORDER BY recipient) FROM outbox WHERE recipient <> ''")
    assert left == ["fournisseur@exemple.ca", "recente@exemple.ca"]
    failed = await fetch_one("SELECT after, why FROM event WHERE what = 'message.failed'")
    assert failed is not None and json.loads(failed["after"]) == {"subject": "Sujet"} and failed["why"] == ""


async def test_documents_that_were_sent_go_with_the_trail(settings_of: Any) -> None:
    settings_of(keep_records_years=7)
    await _message(now() - EIGHT_YEARS, recipient="fournisseur@exemple.ca", attachment=b"%PDF")

    assert (await forget(system()))["documents"] == 1
    assert await fetch_value("SELECT count(*) FROM outbox WHERE attachment IS NOT NULL") == 0


async def test_somebody_who_left_long_ago_is_forgotten_everywhere_but_on_accounting_documents() -> None:
    await make_board()
    gone = await make_actor("technician", board="990000", email="partie@exemple.ca")
    await make_actor("technician", board="990000", email="autre@exemple.ca")
    await make_session("partie@exemple.ca")
    await make_token("partie@exemple.ca", "read")
    await record(gone, "asset.added", kind="asset", subject="A-1", board="990000")
    await record(
        system(), "token.created", kind="token", subject="1", after={"email": "partie@exemple.ca", "scopes": ["read"]}
    )
    await record(system(), "person.added", kind="person", subject=gone.person, after={"email": "partie@exemple.ca"})
    took, left = {"assigned_to": gone.person, "assigned_name": gone.name}, {"assigned_to": None, "assigned_name": ""}
    await record(system(), "ticket.taken", kind="ticket", subject="T-1", before=left, after=took)
    await record(system(), "ticket.taken", kind="ticket", subject="T-1", before=took, after=left)
    await deactivate(system(), "partie@exemple.ca")
    await execute("UPDATE person SET deactivated_at = $1 WHERE id = $2", now() - EIGHT_YEARS, gone.person)

    done = await forget(system())

    assert done["people"] == 1
    person = await fetch_one("SELECT * FROM person WHERE id = $1", gone.person)
    assert person is not None and (person["name"], person["email"]) == (
        FORGOTTEN,
        f"efface-{gone.person}@exemple.invalid",
    )
    for table in "session", "api_token", "credential":
        assert await fetch_value(f"SELECT count(*) FROM {table} WHERE person = $1", gone.person) == 0
    assert await fetch_value("SELECT count(*) FROM role_grant WHERE person = $1", gone.person) == 1
    trail = await fetch_value("SELECT string_agg(to_jsonb(e)::text, ' ') FROM event e")
    assert (
        "partie@exemple.ca" not in trail and f'"actor_name": "{FORGOTTEN}"' in trail and '"scopes": ["read"]' in trail
    )
    assert gone.name not in trail
    assert await fetch_value("SELECT count(*) FROM person WHERE email = 'autre@exemple.ca'") == 1
    assert (await forget(system()))["people"] == 0


async def test_who_left_lately_is_not_forgotten() -> None:
    await make_board()
    await make_actor("technician", board="990000", email="partie@exemple.ca")
    await deactivate(system(), "partie@exemple.ca")

    assert (await forget(system()))["people"] == 0
    assert await fetch_value("SELECT count(*) FROM person WHERE email = 'partie@exemple.ca'") == 1


async def test_a_ticket_stays_and_loses_the_names_of_who_is_forgotten() -> None:
    await make_board()
    gone = await make_actor("technician", board="990000", email="partie@exemple.ca")
    (asset,) = await make_assets(await make_school())
    ticket = await fetch_value(
        "INSERT INTO ticket (number, board, school, asset, state, subject, opened_by, opened_by_name, assigned_to, assigned_name)"
        " SELECT 'T-1', '990000', '990001', id, 'open', 'Ne démarre plus', $2, 'Partie', NULL, 'Restée' FROM asset WHERE tag = $1"
        " RETURNING id",
        asset, gone.person,
    )  # fmt: skip
    await execute(
        "INSERT INTO ticket_comment (ticket, board, school, author, author_name, body) VALUES ($1, '990000', '990001', $2, 'Partie', 'Vu')",
        ticket, gone.person,
    )  # fmt: skip
    await execute("UPDATE person SET deactivated_at = $1 WHERE id = $2", now() - EIGHT_YEARS, gone.person)

    done = await forget(system())

    assert done["ticket-opened-by-name"] == done["ticket-comment-author-name"] == 1
    found = await fetch_one("SELECT t.*, c.author_name, c.body FROM ticket t JOIN ticket_comment c ON c.ticket = t.id")
    assert found is not None
    assert (found["opened_by_name"], found["author_name"], found["assigned_name"]) == (FORGOTTEN, FORGOTTEN, "Restée")
    assert (found["subject"], found["body"]) == ("Ne démarre plus", "Vu")


async def test_an_invitation_that_is_over_goes_with_its_link_and_its_address() -> None:
    await make_board()
    for email, age in ("ancienne@exemple.ca", 400), ("recente@exemple.ca", 1):
        at = now() - timedelta(days=age)
        link = await fetch_value(
            "INSERT INTO mailed_link (purpose, created_at, expires_at) VALUES ('invitation', $1, $1) RETURNING id", at
        )
        made = await fetch_value(
            "INSERT INTO invitation (email, language, board, invited_by, link, created_at, sent_at, expires_at)"
            " VALUES ($1, 'fr', '990000', 'Quelqu''un', $2, $3, $3, $3) RETURNING id",
            email, link, at,
        )  # fmt: skip
        await execute("INSERT INTO invitation_role (invitation, board, role) VALUES ($1, '990000', 'purchasing')", made)
        await _event(at, "invitation.sent", email=email, roles="purchasing")

    done = await forget(system())

    assert (done["invitations"], done["links"], done["invited"]) == (1, 1, 1)
    assert await fetch_value("SELECT array_agg(email) FROM invitation") == ["recente@exemple.ca"]
    assert (
        await fetch_value("SELECT count(*) FROM mailed_link")
        == await fetch_value("SELECT count(*) FROM invitation_role")
        == 1
    )
    told = await fetch_value("SELECT string_agg(after::text, ' ') FROM event WHERE what = 'invitation.sent'")
    assert "ancienne" not in told and "recente@exemple.ca" in told


async def _batch(number: int, state: str, at: datetime) -> None:
    batch = await fetch_value(
        "INSERT INTO import_batch (number, kind, listed_on, state, made_at, applied_at) VALUES ($1, 'boards', $3, $2, $4, $5) RETURNING id",
        number, state, at.date(), at, None if state == "staged" else at,
    )  # fmt: skip
    await execute(
        "INSERT INTO import_change (batch, record, key, action) VALUES ($1, 'board', '990000', 'change')", batch
    )


async def test_old_imports_lose_their_lines_and_cannot_be_undone_any_more() -> None:
    long_ago = datetime.now(UTC) - timedelta(days=401)
    await _batch(1, "applied", long_ago)
    await _batch(2, "staged", long_ago)
    await _batch(3, "applied", datetime.now(UTC) - timedelta(days=399))

    done = await forget(system())

    assert (done["staged-imports"], done["import-lines"]) == (1, 2)
    assert await fetch_value(
        "SELECT array_agg(b.number) FROM import_change c JOIN import_batch b ON b.id = c.batch"
    ) == [3]
    assert await fetch_value("SELECT state FROM import_batch WHERE number = 2") == "dropped"
    with pytest.raises(LinesForgotten):
        await imports.undo(system(), 1)


async def test_it_runs_as_a_job_and_tells_what_it_did() -> None:
    await execute(
        "INSERT INTO sign_in_attempt (email_key, address, at) VALUES ('k', 'a', $1)", now() - timedelta(days=2)
    )
    await execute(
        "INSERT INTO job_run (name, run_key, state, due_at, ended_at) VALUES ('floor-scan', 'vieux', 'done', $1, $1)",
        now() - timedelta(days=181),
    )

    run = await run_now(system(), RETENTION)

    assert run.state == "done" and (run.answer["attempts"], run.answer["job-runs"]) == (1, 1)
    assert await fetch_value("SELECT count(*) FROM job_run WHERE run_key = 'vieux'") == 0


def test_a_recent_trail_cannot_be_asked_to_go() -> None:
    with pytest.raises(ValueError, match="7 or more"):
        Settings(keep_records_years=3)


def test_each_rule_has_a_name_of_its_own_and_a_sentence() -> None:
    names = [rule.name for rule in all_rules()]
    assert len(names) == len(set(names)) and all(rule.words for rule in all_rules())
