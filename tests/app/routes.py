"""The application's routes, read from its route table: what the walk needs to know of each."""

import inspect
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types.empty import Empty

from app.asgi import create_app
from kit.http import may, may_any, signed_in

API = "/api/v1"


def _actions() -> Iterable[str]:
    from inventory.assets.acting import BY_CODE

    return BY_CODE


def _steps() -> Iterable[str]:
    from inventory.tickets.pages import STEPS

    return STEPS


# Paths with a parameter that chooses what is done: each choice is walked as a route of its own.
CHOICES: Mapping[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "/assets/{tag}/{action}": ("action", _actions),
    "/tickets/{number}/{step}": ("step", _steps),
}

# Pages that do what a route of the API does under another path: they ask for its rights and take its examples.
SAME_AS = {
    "POST /assets/chosen": "putAssetsIntoService",
    "POST /assets/new": "addAsset",
    "POST /assets/{tag}/place": "moveAsset",
    "POST /assets/{tag}/record": "changeAsset",
    "POST /assets/{tag}/return": "returnAssetToService",
    "GET /catalogue/bundles/{slug}": "getBundle",
    "GET /catalogue/products/{code}": "getProduct",
    "POST /catalogue/add": "draftSelection",
    "POST /orders/{number}/receive": "receiveGoods",
    "POST /people/invite": "invitePerson",
    "POST /people/invitations/{invitation}/resend": "resendInvitation",
    "POST /people/invitations/{invitation}/withdraw": "withdrawInvitation",
    "POST /people/{email}/roles/{grant}/days": "changeRoleDays",
    "POST /selections/{number}": "changeSelectionLine",
    "POST /imports/new": "importList",
    "POST /tickets/new": "openTicket",
    "POST /tickets/{number}/comment": "commentTicket",
}


@cache
def application() -> Litestar:
    """The application, made once a process; tests hold the pool themselves."""
    return create_app(lifespan=False)


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str  # with {name} where a value goes
    handler: HTTPRouteHandler

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith(API)

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def public(self) -> str:
        """Why nobody need sign in; empty where they must."""
        return str(self.handler.opt.get("public", ""))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What examples and lists call it: its operation id, or `POST /path`; then the API's route that does the same."""
        own = self.handler.operation_id if isinstance(self.handler.operation_id, str) else str(self)
        return (own, self.twin.name) if self.twin else (own,)

    @property
    def name(self) -> str:
        return self.names[0]

    def is_in(self, *exceptions: Container[str]) -> bool:
        """Whether one of these lists names it, or the API's route that does the same."""
        return any(name in each for each in exceptions for name in self.names)

    @property
    def twin(self) -> "Route | None":
        """The API's route that does the same, where this is a page: by its method and path, or by `SAME_AS`."""
        if self.is_api:
            return None
        if same := SAME_AS.get(str(self)):
            return next((route for route in routes() if route.handler.operation_id == same), None)
        return _twins().get((self.method, re.sub(r"{.*?}", "{}", self.path)))

    @cached_property
    def _guards(self) -> list[Any]:
        return [getattr(guard, "func", guard) for guard in self.handler.resolve_guards()]

    @cached_property
    def rights(self) -> frozenset[str]:
        """The rights that its guards ask; of several of which one is enough, the first."""
        one, several = may("any").__code__, may_any("any").__code__
        found = set()
        for guard in self._guards:
            if (code := getattr(guard, "__code__", None)) in (one, several):
                held = inspect.getclosurevars(guard).nonlocals
                found.add(str(held["right"] if code is one else held["rights"][0]))
        return frozenset(found)

    @property
    def asks_to_be_signed_in(self) -> bool:
        return signed_in in self._guards

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """Its path parameters, each with the fixed part of the path before it: `("orders", "number")`."""
        found, before = [], ""
        for part in self.path.split("/"):
            if part.startswith("{"):
                found.append((before, part.strip("{}")))
            else:
                before = part
        return found

    @cached_property
    def arguments(self) -> dict[str, Any]:
        return self.handler.parsed_fn_signature.parameters

    @property
    def body(self) -> Any:
        """The declared type of its body; None where it takes none."""
        field = self.handler.parsed_data_field
        return None if field is None else field.annotation

    @property
    def media_type(self) -> RequestEncodingType:
        field = self.handler.parsed_data_field
        found: RequestEncodingType = getattr(field and field.kwarg_definition, "media_type", RequestEncodingType.JSON)
        return found

    @property
    def takes_version(self) -> bool:
        return "if_match" in self.arguments

    @cached_property
    def query(self) -> dict[str, bool]:
        """Its query parameters by name (as they are written in an address) → whether a value is needed."""
        found = {}
        for name, field in self.arguments.items():
            kind = type(field.kwarg_definition).__name__
            if kind == "QueryParameter" or (kind == "ParameterKwarg" and name == "after"):
                found[field.kwarg_definition.query or field.kwarg_definition.name or name] = field.default is Empty
        return found


@cache
def routes() -> tuple[Route, ...]:
    """Every method of every path, but OPTIONS, which the framework answers by itself (behind the same guard)."""
    found = []
    for route in application().routes:
        assert isinstance(route, HTTPRoute), f"give a walk for {route.path}: it is no HTTP route"
        for method, (handler, _model) in route.route_handler_map.items():
            if method != "OPTIONS":
                found += [Route(str(method), path, handler) for path in _paths(route.path_format)]
    return tuple(sorted(found, key=str))


def _paths(path: str) -> list[str]:
    if path not in CHOICES:
        return [path]
    name, choices = CHOICES[path]
    return [path.replace(f"{{{name}}}", choice) for choice in choices()]


@cache
def _twins() -> dict[tuple[str, str], Route]:
    return {
        (route.method, re.sub(r"{.*?}", "{}", route.path.removeprefix(API))): route
        for route in routes()
        if route.is_api
    }


def those(choose: Callable[[Route], object]) -> list[Any]:
    """Routes as parameters of a test, each under its own name."""
    import pytest

    return [pytest.param(route, id=str(route)) for route in routes() if choose(route)]
