"""Whatever a field of a body holds, the answer is a sentence, never an error of ours."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from msgspec import inspect

from tests.app.examples import request_of
from tests.app.routes import application, routes
from tests.app.walking import rightful, undone
from tests.app.world import World, make_world

TEXTS = ["\0", "\ud800", "", " ", "a\nb\u202e", "x" * 20_000, "=1+1", "٣٣٣"]
NUMBERS = [-1, 0, 2**31, 2**63 - 1, 10**30, 1e308]
DAYS = ["0001-01-01", "9999-12-31", "2026-02-30"]


def hostile(info: inspect.Type) -> Iterator[Any]:
    """Values for a field that its type lets through, or nearly."""
    match info:
        case inspect.Metadata():
            yield from hostile(info.type)
        case inspect.UnionType():
            yield from (None, *(value for each in info.types for value in hostile(each)))
        case inspect.StrType():
            yield from TEXTS
        case inspect.IntType() | inspect.FloatType():
            yield from NUMBERS
        case inspect.DateType():
            yield from DAYS
        case inspect.ListType():
            yield from ([], *([value] for value in hostile(info.item_type)))
        case inspect.StructType():
            for field in info.fields:
                yield from ({field.encode_name: value} for value in hostile(field.type))


def bodies(body: dict[str, Any], declared: Any) -> Iterator[dict[str, Any]]:
    """A valid body with one field made hostile at a time; inside a list of things, one field of its first."""
    for field in inspect.type_info(declared).fields:  # type: ignore[attr-defined]
        for value in hostile(field.type):
            valid = body.get(field.encode_name)
            if isinstance(value, list) and value and isinstance(value[0], dict) and isinstance(valid, list) and valid:
                value = [{**valid[0], **value[0]}]
            yield {**body, field.encode_name: value}


@pytest.fixture(scope="module")
async def world(pool: None) -> AsyncIterator[World]:
    async with undone():
        yield await make_world()


async def test_no_body_breaks_a_writing_route(world: World) -> None:
    broken = []
    app: Any = application()  # Litestar is not assignable to the type that httpx names
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test.local") as client:
        for route in routes():
            if not route.is_api or route.body is None:
                continue
            asked = await request_of(route, world)
            if asked.json is None:
                continue
            headers = {
                **asked.headers, "authorization": f"Bearer {rightful(route, world).token}", "content-type": "application/json",
            }  # fmt: skip
            for body in bodies(asked.json, route.body):
                async with undone():
                    content = json.dumps(body)
                    answer = await client.request(asked.method, asked.path, content=content, headers=headers)
                    if answer.status_code >= 500:
                        broken.append((str(route), content[:120]))
    assert broken == []
