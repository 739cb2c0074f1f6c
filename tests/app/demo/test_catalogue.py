"""What the demonstration shows of suppliers, contracts, prices and feeds."""

import pytest

from app.demo.load import load_once
from catalog.feeds import queries as feeds
from kit.actor import system
from kit.database import fetch, fetch_value, transaction


@pytest.fixture(scope="module")
async def loaded(committed_by_all: None) -> None:
    await load_once(lambda said: None)


async def test_every_kind_of_contract_and_every_way_of_ordering_is_there(loaded: None) -> None:
    async with transaction(system()):
        kinds = {row["kind"] for row in await fetch("SELECT kind FROM contract")}
        ways = {row["orders_by"] for row in await fetch("SELECT orders_by FROM supplier")}
        languages = {row["language"] for row in await fetch("SELECT language FROM supplier")}
        own = await fetch_value("SELECT count(*) FROM price WHERE board IS NOT NULL")
    assert kinds == {"group", "call_off", "local", "direct"}
    assert ways == {"mail", "portal", "feed"}
    assert languages == {"fr", "en"}
    assert own == 1


async def test_readings_of_a_feed_are_in_every_state(loaded: None) -> None:
    batches = (await feeds.batches(system(), "parc-mobile-prix")).items
    assert {batch.state for batch in batches} == {"staged", "approved", "rejected", "replaced"}
