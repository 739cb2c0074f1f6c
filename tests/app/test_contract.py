"""Requests made from the published contract by schemathesis: what it allows and what it forbids, against the whole application.

Nothing is ever an error of ours; every answer has a status and a shape that the contract promises.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.app.examples import Asked, request_of
from tests.app.routes import application, routes
from tests.app.walking import rightful, undone
from tests.app.world import World, make_world

BASE = "http://test.local"
AnyCase = Case[Any]
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
async def world(pool: None) -> AsyncIterator[World]:
    async with undone():
        yield await make_world()


@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.soak)])
async def test_every_answer_is_one_that_the_contract_promises(world: World, examples: int) -> None:
    schema: Any = schemathesis.openapi.from_dict(contract())
    by_label = {str(route): route for route in routes()}
    faults = []
    app: Any = application()  # Litestar is not assignable to the type that httpx names
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        for operation in (found.ok() for found in schema.get_all_operations()):
            route = by_label[operation.label]
            asked = await request_of(route, world)
            for case in cases(operation, examples):
                for request in ways(case, asked):
                    request.headers["authorization"] = f"Bearer {rightful(route, world).token}"
                    async with undone():
                        answer = await client.send(request)
                    if fault := _fault(case, answer):
                        faults.append((operation.label, str(request.url), request.content, fault))
    assert faults == []


def contract() -> dict[str, Any]:
    """Without who may ask, which the walk of the routes is about: here the rightful person asks."""
    document = application().openapi_schema.to_schema()
    return document | {"security": [], "components": document["components"] | {"securitySchemes": {}}}


def cases(operation: Any, examples: int) -> list[AnyCase]:
    """Requests that the contract allows, and requests that it forbids; the same at every run."""
    found: list[AnyCase] = []
    for mode in modes(operation):

        @seed(4)
        @settings(max_examples=examples, phases=[Phase.generate], database=None, deadline=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def collect(case: AnyCase) -> None:
            found.append(case)

        with suppress(Unsatisfiable):  # nothing of this operation can be wrong
            collect()
    return found


def modes(operation: Any) -> list[GenerationMode]:
    """Both, unless nothing of the operation can be wrong: a plain text in a path or a header never is."""
    plain = [
        parameter.location.name == "HEADER"
        or (parameter.location.name == "PATH" and parameter.definition["schema"] == {"type": "string"})
        for parameter in operation.iter_parameters()
    ]
    can_be_wrong = bool(operation.body) or not all(plain)
    return list(GenerationMode) if can_be_wrong else [GenerationMode.POSITIVE]


def ways(case: AnyCase, asked: Asked) -> Iterator[httpx.Request]:
    """The case as it was made, which names nothing that is there; then, of one that is allowed, the same of a thing that is."""
    plain = case.as_transport_kwargs(base_url=BASE)
    yield _request(requests.Request(**plain).prepare())
    if "{" in case.path and case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
        yield _request(requests.Request(**plain | {"url": f"{BASE}{asked.path}"}).prepare())


def _request(made: requests.PreparedRequest) -> httpx.Request:
    """The way to the application in this task is httpx's alone."""
    headers: Any = {name.lower(): value for name, value in made.headers.items() if name.lower() != "content-length"}
    content: Any = made.body or b""
    return httpx.Request(made.method or "", made.url or "", headers=headers, content=content)


def _fault(case: AnyCase, answer: httpx.Response) -> str:
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as found:
        return " / ".join(str(each) for each in found.exceptions)[:400]
    return ""
