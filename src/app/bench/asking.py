"""One request to the application as the server makes it: the ASGI call itself, with no client's cost in it."""

from typing import Any
from urllib.parse import urlencode

from litestar import Litestar


async def ask(application: Litestar, path: str, *, token: str, **query: str | int) -> bytes:
    """The body of the answer to `GET path?query`. Raises RuntimeError unless it is 200."""
    status = 0
    body = bytearray()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            body.extend(message.get("body", b""))

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": urlencode(query).encode(),
        "headers": [(b"host", b"bench"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    await application(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}: {body[:500].decode(errors='replace')}")
    return bytes(body)
