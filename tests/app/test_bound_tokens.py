"""A token that somebody of a board bound to one school: each route does it, or says no; none breaks, none reaches further."""

from collections.abc import AsyncIterator

import pytest

from tests.app.examples import request_of
from tests.app.routes import Route, those
from tests.app.walking import rightful, send, undone
from tests.app.world import World, make_world
from tests.factories import make_token


@pytest.fixture(scope="module")
async def world(pool: None) -> AsyncIterator[World]:
    async with undone():
        yield await make_world()


@pytest.mark.parametrize("route", those(lambda route: route.is_api and not route.public))
async def test_a_token_bound_to_a_school_is_answered_or_refused(route: Route, world: World) -> None:
    async with undone():
        who = rightful(route, world).actor
        asked = await request_of(route, world)
        answer = await send(route, asked, None, token=await make_token(who.email, school=world.school))
        if who.board is None:  # the province's rights are never carried into a school
            assert answer.status_code == 401, answer.text
        assert answer.status_code < 500, answer.text
