"""What every controller needs: guards, the shared parameter types, the answer to an error.

A route is closed unless it says otherwise: `closed` refuses whoever is not signed in, except where the handler's `opt` holds
`public` with the reason. `may("noun.verb")` asks for a right as well; the operation asks again.
"""

import re
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import quote

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import HeaderParameter, ParameterKwarg, QueryParameter, URLEncodedBody

from kit.actor import Actor
from kit.errors import Forbidden, Invalid
from kit.i18n import _

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]  # a plain function would cost a thread a request

IdempotencyKey = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", description="Repeat safely: one answer a key.")
]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description='The version that was read, such as "3".')]
AnyRequest = Request[Any, Any, Any]
Form = URLEncodedBody[dict[str, str]]  # of a page: what was typed, by field
StateQuery = Annotated[str, QueryParameter(name="state")]  # Litestar keeps the name `state` for itself
FormatQuery = Annotated[str, QueryParameter(name="format", description="`csv` or `xlsx`.")]
Do = Annotated[str, QueryParameter(name="do", description="The action whose form is shown.")]
After = Annotated[str | None, ParameterKwarg(description="`next` of the page before.")]


def actor(connection: Connection) -> Actor | None:
    """Who is signed in, or None."""
    found = connection.scope.get("user")
    return found if isinstance(found, Actor) else None


def current_actor(request: AnyRequest) -> Actor:
    """The `who` of a handler. On a public route where nobody is signed in: NotAuthorized; ask `actor(request)` there."""
    if (found := actor(request)) is None:
        raise NotAuthorizedException()
    return found


async def closed(connection: Connection, handler: BaseRouteHandler) -> None:
    """The application's own guard: nobody unknown, and a token only within its scopes."""
    if handler.opt.get("public"):
        return
    if actor(connection) is None:
        raise NotAuthorizedException()
    scopes: frozenset[str] | None = connection.scope.get("auth")
    needed = "read" if connection.scope.get("method") in ("GET", "HEAD", "OPTIONS") else "write"
    if scopes is not None and needed not in scopes:
        raise Forbidden(
            _("Ce jeton ne permet pas d'écrire. Créez-en un qui a la portée « write ».") if needed == "write" else None
        )


def may(right: str) -> Guard:
    """A guard that asks for a right (in the whole scope, or in any one school: the operation knows which)."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if (who := actor(connection)) is None:
            raise NotAuthorizedException()
        who.must(right)

    return guard


def may_any(*rights: str) -> Guard:
    """A guard that asks for one of several rights; the operation knows which."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if (who := actor(connection)) is None:
            raise NotAuthorizedException()
        if not any(who.may(right) for right in rights):
            raise Forbidden()

    return guard


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard for what every signed-in person may do; said aloud where no right is asked."""
    if actor(connection) is None:
        raise NotAuthorizedException()


def client_address(connection: Connection) -> str:
    """Who calls, as attempts are counted: an address of IPv4, the /64 of one of IPv6 (one customer has all of it)."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def version_of(if_match: str | None) -> int | None:
    """The version in an `If-Match` header (`"3"`, `W/"3"` or `3`); None when there is none. Raises Invalid."""
    if if_match is None:
        return None
    if found := re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', if_match.strip()):
        return int(found[1])
    raise Invalid({"If-Match": _("« If-Match » porte le numéro de version lu, par exemple « 3 ».")})


def local_path(target: str | None) -> str:
    """`target` when it is a path of ours, else `/`: a sign-in never sends anybody to another site."""
    if target and re.fullmatch(r"/(?![/\\])[^\x00-\x1f\\]*", target):
        return target
    return "/"


def sign_in_address(connection: Connection) -> str:
    """Where to sign in, and come back from."""
    path = connection.url.path
    if connection.scope.get("method") != "GET" or path == "/":
        return "/sign-in"
    query = f"?{connection.url.query}" if connection.url.query else ""
    return f"/sign-in?next={quote(path + query, safe='/')}"
