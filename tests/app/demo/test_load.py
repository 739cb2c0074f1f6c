"""The demonstration is loaded whole or not at all, alone, and the same each time."""

from datetime import date
from typing import Any

import pytest

from app.demo import network, present
from app.demo.load import NotOurs, load_once
from kit.database import fetch_value
from tests.factories import make_board


@pytest.mark.usefixtures("db")
async def test_it_never_mixes_with_another_network() -> None:
    await make_board("997000")

    with pytest.raises(NotOurs):
        await load_once(lambda words: pytest.fail(words))


@pytest.mark.usefixtures("db")
async def test_a_load_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: Any) -> None:
        raise OSError("interrompu")

    monkeypatch.setattr(present, "enter", fail)
    with pytest.raises(OSError, match="interrompu"):
        await load_once(lambda words: None)

    for table in "board", "person", "asset", "event":
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0


def test_it_is_the_same_each_time() -> None:
    day = date(2026, 11, 24)
    first, second = (
        [(kind, source.file.read()) for kind, source in network.lists(day, date(2026, 9, 30))] for _ in range(2)
    )
    assert first == second
    for school in network.schools():
        assert list(present.devices(school, day)) == list(present.devices(school, day))
