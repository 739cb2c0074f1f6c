"""Around the application: each request's reference, one line in the log when it has ended, its time in the metrics.

Outside Litestar, because what its router refuses (404, 405) passes no middleware. Routes are named by their template: an address
as it was typed may hold a name or a secret, and there is no end to them.
"""

import time
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.metrics import count_request
from app.requests import new_reference
from kit.actor import Actor

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = ("/health/", "/static", "/metrics")  # asked every few seconds, or with every page
log = structlog.get_logger()


def observed(app: Any) -> Any:
    """The ASGI application `app`, observed."""

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await _request(app, scope, receive, send)
        elif scope["type"] == "lifespan":
            await app(scope, receive, _without_words(send))
        else:
            await app(scope, receive, send)

    return application


async def _request(app: Any, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    began, status = time.perf_counter(), 0
    reference = scope.setdefault("state", {}).setdefault("reference", new_reference())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(reference=reference)

    async def sending(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    try:
        await app(scope, receive, sending)
    except Exception:
        log.exception("unexpected error", route=_route(scope))  # the application's own answer to errors has failed
        if status:
            raise
        status = 500
        await send({"type": "http.response.start", "status": 500, "headers": [(b"x-reference", reference.encode())]})
        await send({"type": "http.response.body", "body": reference.encode()})
    finally:
        _tell(scope, status, time.perf_counter() - began)


def _tell(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    """`status` 0: whoever asked has gone before there was an answer."""
    who, route = scope.get("user"), _route(scope)
    method = scope["method"] if scope["method"] in METHODS else "other"
    count_request(method, route, status, seconds)
    (log.debug if route.startswith(QUIET) and status < 400 else log.info)(
        "request",
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        person=str(who.person) if isinstance(who, Actor) and who.person else None,
        board=who.board if isinstance(who, Actor) else None,
    )


def _route(scope: MutableMapping[str, Any]) -> str:
    return scope.get("path_template") or "unknown"


def _without_words(send: Any) -> Any:
    """The server would print the words of an error at the start; it was told in the log, without them."""

    async def sending(message: Any) -> None:
        await send({**message, "message": ""} if message["type"].endswith(".failed") else message)

    return sending
