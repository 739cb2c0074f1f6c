"""Cheap hashes: what is tested here is not how long argon2 takes, and `test_shipped_hashes_…` holds the parameters that we ship."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from directory.people import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if "shipped" not in request.function.__name__:
        monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()
