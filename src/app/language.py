"""The language of a request: each person's choice. Before an account, the link of the header (`?lang=en`), kept in a cookie.

Never guessed from a browser: Accept-Language speaks for a program only, under /api.
"""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import Message, Scope

from kit.actor import Actor
from kit.i18n import LANGUAGES, current_language, preferred_language
from kit.settings import settings

COOKIE = "language"


def language_of(request: Request[Any, Any, Any], who: Actor | None = None) -> str:
    """`fr` or `en`, whoever asks and whatever they ask."""
    if request.scope["path"].startswith("/api/"):
        return preferred_language(request.headers.get("accept-language", "")) or (who.language if who else "fr")
    if who:
        return who.language
    chosen = request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")
    return next((language for language in chosen if language in LANGUAGES), "fr")


async def remember_language(message: Message, scope: Scope) -> None:
    """Keep the language of a page until the browser is closed: for the pages before an account and after it."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    if scope["path"].startswith(("/api/", "/static/", "/health/", "/schema", "/metrics")):
        return
    if (spoken := current_language()) != Request[Any, Any, Any](scope).cookies.get(COOKIE, "fr"):
        cookie = Cookie(COOKIE, value=spoken, httponly=True, samesite="lax", secure=settings().cookies_over_https_only)
        MutableScopeHeaders.from_message(message).add("set-cookie", cookie.to_header(header=""))
