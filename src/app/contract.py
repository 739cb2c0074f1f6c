"""What the published contract says of every route of the API beside its answer: problems, in one shape (RFC 9457)."""

from typing import Any, cast

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct):
    """Why not. A refusal may say more in fields of its own, such as the two amounts of an envelope without room."""

    type: str
    status: int
    title: str
    detail: str  # one sentence: what, where, what to do; in the caller's language
    reference: str  # what the service's log calls this request
    errors: dict[str, str] | msgspec.UnsetType = msgspec.UNSET  # field → sentence


_MALFORMED = ResponseSpec(
    Problem, description="The request cannot be read.", media_type=MEDIA_TYPE, generate_examples=False
)
_REFUSED = ResponseSpec(
    Problem,
    description="401 not signed in, 403 may not, 404 absent or not yours, 409 conflict, 412 stale version, 413 too large,"
    " 422 refused by a rule, 429 too many, 500 our fault, 503 not now.",
    media_type=MEDIA_TYPE,
    generate_examples=False,
)


class Problems(ReceiveRoutePlugin):
    """Adds them to each route, in place of the shape that the framework supposes."""

    def receive_route(self, route: BaseRoute) -> None:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/"):
            for handler in route.route_handlers:
                # Statuses are numbers to the framework, which writes them as they come; `default` is the contract's own word.
                handler.responses = cast(Any, {400: _MALFORMED, "default": _REFUSED})
