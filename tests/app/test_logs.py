"""What the program says of itself: one line a request, the place of each error, and nothing that anybody typed, is, or keeps secret."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from app.logs import log_to_stderr, told
from tests.app.services import Service, environment, free_port, service, wait_until
from tests.directory.imports import lists

# What must never be seen in a log: unmistakable, and each put where such a thing is.
EMAIL, NAME, PASSWORD = "zephyrine.secrete@exemple.ca", "Zéphyrine Secrète", "motdepasse-Zanzibar-77"
WRONG, TYPED_AS_EMAIL = "mauvais-Zanzibar-88", "motdepasse.dans.courriel@exemple.ca"
SUBJECT, DESCRIPTION = "Zibeline ne démarre plus", "Le code du casier est Zirconium 4455"
FILE, SEARCHED, ADDRESS = "Ziggourat confidentielle", "Zwanze", "Zoulou-dans-une-adresse"
SMTP_PASSWORD, RECIPIENT, MAIL_TEXT = "courrier-Zloty-99", "fournisseur.zinc@exemple.ca", "Texte Zodiaque du courriel"
JOB, INVENTED = "Zénith dans une tâche", "collecteur-Zeste-22"

SEED = f"""
from app.cli import main
import json, sys
for command in json.load(sys.stdin):
    main(command, standalone_mode=False)
from directory.people.credentials import set_password
from directory.people.tokens import create_token
from kit.actor import system
from kit.cli import with_database
from kit.database import execute, transaction
from kit.outbox import enqueue
async def body():
    await set_password(system(), {PASSWORD!r}, email={EMAIL!r})
    token, _ = await create_token(system(), email={EMAIL!r}, name="essai", scopes=["read", "write"], days=30)
    async with transaction(system()):
        await execute("INSERT INTO asset (tag, label_code, board, school, category, name, state, state_since)"
            " VALUES ('990000-1', 'ABCDEFGH', '990000', '990001', 'flotte-appareils', 'Appareil', 'in_service', now())")
        await enqueue(kind="essai", recipient={RECIPIENT!r}, subject={SUBJECT!r}, body={MAIL_TEXT!r})
    print(token)
with_database(body)
"""

# Faults, planted in the real program: an operation that breaks with what it was given, a job that does.
PLANTED = f"""
import inventory.floor.jobs, inventory.tickets.operations as tickets
opened = tickets.open_ticket
async def open_ticket(who, asset, *, subject, **more):
    if more["description"]:
        try:
            raise KeyError(more["description"])
        except KeyError as error:
            raise ValueError(f"{{who.name}} {{who.email}} {{subject}}") from error
    return await opened(who, asset, subject=subject, **more)
tickets.open_ticket = open_ticket
async def scan(who):
    raise RuntimeError({JOB!r})
inventory.floor.jobs.scan = scan
"""


class Refusing:
    """A mail server that takes no recipient, and says whom it refuses."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        return f"550 5.1.1 <{address}> {MAIL_TEXT}"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="inv-") as name:
        folder = Path(name).resolve()
        (folder / "sitecustomize.py").write_text(PLANTED)
        for kind, line in ("boards", lists.board("990000")), ("schools", lists.school("990001", "990101")):
            (folder / f"{kind}.csv").write_text(lists.text(lists.COLUMNS[kind], [line]))
        yield folder


def seed(home: Path, **variables: str) -> str:
    """A board, a school, a device, somebody who may do all that is asked below; their token."""
    commands = [["import", kind, str(home / f"{kind}.csv"), "--accept"] for kind in ("boards", "schools")]
    roles = ["--role", "board_admin:990000", "--role", "technician:990000"]
    commands += [["user", "add", EMAIL, "--name", NAME, *roles]]
    done = subprocess.run(
        [sys.executable, "-c", SEED], input=json.dumps(commands), env=environment(home / "données", **variables),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_a_real_service_says_what_happened_and_nothing_of_anybody(home: Path) -> None:
    token = seed(home)
    smtp = Controller(
        Refusing(),
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=lambda *given: AuthResult(success=True),
    )
    smtp.start()
    try:
        with service(
            "serve",
            home=home / "données",
            PYTHONPATH=":".join([str(home), *filter(None, [environment(home).get("PYTHONPATH")])]),
            INVENTORY_LOG_LEVEL="DEBUG",
            INVENTORY_SLOW_QUERY_MS="1",
            INVENTORY_METRICS_TOKEN=INVENTED,
            INVENTORY_WORKERS="2",
            INVENTORY_SMTP_URL=f"smtp://zelateur:{SMTP_PASSWORD}@127.0.0.1:{smtp.port}",
        ) as running:
            running.wait_until_ready()
            answers, kept = use(running, token)
            wait_until(lambda: '"job failed"' in running.said_so_far(), seconds=20)
            wait_until(lambda: '"mail not sent"' in running.said_so_far(), seconds=20)
            counted = httpx.get(
                f"http://127.0.0.1:{running.port}/metrics", headers={"authorization": f"Bearer {INVENTED}"}
            )
            running.process.terminate()
            said = running.said()
    finally:
        smtp.stop()
    postgres = (home / "données" / "postgres.log").read_text()

    for secret in [*SECRETS, token, *kept, *secrets_of(home / "données")]:
        assert secret not in said, secret
        assert secret not in postgres, secret
        assert secret not in counted.text, secret
    found = lines(said)
    requests = {line["reference"]: line for line in found if line["event"] == "request"}
    for what, answer in answers.items():
        line = requests.get(answer.headers["x-reference"])
        assert line is not None, what
        assert line["status"] == answer.status_code and "{" not in str(line["person"]), what
    assert requests[answers["a person's page"].headers["x-reference"]]["route"].endswith("{email}")
    assert requests[answers["a mailed link"].headers["x-reference"]]["route"].endswith("{token}")
    assert requests[answers["a fault"].headers["x-reference"]]["board"] == "990000"
    assert requests[answers["unknown"].headers["x-reference"]]["route"] == "unknown"

    reference = answers["a fault"].json()["reference"]
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)
    (fault,) = [line for line in found if line["event"] == "unexpected error"]
    assert fault["reference"] == reference and fault["level"] == "error"
    assert fault["exception"].startswith("KeyError\n") and "\nthen\nValueError\n" in fault["exception"]
    assert "inventory/tickets/api.py:" in fault["exception"]
    (job, *_) = [line for line in found if line["event"] == "job failed"]
    assert job["job"] == "floor-scan" and job["exception"].startswith("RuntimeError\n")
    mails = [line for line in found if line["event"] == "mail not sent"]
    assert {(line["error"], line["final"]) for line in mails} == {("SMTPRecipientsRefused 550", True)}
    slow = [line for line in found if line["event"] == "slow query"]
    assert slow and any(line.get("reference") in requests for line in slow)
    # Of both processes, whichever answers.
    assert total(counted.text, "inventory_requests_total") >= len(answers)
    assert 0 < total(counted.text, "inventory_slow_queries_total") <= len(slow)
    assert total(counted.text, "inventory_leader") == 1


SECRETS = [
    EMAIL, "zephyrine", "zelateur",
    NAME, "Secrète", PASSWORD, WRONG, TYPED_AS_EMAIL, SUBJECT, "Zibeline", DESCRIPTION, "Zirconium", FILE, SEARCHED,
    ADDRESS, SMTP_PASSWORD, RECIPIENT, MAIL_TEXT, JOB, INVENTED, "Z\\u00e9nith", "Zodiaque",
]  # fmt: skip


def secrets_of(home: Path) -> list[str]:
    """What the installation itself keeps: the key, the database's passwords."""
    from kit.cluster import addresses
    from kit.embedded import Server

    password = (home / "password").read_text()
    made = addresses(Server(socket_dir="/", password=password), "inventory")
    urls = [made.web_url, made.owner_url or ""]
    return [(home / "secret.key").read_text(), password, *[url.split(":")[2].split("@")[0] for url in urls]]


def total(text: str, name: str) -> float:
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name)


def use(running: Service, token: str) -> tuple[dict[str, httpx.Response], list[str]]:
    """Ask for what goes well, what is refused, and what breaks; the answers, and what a browser keeps secret."""
    bearer = {"authorization": f"Bearer {token}"}
    found: dict[str, httpx.Response] = {}
    with httpx.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=20) as browser:
        found["sign-in"] = browser.get("/sign-in")
        csrf = {"x-csrftoken": browser.cookies["csrftoken"]}
        found["a wrong password"] = browser.post("/sign-in", data={"email": EMAIL, "password": WRONG}, headers=csrf)
        found["a password as address"] = browser.post(
            "/sign-in", data={"email": TYPED_AS_EMAIL, "password": WRONG}, headers=csrf
        )
        found["a lost password"] = browser.post("/sign-in/lost", data={"email": EMAIL}, headers=csrf)
        found["a mailed link"] = browser.get(f"/sign-in/new-password/{ADDRESS}")
        found["no form token"] = browser.post("/sign-in", data={"email": EMAIL, "password": WRONG})
        found["signed in"] = browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=csrf)
        assert "session" in browser.cookies, found["signed in"].text
        found["search"] = browser.get("/search", params={"q": SEARCHED})
        found["unknown"] = browser.get(f"/{ADDRESS}/{EMAIL}", params={"q": ADDRESS})
        found["not mine"] = browser.get(f"/tickets/{ADDRESS}")
        found["a file"] = browser.post(
            "/imports/new", files={"files": ("liste.csv", FILE)}, data={"kind": "boards"}, headers=csrf
        )
        kept = [browser.cookies["session"], browser.cookies["csrftoken"]]
        new = {"asset": "990000-1", "subject": SUBJECT}
        browser.cookies.clear()
        browser.headers.update(bearer)
        found["a ticket"] = browser.post("/api/v1/tickets", json=new)
        found["a fault"] = browser.post("/api/v1/tickets", json={**new, "description": DESCRIPTION})
        found["malformed"] = browser.post(
            "/api/v1/tickets", json={**new, DESCRIPTION: SUBJECT, "out_of_service": SUBJECT}
        )
        found["not JSON"] = browser.post("/api/v1/tickets", content=DESCRIPTION.encode())
        found["a value out of range"] = browser.get("/api/v1/tickets", params={"after": ADDRESS})
        found["a person's page"] = browser.get(f"/api/v1/people/{EMAIL}")
        found["twice the same person"] = browser.post(
            "/api/v1/people", json={"email": EMAIL, "name": NAME, "language": "fr", "grants": [{"role": "technician"}]}
        )
        found["another's token"] = browser.get("/api/v1/me", headers={"authorization": f"Bearer {ADDRESS}"})
    statuses = {what: answer.status_code for what, answer in found.items()}
    assert (statuses["a ticket"], statuses["a fault"], statuses["a wrong password"]) == (201, 500, 422), statuses
    assert {statuses["malformed"], statuses["not JSON"]} == {400} and statuses["another's token"] == 401
    return found, kept


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """What was logged since the test called `log_to_stderr`; everything is as before after it."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield lambda: lines(capsys.readouterr().err)
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_what_a_library_says_comes_out_without_its_values(said: Any) -> None:
    log_to_stderr()
    logging.getLogger("une.bibliothèque").warning("Refused %s", EMAIL)
    logging.getLogger("une.bibliothèque").debug("header %s", PASSWORD)
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        logging.getLogger("une.bibliothèque").exception("It broke for %s\n%s", EMAIL, PASSWORD)

    refused, broke = said()
    assert (refused["event"], refused["level"], refused["library"]) == ("Refused %s", "warning", "une.bibliothèque")
    assert broke["event"] == "It broke for %s" and broke["exception"].startswith("ValueError\n  ")


async def test_errors_of_tasks_that_nobody_awaits_are_told_without_their_words(said: Any) -> None:
    log_to_stderr()

    async def broken() -> None:
        raise ValueError(PASSWORD)

    task = asyncio.create_task(broken())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception()}
    )

    (line,) = said()
    assert line["event"] == "Task exception was never retrieved" and PASSWORD not in json.dumps(line)
    assert "ValueError" in line["exception"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(PASSWORD), "ValueError"),
        (KeyError(PASSWORD), "KeyError"),
        (AttributeError("'str' object has no attribute 'x'"), "AttributeError: 'str' object has no attribute 'x'"),
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: Connection refused"),
        (FileNotFoundError(2, "No such file or directory", PASSWORD), "FileNotFoundError: No such file or directory"),
        (OSError(PASSWORD), "OSError"),
        (asyncpg.DataError(PASSWORD), "DataError 22000"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_told_by_what_cannot_name_anybody(error: Exception, words: str) -> None:
    assert told(error) == words


def test_the_errors_of_a_group_are_all_told(said: Any) -> None:
    log_to_stderr()
    try:
        raise ExceptionGroup(PASSWORD, [ValueError(PASSWORD), TypeError("unhashable type: 'list'")])
    except ExceptionGroup:
        structlog.get_logger().exception("together")

    (line,) = said()
    assert [part for part in line["exception"].splitlines() if not part.startswith("  ")] == [
        "ExceptionGroup", "ValueError", "TypeError: unhashable type: 'list'",
    ]  # fmt: skip
