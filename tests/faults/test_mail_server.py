"""A mail server that answers nonsense, hangs up in the middle, says nothing, or refuses: every message leaves in the end, once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.smtp import SMTP, Envelope

from app import mail
from app.mail import send_waiting
from kit.actor import system
from kit.clock import now
from kit.connections import Unavailable
from kit.database import execute, fetch, transaction
from kit.outbox import enqueue
from kit.settings import settings

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PEOPLE = [f"personne{n}@exemple.ca" for n in range(3)]


class Keeper:
    """A server that keeps what it accepts; `answers` are its first answers to DATA, then it accepts."""

    def __init__(self, *answers: str) -> None:
        self.kept: list[str] = []
        self.answers = list(answers)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.kept += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
async def outbox(committed_by_all: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Three messages that are due; a server has half a second for anything."""
    monkeypatch.setattr(mail, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(mail, "MESSAGE_SECONDS", 0.5)
    async with transaction(system()):
        await execute("DELETE FROM outbox")
        for person in PEOPLE:
            await enqueue(kind="essai", recipient=person, subject="Essai", body="Voilà.\n")
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def listen(outbox: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Called with a way to talk, or a keeper: a server is there, and the settings name it."""
    servers: list[asyncio.Server] = []

    async def start(what: Talk | Keeper) -> None:
        for one in servers:
            one.close()
        if isinstance(what, Keeper):
            made = await asyncio.get_running_loop().create_server(lambda: SMTP(what, timeout=5), "127.0.0.1", 0)
        else:
            made = await asyncio.start_server(what, "127.0.0.1", 0)
        servers.append(made)
        monkeypatch.setenv("INVENTORY_SMTP_URL", f"smtp://127.0.0.1:{made.sockets[0].getsockname()[1]}")
        settings.cache_clear()

    yield start
    for one in servers:
        one.close()
    await asyncio.sleep(0)


def saying(*lines: bytes, then_silent: bool = False) -> Talk:
    """One of these at the greeting, and after each line received; then the end, or silence."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for line in lines:
                writer.write(line)
                await writer.drain()
                if not await reader.readline():
                    break
            if then_silent:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    return talk


async def rows() -> Sequence[Any]:
    async with transaction(system()):
        return await fetch("SELECT * FROM outbox ORDER BY recipient")


OK = b"250 OK\r\n"
TALKS = {
    "garbage at the greeting": saying(b"\x00\xff\xfe\x80 <html>?\r\n" * 3),
    "garbage after the recipient": saying(b"220 x\r\n", OK, OK, b"\xff\xfebonjour\r\n"),
    "a line without an end": saying(b"220 " + b"x" * 200_000),
    "nothing at all": saying(b"", then_silent=True),
    "silence after DATA": saying(b"220 x\r\n", OK, OK, OK, b"354 go\r\n", then_silent=True),
    "hangs up in the middle of DATA": saying(b"220 x\r\n", OK, OK, OK, b"354 go\r\n"),
    "hangs up at the greeting": saying(),
    "closing for maintenance": saying(b"421 4.3.2 closing\r\n"),
    "too many connections": saying(b"220 x\r\n", OK, b"451 4.7.1 later\r\n", b"451 4.7.1 later\r\n"),
    "the sender is refused": saying(b"220 x\r\n", OK, b"550 5.7.1 not you\r\n", b"550 5.7.1 not you\r\n"),
}


@pytest.mark.parametrize("talk", TALKS.values(), ids=list(TALKS))
async def test_no_message_is_given_up_for_a_server_that_misbehaves(
    listen: Callable[..., Awaitable[None]], talk: Talk
) -> None:
    await listen(talk)

    async with asyncio.timeout(5):
        assert await send_waiting() == 0

    for row in await rows():
        assert (row["sent_at"], row["failed_at"], row["sending_until"]) == (None, None, None)
        assert row["last_error"] and row["not_before"] > now()

    server = Keeper()
    await listen(server)
    with time_machine.travel(now() + timedelta(minutes=10), tick=True):
        assert await send_waiting() == 3
    assert sorted(server.kept) == PEOPLE
    assert all(row["sent_at"] for row in await rows())


async def test_each_message_that_is_put_off_leaves_once(listen: Callable[..., Awaitable[None]]) -> None:
    server = Keeper("452 4.3.1 no room", "452 4.3.1 no room")
    await listen(server)

    assert await send_waiting() == 1
    with time_machine.travel(now() + timedelta(minutes=10), tick=True):
        assert await send_waiting() == 2

    assert sorted(server.kept) == PEOPLE


async def test_a_database_that_is_away_after_the_sending_makes_no_second_one(
    listen: Callable[..., Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Keeper()
    await listen(server)
    mark, cut = mail._mark, [Unavailable()]

    async def marking(*arguments: Any) -> None:
        if cut:
            raise cut.pop()
        await mark(*arguments)

    monkeypatch.setattr(mail, "_mark", marking)

    assert await send_waiting() == 3
    assert await send_waiting() == 0
    assert sorted(server.kept) == PEOPLE
