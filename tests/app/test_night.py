"""The night, whole, and the guide of the API: real processes of the service, a real mail server, a network loaded by commands."""

import email
import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.app import guides
from tests.app.services import INVENTORY, environment, free_port, run_commands, service, wait_until
from tests.directory.imports import lists

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


class Mailbox:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


def run(home: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [INVENTORY, *command],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def answer(home: Path, *command: str) -> Any:
    done = run(home, *command, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def network() -> Iterator[Path]:
    """Two boards with a school each, below the floor; somebody to tell in both."""
    with TemporaryDirectory(prefix="inv-") as name:
        home = Path(name).resolve() / "données"
        content = {
            "boards": [lists.board("990000"), lists.board("991000", "Centre de services scolaire des Preuves")],
            "schools": [lists.school("990001", "990101"), lists.school("991001", "991101", board="991000")],
            "headcounts": [lists.headcount("990001", "300"), lists.headcount("991001", "200", Code_Cs="991000")],
        }
        people = {
            "appro.990000": "purchasing:990000", "appro.991000": "purchasing:991000",
            "technique": "technician:990000", "ministere": "ministry",
        }  # fmt: skip
        commands = []
        for kind, lines in content.items():
            path = Path(name) / f"{kind}.csv"
            path.write_text(lists.text(lists.COLUMNS[kind], lines))
            commands.append(["import", kind, str(path), "--accept"])
        for person, role in people.items():
            commands.append(["user", "add", f"{person}@exemple.ca", "--name", person, "--role", role])
        run_commands(home, commands)
        yield home


def test_the_floor_scan_opens_flags_and_each_board_gets_one_digest(network: Path) -> None:
    listed = answer(network, "jobs", "list")["items"]
    assert {"name": "floor-scan", "at": "05:00:00"}.items() <= next(
        j for j in listed if j["name"] == "floor-scan"
    ).items()

    done = answer(network, "jobs", "run", "floor-scan")
    assert done["state"] == "done" and done["answer"]["digest"]["boards"] == 2
    again = answer(network, "jobs", "run", "floor-scan", "--as", "ministere@exemple.ca")
    assert again["state"] == "done" and again["answer"]["digest"]["messages"] == 0

    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        with service("serve", home=network, INVENTORY_SMTP_URL=f"smtp://127.0.0.1:{server.port}") as running:
            running.wait_until_ready()
            wait_until(lambda: len(mailbox.messages) == 2, seconds=15)
            time.sleep(3)  # the worker looks again, and the night that was missed is caught up
    finally:
        server.stop()

    assert sorted(message["To"] for message in mailbox.messages) == [
        "appro.990000@exemple.ca",
        "appro.991000@exemple.ca",
    ]
    for message in mailbox.messages:
        assert message["Subject"] == "Plancher d'équipements\u00a0: 1 école a changé d'état"
        body = message.get_body()
        assert body is not None and re.search("École de l'Érable", body.get_content())
    night = next(job for job in answer(network, "jobs", "list")["items"] if job["name"] == "floor-scan")
    assert night["last"]["state"] == "done" and re.fullmatch(r"\d{4}-\d\d-\d\d", night["last"]["run_key"])


def test_who_may_not_run_jobs_is_told_so(network: Path) -> None:
    refused = run(network, "jobs", "run", "floor-scan", "--as", "technique@exemple.ca")
    unknown = run(network, "jobs", "run", "rien")

    assert (refused.returncode, refused.stdout) == (1, "") and "rôle" in refused.stderr
    assert (unknown.returncode, unknown.stdout) == (1, "") and "jobs list" in unknown.stderr


def test_the_list_of_jobs_is_read_by_people_too(network: Path) -> None:
    shown = run(network, "jobs", "list")

    assert shown.returncode == 0
    assert re.search(r"^floor-scan +05 h 00", shown.stdout, re.MULTILINE)


def test_the_guide_of_the_api_does_what_it_says(network: Path, tmp_path: Path) -> None:
    if missing := [tool for tool in ("bash", "curl") if shutil.which(tool) is None]:
        pytest.skip(f"not on this machine: {', '.join(missing)}; the guide was not run")
    run_commands(network, [["floor", "scan"]])
    with service("serve", home=network) as running:
        running.wait_until_ready()
        ours = {
            ".venv/bin/inventory": shlex.quote(INVENTORY),  # the folder may have a space in its name
            "=.demo": f"='{network}'",
            "http://127.0.0.1:8000": f"http://127.0.0.1:{running.port}",
        }
        for step, printed in guides.run(GUIDE, folder=tmp_path, instead=ours):
            assert step.matches(printed), f"{step.commands}\n{step.shown}\n{printed}"
