"""Asking a route as somebody, seeing what changed, and taking it back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
import pytest
from litestar.middleware.csrf import generate_csrf_token

from app.secret import secret_key
from kit import database
from kit.actor import system
from kit.database import fetch, transaction
from tests.app.examples import Asked
from tests.app.exceptions import RIGHTFUL
from tests.app.routes import Route, application
from tests.app.world import Person, World


class _Undo(Exception):
    pass


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """What happens inside is taken back."""
    try:
        async with transaction(system()):
            yield
            raise _Undo
    except _Undo:
        pass


@cache
def _form_token() -> str:
    """What a page gives its forms, and a cookie; the same for all requests of the walk."""
    return generate_csrf_token(secret=secret_key())


async def send(
    route: Route, asked: Asked, who: Person | None, *, token: str | None = None, forged: bool = False
) -> httpx.Response:
    """The answer to this person: by their token in the API, by their session on a page, with its form's token unless `forged`."""
    headers = dict(asked.headers)
    app: Any = application()  # Litestar is not assignable to the type that httpx names
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test.local") as client:
        if route.is_api:
            if bearer := token or (who and who.token):
                headers["authorization"] = f"Bearer {bearer}"
        else:
            if not (route.reads or forged):
                headers["x-csrftoken"] = _form_token()
                client.cookies.set("csrftoken", _form_token())
            if who:
                client.cookies.set("session", who.session)
        return await client.request(
            asked.method,
            asked.path,
            params=asked.query,
            headers=headers,
            json=asked.json,
            data=asked.form,
            files=asked.files,
        )


def without_row_level_security(patch: pytest.MonkeyPatch) -> None:
    """From now on every scope sees every row: what the queries leave out, they leave out by themselves."""
    enter = database._enter
    patch.setattr(database, "_enter", lambda connection, scope: enter(connection, ("scope_system", *scope[1:])))


async def changed(world: World) -> set[str]:
    """The tables that are not as the world was made."""
    return {name for name, found in (await checksums()).items() if found != world.sums[name]}


def rightful(route: Route, world: World) -> Person:
    """The first of the people of 990001 and its board who hold the rights that the route asks."""
    if chosen := next((RIGHTFUL[name] for name in route.names if name in RIGHTFUL), None):
        return world.rightful[chosen]
    asked = route.rights | (route.twin.rights if route.twin else frozenset())
    for person in world.rightful.values():
        if all(person.actor.may(right) for right in asked):
            return person
    raise AssertionError(f"nobody in the world may {route}: {sorted(asked)}")


def others(route: Route, world: World) -> Iterator[tuple[str, Person]]:
    for who, person in world.others.items():
        if route.is_api or person.bound is None:  # a token is bound to a school, a session is not
            yield who, person


_NOT_COUNTED = {"session": "seen_at", "api_token": "used_at"}  # when somebody was last there is no change


async def checksums() -> dict[str, tuple[int, int]]:
    """Each table → how many rows, and a sum of their hashes; in one round trip."""
    async with transaction(system()):
        tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        parts = []
        for (name,) in tables:
            row = f"(to_jsonb(r) - '{_NOT_COUNTED[name]}')" if name in _NOT_COUNTED else "r"
            parts.append(
                f"SELECT '{name}', count(*), coalesce(sum(hashtextextended({row}::text, 0)::numeric), 0) FROM \"{name}\" r"
            )
        return {name: (rows, int(total)) for name, rows, total in await fetch(" UNION ALL ".join(parts))}
