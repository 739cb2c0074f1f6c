"""Cheap hashes: what is tested here is not how long argon2 takes, and `test_shipped_hashes_…` holds the parameters that we ship."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from directory.people import passwords
from kit.actor import Actor
from tests.factories import make_actor, make_school


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if "shipped" not in request.function.__name__:
        monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
async def admin(db: None) -> Actor:
    """The administration of board 990000; another board has a school too."""
    await make_school("990001", board="990000")
    await make_school("991001", board="991000")
    return await make_actor("board_admin", board="990000", email="admin@exemple.ca")
