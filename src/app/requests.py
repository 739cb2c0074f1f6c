"""What happens to every request: a reference, who asks, the reader's language, the security headers of the answer."""

import secrets
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict, Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from app.language import language_of
from directory.people.queries import actor_of_session, actor_of_token
from kit.i18n import set_language
from kit.settings import settings

SESSION_COOKIE = "session"
BOARD_COOKIE = "board"
BOARD_HEADER = "inventory-board"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# Everything from ourselves, no inline script or style; images may be data: for what we draw ourselves.
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


def reference(request: Request[Any, Any, Any]) -> str:
    """The reference of this request, as error pages show it and logs hold it. Never one that came from outside."""
    return _reference(request.scope)


def _reference(scope: Scope) -> str:
    state = scope.setdefault("state", {})
    if (found := state.get("reference")) is None:
        found = state["reference"] = new_reference()
    return str(found)


def new_reference() -> str:
    """Said on the telephone without doubt, such as `7F3K-9QPM`: of 40 random bits, in letters that no digit looks like."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


async def finish_headers(message: Message, scope: Scope) -> None:
    """Give every answer its headers, errors of the router included (no middleware sees those)."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    wanted = [*_HEADERS]
    if settings().address.startswith("https://"):
        wanted.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    if not scope["path"].startswith("/static/"):
        wanted.append((b"cache-control", b"no-store"))
    given = {name.lower() for name, _ in message["headers"]}
    # As bytes: every answer passes here, and the framework's headers look for each name among all.
    message["headers"] = [
        *message["headers"],
        *(header for header in wanted if header[0] not in given),
        (b"x-reference", _reference(scope).encode()),
    ]


def _asks_for_nobody(scope: Scope) -> bool:
    """Whether the answer is the same whoever asks."""
    return scope["path"].startswith(("/static/", "/health/", "/schema", "/metrics", "/status"))


class Authentication(ASGIMiddleware):
    """Who asks: a bearer token under /api, the session cookie elsewhere. Nobody is found: the guards decide."""

    scopes = (ScopeType.HTTP,)
    # By the path that was asked: `exclude_path_pattern` compares a handler's own, which has no prefix, and warns of it.
    should_bypass_for_scope = staticmethod(_asks_for_nobody)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        scope["user"] = None
        scope["auth"] = None
        mark = reference(request)
        set_language(language_of(request))
        if scope["path"].startswith("/api/"):
            kind, _, token = Headers.from_scope(scope).get("authorization", "").partition(" ")
            if kind.lower() == "bearer" and token:
                board = Headers.from_scope(scope).get(BOARD_HEADER) or None
                if found := await actor_of_token(token.strip(), board=board, request=mark):
                    scope["user"], scope["auth"] = found
        elif cookie := request.cookies.get(SESSION_COOKIE):
            scope["user"] = await actor_of_session(
                cookie, board=request.cookies.get(BOARD_COOKIE) or None, request=mark
            )
        if scope["user"] is not None:
            set_language(language_of(request, scope["user"]))
        try:
            await next_app(scope, receive, send)
        finally:
            await _close_files(scope)


async def _close_files(scope: Scope) -> None:
    """Files of a form that was refused before its handler; the framework closes a handler's alone."""
    if isinstance(form := ScopeState.from_scope(scope).form, dict):
        await FormMultiDict.from_form_data(form).close()
