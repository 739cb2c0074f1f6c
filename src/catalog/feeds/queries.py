"""Feeds, what their readings found, and the differences to decide on."""

import json
from typing import Any

import msgspec

from catalog.feeds.schemas import FeedBatchOut, FeedLineOut, FeedOut
from catalog.scope import seen, writes
from kit import paging
from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction
from kit.errors import NotFound
from kit.paging import Page
from kit.tabular import Refusal

_FEEDS = """
SELECT f.code, f.board, s.code AS supplier, s.name AS supplier_name, c.code AS contract, f.source_address AS address, f.format,
    f.mapping, f.fetched_at, f.outcome, f.fault, f.closed_on, f.version,
    (SELECT max(b.number) FROM price_feed_batch b WHERE b.feed = f.id AND b.state = 'staged') AS waiting
FROM price_feed f JOIN supplier s ON s.id = f.supplier LEFT JOIN contract c ON c.id = f.contract
"""
_BATCHES = """
SELECT f.code AS feed, b.number, b.state, b.fetched_at, b.lines_read, b.refused, b.decided_by_name, b.decided_at, b.reason, b.version,
    (SELECT count(*)::int FROM price_feed_line l WHERE l.batch = b.id) AS differences
FROM price_feed_batch b JOIN price_feed f ON f.id = b.feed
"""


async def search(who: Actor, *, limit: int = paging.DEFAULT_LIMIT, after: str | None = None) -> Page[FeedOut]:
    """Feeds that `who` may see, by code, closed ones too. `waiting`: the batch that waits for a decision."""
    who.must("catalogue.read")
    paging.check_limit(limit)
    (code,) = paging.decode(after, keys=1) or ("",)
    async with transaction(who):
        rows = await fetch(
            f"{_FEEDS} WHERE f.code > $1 AND {seen(who, 'f')} ORDER BY f.code LIMIT $2", str(code), limit + 1
        )
    return paging.page([_feed(who, row) for row in rows], limit, lambda feed: (feed.code,))


async def one(who: Actor, code: str) -> FeedOut:
    """A feed by its code. Raises NotFound for another board's too."""
    who.must("catalogue.read")
    async with transaction(who):
        for row in await fetch(f"{_FEEDS} WHERE f.code = $1 AND {seen(who, 'f')}", code):
            return _feed(who, row)
    raise NotFound()


async def batches(
    who: Actor, code: str, *, limit: int = paging.DEFAULT_LIMIT, after: str | None = None
) -> Page[FeedBatchOut]:
    """What the readings of a feed found, newest first. Raises NotFound."""
    paging.check_limit(limit)
    (number,) = paging.decode(after, keys=1) or (2**31 - 1,)
    async with transaction(who):
        await one(who, code)
        rows = await fetch(
            f"{_BATCHES} WHERE f.code = $1 AND b.number < $2 ORDER BY b.number DESC LIMIT $3",
            code, number if isinstance(number, int) else 0, limit + 1,
        )  # fmt: skip
    return paging.page([_batch(row) for row in rows], limit, lambda batch: (batch.number,))


async def batch(who: Actor, code: str, number: int) -> FeedBatchOut:
    """One of them. Raises NotFound."""
    who.must("catalogue.read")
    async with transaction(who):
        for row in await fetch(f"{_BATCHES} WHERE f.code = $1 AND b.number = $2 AND {seen(who, 'f')}", code, number):
            return _batch(row)
    raise NotFound()


async def lines(
    who: Actor, code: str, number: int, *, limit: int = paging.DEFAULT_LIMIT, after: str | None = None
) -> Page[FeedLineOut]:
    """The prices of a batch that are new or differ, in the order of the file. Raises NotFound."""
    paging.check_limit(limit)
    (line,) = paging.decode(after, keys=1) or (0,)
    async with transaction(who):
        await batch(who, code, number)
        rows = await fetch_as(
            FeedLineOut,
            "SELECT l.line, p.code AS product, p.name, l.minimum, l.before_cents, l.after_cents, l.from_day, l.until_day, l.fault"
            " FROM price_feed_line l JOIN price_feed_batch b ON b.id = l.batch JOIN price_feed f ON f.id = b.feed"
            " JOIN product p ON p.id = l.product WHERE f.code = $1 AND b.number = $2 AND l.line > $3 ORDER BY l.line LIMIT $4",
            code, number, line if isinstance(line, int) else 0, limit + 1,
        )  # fmt: skip
    return paging.page(rows, limit, lambda row: (row.line,))


def _feed(who: Actor, row: Any) -> FeedOut:
    values = {name: row[name] for name in FeedOut.__struct_fields__}
    if not writes(who, row["board"]):  # a supplier's key is often in what follows
        values["address"] = row["address"].partition("?")[0]
    return FeedOut(**(values | {"mapping": json.loads(row["mapping"])}))


def _batch(row: Any) -> FeedBatchOut:
    values = {name: row[name] for name in FeedBatchOut.__struct_fields__}
    return FeedBatchOut(**(values | {"refused": msgspec.json.decode(row["refused"], type=list[Refusal])}))
