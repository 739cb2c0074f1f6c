"""A supplier's server, real and local: what it answers next is written in the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import stamina

from kit.settings import settings

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    """An answer in full, as it goes over the line."""
    head = {
        "content-length": str(len(body)),
        "connection": "close",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@dataclass
class Supplier:
    """Its address, its answers in order (the last one again and again), and the requests that it got."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
            next_answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(next_answer, bytes):
                writer.write(next_answer)
                await writer.drain()
            else:
                await next_answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def supplier(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supplier]:
    monkeypatch.setenv("INVENTORY_FEED_NETWORKS", "127.0.0.1/32")
    settings.cache_clear()
    found = Supplier()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/prix.csv"
    with stamina.set_testing(True, attempts=3):
        yield found
    server.close()
    monkeypatch.undo()
    settings.cache_clear()
