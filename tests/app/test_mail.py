"""The outbox by SMTP, against a real server in this process."""

import asyncio
import email
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
import time_machine
from aiosmtpd.smtp import SMTP, Envelope

from app.mail import send_waiting
from directory.invitations import accepting
from directory.invitations import operations as invitations
from directory.people import operations as people
from directory.people.schemas import GrantIn
from kit.actor import system
from kit.clock import now
from kit.database import execute, fetch, transaction
from kit.outbox import cancel, enqueue
from kit.settings import settings
from tests.factories import make_school

PDF = b"%PDF-1.7 \x00\xff bon de commande"


class Server:
    """Keeps what it is given; refuses or puts off whom it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.sizes: list[int] = []
        self.slow = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.slow)
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
async def outbox(committed_by_all: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Empty, and settings to change."""
    async with transaction(system()):
        await execute("DELETE FROM outbox")
    monkeypatch.setenv("INVENTORY_MAIL_FROM", "Inventaire scolaire <inventaire@exemple.ca>")
    monkeypatch.delenv("INVENTORY_SMTP_URL", raising=False)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def smtp(outbox: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A server on a port of its own, which the settings name."""
    kept = Server()
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(kept, enable_SMTPUTF8=False), "127.0.0.1", 0
    )
    monkeypatch.setenv("INVENTORY_SMTP_URL", f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    settings.cache_clear()
    yield kept
    listening.close()
    await asyncio.sleep(0)


async def write(recipient: str = "acheteuse@exemple.ca", **fields: Any) -> UUID:
    async with transaction(system()):
        found = await enqueue(
            **{"kind": "essai", "recipient": recipient, "subject": "Plancher : 3 écoles", "body": "Voilà.\n"} | fields
        )
    assert found
    return found


async def row(message: UUID) -> Any:
    async with transaction(system()):
        (found,) = await fetch("SELECT * FROM outbox WHERE id = $1", message)
    return found


async def test_a_message_leaves_once_whole_and_in_french(smtp: Server) -> None:
    message = await write(
        subject="Bon de commande BC-990-2026-00001 : l'école « Cœur-de-Neige »",
        body="Bonjour,\n\nà commander : 6 tablettes à 393,00 $.\n.\nUne ligne qui commence par un point.\n"
        + "é" * 2000
        + "\n",
        attachment=PDF,
        attachment_name="BC-990-2026-00001 école.pdf",
    )

    assert await send_waiting() == 1
    assert await send_waiting() == 0

    (sent,) = smtp.messages
    assert smtp.recipients == ["acheteuse@exemple.ca"]
    assert sent["Subject"] == "Bon de commande BC-990-2026-00001 : l'école « Cœur-de-Neige »"
    assert sent["From"] == "Inventaire scolaire <inventaire@exemple.ca>"
    assert sent["Message-ID"] == f"<{message}@exemple.ca>"
    body, (attached,) = sent.get_body(), sent.iter_attachments()
    assert body is not None
    assert body.get_content().startswith("Bonjour,\r\n\r\nà commander : 6 tablettes à 393,00 $.\r\n.\r\nUne ligne")
    assert attached.get_content() == PDF
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "BC-990-2026-00001 école.pdf")
    found = await row(message)
    assert found["sent_at"] and (found["attempts"], found["last_error"], found["sending_until"]) == (1, "", None)


async def test_a_copy_in_the_other_language_goes_beside_the_french(smtp: Server) -> None:
    await write(
        subject="Bon", body="Bonjour,", attachment=PDF, attachment_name="bon.pdf", second_attachment=PDF[:-1],
        second_attachment_name="bon-en.pdf",
    )  # fmt: skip
    assert await send_waiting() == 1
    (sent,) = smtp.messages
    assert [(one.get_filename(), one.get_content()) for one in sent.iter_attachments()] == [
        ("bon.pdf", PDF),
        ("bon-en.pdf", PDF[:-1]),
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "Plancher d'équipements\u00a0: 1 école a changé d'état",
        "é" * 300,
        "Été à l'école où ça neige déjà " * 8 + ".",
        "Order",
    ],
    ids=["no-break space", "long word", "long sentence", "plain"],
)
async def test_a_subject_keeps_every_space(smtp: Server, subject: str) -> None:
    await write(subject=subject)
    await send_waiting()

    assert smtp.messages[0]["Subject"] == subject


async def test_without_a_server_in_the_settings_nothing_leaves(outbox: None) -> None:
    message = await write()

    assert await send_waiting() == 0
    found = await row(message)
    assert (found["sent_at"], found["attempts"], found["last_error"]) == (None, 0, "")


async def test_two_workers_never_send_a_message_twice(smtp: Server) -> None:
    for number in range(20):
        await write(f"personne{number}@exemple.ca")
    smtp.slow = 0.01

    sent = await asyncio.gather(*(send_waiting() for _ in range(4)))

    assert sum(sent) == 20
    assert sorted(smtp.recipients) == sorted(f"personne{number}@exemple.ca" for number in range(20))


async def test_a_server_that_does_not_answer_is_asked_again_and_nothing_is_given_up(
    outbox: None, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("INVENTORY_SMTP_URL", f"smtp://127.0.0.1:{unused_tcp_port}")
    settings.cache_clear()
    messages = [await write(), await write()]
    moment = now()
    for minutes in 0, 2, 4, 60 * 24 * 30:
        with time_machine.travel(moment + timedelta(minutes=minutes)):
            assert await send_waiting() == 0
            assert await send_waiting() == 0
    for message in messages:
        found = await row(message)
        assert (found["sent_at"], found["failed_at"], found["attempts"]) == (None, None, 0)
        assert "Connect" in found["last_error"] and found["not_before"] > moment + timedelta(days=30)

    kept = Server()
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(kept), "127.0.0.1", unused_tcp_port)
    with time_machine.travel(moment + timedelta(days=31)):
        assert await send_waiting() == 2
    listening.close()
    assert len(kept.messages) == 2
    assert (await row(messages[0]))["last_error"] == ""


async def test_a_recipient_refused_for_good_is_said_and_the_others_leave(smtp: Server) -> None:
    smtp.answers["partie@exemple.ca"] = "550 5.1.1 No such user"
    first, second = await write("partie@exemple.ca", about="BC-990-2026-00001"), await write("restee@exemple.ca")

    assert await send_waiting() == 1

    found = await row(first)
    assert found["failed_at"] and "550" in found["last_error"] and found["sent_at"] is None
    assert (await row(second))["sent_at"]
    async with transaction(system()):
        (event,) = await fetch("SELECT * FROM event WHERE what = 'message.failed' AND subject = $1", str(first))
    assert "BC-990-2026-00001" in event["after"] and "550" in event["why"]
    with time_machine.travel(now() + timedelta(days=2)):
        assert await send_waiting() == 0


async def test_a_recipient_put_off_is_tried_later_and_later_for_five_days(smtp: Server) -> None:
    smtp.answers["grise@exemple.ca"] = "450 4.2.0 Greylisted"
    message = await write("grise@exemple.ca")
    waits = []
    for _ in range(60):
        found = await row(message)
        if found["failed_at"]:
            break
        with time_machine.travel(max(now(), found["not_before"]), tick=False):
            before = now()
            await send_waiting()
        waits.append(((await row(message))["not_before"] - before).total_seconds() / 60)

    assert waits[:3] == [2, 4, 8] and max(waits) == 240
    found = await row(message)
    assert found["failed_at"] - found["created_at"] > timedelta(days=5)


async def test_a_message_that_cannot_be_written_is_said_and_holds_nothing_up(smtp: Server) -> None:
    broken = await write(subject="Un titre\nBcc: tous@exemple.ca")
    accent = await write("désirée@exemple.ca")
    fine = await write()

    assert await send_waiting() == 1

    assert (await row(broken))["failed_at"] and (await row(accent))["failed_at"] and (await row(fine))["sent_at"]
    assert smtp.recipients == ["acheteuse@exemple.ca"]


async def test_what_is_not_due_waits_and_can_still_be_stopped(smtp: Server) -> None:
    message = await write(not_before=now() + timedelta(minutes=2))
    assert await send_waiting() == 0

    async with transaction(system()):
        assert await cancel(message)
        assert not await cancel(message)
    with time_machine.travel(now() + timedelta(minutes=3)):
        assert await send_waiting() == 0
    assert smtp.messages == []


async def test_what_is_on_its_way_can_no_longer_be_stopped(smtp: Server) -> None:
    message = await write()
    smtp.slow = 0.3
    sending = asyncio.create_task(send_waiting())
    await asyncio.sleep(0.15)

    async with transaction(system()):
        assert not await cancel(message)
    assert await sending == 1
    assert (await row(message))["sent_at"]


async def test_a_message_in_the_hand_of_a_killed_process_leaves_a_little_later(smtp: Server) -> None:
    message = await write()
    async with transaction(system()):
        await execute("UPDATE outbox SET attempts = 1, sending_until = $1", now() + timedelta(minutes=5))
    assert await send_waiting() == 0

    with time_machine.travel(now() + timedelta(minutes=6)):
        assert await send_waiting() == 1
    assert (await row(message))["attempts"] == 2


async def test_a_password_refused_is_the_servers_affair_not_the_messages(
    smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVENTORY_SMTP_URL", settings().smtp_url.get_secret_value().replace("//", "//qui:quoi@"))  # type: ignore[union-attr]
    settings.cache_clear()
    message = await write()

    assert await send_waiting() == 0

    found = await row(message)
    assert found["failed_at"] is None and found["last_error"]
    assert "quoi" not in found["last_error"]


async def test_an_invitation_and_a_lost_password_leave_with_links_that_are_nowhere_else(smtp: Server) -> None:
    await make_school("990001", board="990000")
    sent = await invitations.invite(
        system(), email="ana@exemple.ca", grants=[GrantIn(role="school_team", school="990001")]
    )
    assert await send_waiting() == 1
    (invitation,) = smtp.messages
    assert invitation["Subject"] == "Invitation au service d'équipement des écoles"
    text = invitation.get_content()
    (token,) = re.findall(r"^http://127\.0\.0\.1:8000/invitation/([\w-]{43})\r?$", text, re.MULTILINE)
    session = await accepting.join(
        token, name="Ana", password="une-phrase-toute-neuve", language="en", address="192.0.2.1", user_agent=""
    )
    assert session

    for asked in ("ana@exemple.ca", "inconnue@exemple.ca"):
        await people.ask_for_link(asked, address="192.0.2.1")
    assert await send_waiting() == 1
    assert smtp.recipients == ["ana@exemple.ca", "ana@exemple.ca"]
    lost = smtp.messages[1]
    (token,) = re.findall(r"/sign-in/new-password/([\w-]{43})\?lang=en\r?$", lost.get_content(), re.MULTILINE)
    await people.reset_password(token, "encore-une-phrase-neuve", address="192.0.2.1")
    assert await send_waiting() == 1
    assert token not in smtp.messages[2].get_content()

    withdrawn = await invitations.invite(
        system(), email="max@exemple.ca", grants=[GrantIn(role="school_team", school="990001")]
    )
    await invitations.withdraw(system(), withdrawn.id)
    assert await send_waiting() == 0
    async with transaction(system()):
        rows = await fetch("SELECT recipient, body, cancelled_at FROM outbox ORDER BY created_at")
    assert [row["recipient"] for row in rows if row["cancelled_at"]] == ["", "max@exemple.ca"]
    assert not any(token in row["body"] for row in rows)
    assert sent.state == "waiting"
