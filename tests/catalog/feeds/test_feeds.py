"""A supplier's prices: read, staged, approved or rejected."""

from datetime import date
from typing import Any

import pytest

from catalog.feeds import operations, queries
from catalog.feeds.operations import FeedClosed, FeedExists
from catalog.feeds.reading import read_all, read_feed
from catalog.feeds.rules import BatchDecided
from catalog.feeds.schemas import NewFeed
from catalog.suppliers.schemas import Closing
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value
from kit.errors import Forbidden, Invalid, NotFound, Stale
from kit.events import timeline
from tests.catalog.feeds.conftest import Supplier, answer
from tests.factories import make_actor, make_board, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")
MAPPING = {"product": "SKU", "before_tax": "Prix"}
FIRST = answer(b"SKU;Prix\ntablette;380,00\nrobot;99,00\ninconnu;5\ncable;dix\n", etag='"v1"')


@pytest.fixture
async def ministry(db: None) -> Actor:
    await make_product("tablette", 393_00)
    await make_product("robot", 99_00)
    return await make_actor("ministry")


def _feed(supplier: Supplier, code: str = "fil", **fields: Any) -> NewFeed:
    return NewFeed(code=code, supplier="fournisseur", address=supplier.url, mapping=MAPPING, **fields)


async def _prices() -> list[tuple[int, str]]:
    rows = await fetch(
        "SELECT x.before_tax_cents, x.source FROM price x JOIN product p ON p.id = x.product WHERE p.code = 'tablette'"
        " ORDER BY x.from_day"
    )
    return [(row["before_tax_cents"], row["source"].replace("\u00a0", " ")) for row in rows]


async def test_what_differs_waits_then_becomes_prices_when_it_is_approved(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier))
    supplier.answers = [FIRST]
    read = await read_feed(ministry, "fil")
    assert (read.outcome, read.waiting) == ("staged", 1)
    (batch,) = (await queries.batches(ministry, "fil")).items
    assert (batch.state, batch.lines_read, batch.differences) == ("staged", 4, 1)
    assert [(refusal.line, refusal.value) for refusal in batch.refused] == [(4, "inconnu"), (5, "dix")]
    (line,) = (await queries.lines(ministry, "fil", 1)).items
    assert (line.product, line.before_cents, line.after_cents) == ("tablette", 393_00, 380_00)
    assert len(await _prices()) == 1

    with pytest.raises(Stale):
        await operations.approve(ministry, "fil", 1, version=9)
    approved = await operations.approve(ministry, "fil", 1, version=batch.version)
    assert (approved.state, approved.decided_by_name) == ("approved", ministry.name)
    assert await _prices() == [(393_00, "essai"), (380_00, "Fil de prix fil, lot 1")]
    assert await operations.approve(ministry, "fil", 1) == approved
    with pytest.raises(BatchDecided):
        await operations.reject(ministry, "fil", 1, "Trop tard")
    assert len(await _prices()) == 2
    whats = {event.what for event in await timeline("price_feed", "fil")}
    assert whats == {"price_feed.created", "price_feed.staged", "price_feed.approved"}


async def test_the_same_file_again_changes_nothing_and_is_not_sent_twice(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier))
    supplier.answers = [FIRST, answer(status="304 Not Modified")]
    await read_feed(ministry, "fil")
    again = await read_feed(ministry, "fil")
    assert (again.outcome, again.waiting) == ("unchanged", 1)
    assert 'if-none-match: "v1"' in supplier.requests[-1]


async def test_a_rejected_batch_stays_readable_with_its_reason(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier))
    supplier.answers = [FIRST]
    await read_feed(ministry, "fil")
    with pytest.raises(Invalid):
        await operations.reject(ministry, "fil", 1, " ")
    rejected = await operations.reject(ministry, "fil", 1, "Prix d'essai du fournisseur")
    assert (rejected.state, rejected.reason) == ("rejected", "Prix d'essai du fournisseur")
    assert len((await queries.lines(ministry, "fil", 1)).items) == 1
    with pytest.raises(BatchDecided):
        await operations.approve(ministry, "fil", 1)
    assert len(await _prices()) == 1


async def test_a_later_reading_replaces_what_still_waited(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier))
    supplier.answers = [FIRST, answer(b"SKU;Prix\ntablette;370,00\n", etag='"v2"')]
    await read_feed(ministry, "fil")
    await read_feed(ministry, "fil")
    states = [(batch.number, batch.state) for batch in (await queries.batches(ministry, "fil")).items]
    assert states == [(2, "staged"), (1, "replaced")]


async def test_a_feed_that_cannot_be_read_says_why_and_stops_no_other(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier, "a"))
    await operations.add(ministry, _feed(supplier, "b"))
    supplier.answers = [answer(b"<html>"), FIRST]
    told = await read_all(system())
    assert told["b"] == "staged"
    assert "HTML" in told["a"] or "Web" in told["a"]
    feed = await queries.one(ministry, "a")
    assert (feed.outcome, feed.waiting) == ("failed", None)
    assert feed.fault == told["a"]
    assert await fetch_value("SELECT etag FROM price_feed WHERE code = 'a'") == ""


async def test_a_price_that_cannot_be_placed_keeps_its_fault_and_the_others_are_taken(
    ministry: Actor, supplier: Supplier
) -> None:
    await make_product("robot", None)
    await operations.add(ministry, _feed(supplier))
    supplier.answers = [answer(b"SKU;Prix\ntablette;380,00\nrobot;88,00\n")]
    await read_feed(ministry, "fil")
    await execute(
        "INSERT INTO price (product, supplier, before_tax_cents, from_day, until_day, seen_on, source)"
        " SELECT p.id, s.id, 1, $1, $1, $1, 'autre' FROM product p, supplier s WHERE p.code = 'robot'",
        today(),
    )
    await operations.approve(ministry, "fil", 1)
    faults = {line.product: bool(line.fault) for line in (await queries.lines(ministry, "fil", 1)).items}
    assert faults == {"tablette": False, "robot": True}
    assert len(await _prices()) == 2


async def test_a_boards_feed_gives_prices_of_its_own_and_no_other_board_sees_it(
    ministry: Actor, supplier: Supplier
) -> None:
    await make_board("990000")
    await make_board("991000")
    ours, theirs = await make_actor("purchasing", board="990000"), await make_actor("purchasing", board="991000")
    await operations.add(ours, _feed(supplier, "990-fil"))
    supplier.answers = [FIRST]
    await read_feed(ours, "990-fil")
    for act in (
        read_feed(theirs, "990-fil"),
        queries.one(theirs, "990-fil"),
        queries.lines(theirs, "990-fil", 1),
        operations.approve(theirs, "990-fil", 1),
    ):
        with pytest.raises(NotFound):
            await act
    await operations.approve(ours, "990-fil", 1)
    assert await fetch_value("SELECT count(*) FROM price WHERE board = '990000'") == 2
    with pytest.raises(Forbidden):
        await operations.approve(ministry, "990-fil", 1)


async def test_the_key_in_an_address_is_read_by_who_keeps_the_feed_alone(ministry: Actor, supplier: Supplier) -> None:
    await make_school("990001")
    new = _feed(supplier)
    new.address += "?cle=zibeline"
    await operations.add(ministry, new)
    assert (await queries.one(ministry, "fil")).address.endswith("?cle=zibeline")
    for role in ("purchasing", "school_team"):
        who = await make_actor(role, **({"school": "990001"} if role == "school_team" else {"board": "990000"}))
        found = await queries.one(who, "fil")
        assert found.address == supplier.url and (await queries.search(who)).items == [found]


async def test_wrong_feeds_are_refused_and_a_closed_one_is_read_no_more(ministry: Actor, supplier: Supplier) -> None:
    await operations.add(ministry, _feed(supplier))
    with pytest.raises(FeedExists):
        await operations.add(ministry, _feed(supplier))
    wrong = [
        NewFeed(code="x", supplier="inconnu", address=supplier.url, mapping=MAPPING),
        NewFeed(code="x", supplier="fournisseur", address="ftp://x/", mapping=MAPPING),
        NewFeed(code="x", supplier="fournisseur", address=supplier.url, mapping={}),
        NewFeed(code="x", supplier="fournisseur", contract="rien", address=supplier.url, mapping=MAPPING),
    ]
    for new in wrong:
        with pytest.raises(Invalid):
            await operations.add(ministry, new)
    await operations.close(ministry, "fil", Closing(closed_on=date(2026, 1, 1), reason="Fin du contrat"))
    with pytest.raises(FeedClosed):
        await read_feed(ministry, "fil")
    assert await read_all(system()) == {}
    assert supplier.requests == []
