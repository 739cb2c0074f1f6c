"""Reading a feed: what to ask is read in one transaction, the answer is staged in another, and none is open in between."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from catalog.feeds import queries
from catalog.feeds.fetching import Fetched, fetch_feed
from catalog.feeds.operations import FeedClosed, writable
from catalog.feeds.rules import Difference, FeedFault, FeedPrice, differences, parse
from catalog.feeds.schemas import FeedOut
from catalog.products.prices import lock_catalogue
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Refused
from kit.events import record
from kit.i18n import _
from kit.settings import settings
from kit.tabular import Refusal

_KNOWN = """
SELECT p.code, x.minimum, x.from_day, x.until_day, x.before_tax_cents FROM price x JOIN product p ON p.id = x.product
WHERE x.supplier = $1 AND x.board IS NOT DISTINCT FROM $2 AND x.contract IS NOT DISTINCT FROM $3::uuid AND p.code = ANY($4::text[])
"""
_LINES = """
INSERT INTO price_feed_line (batch, board, line, product, minimum, before_cents, after_cents, from_day, until_day)
SELECT $1, $2, l.* FROM unnest($3::int[], $4::uuid[], $5::int[], $6::bigint[], $7::bigint[], $8::date[], $9::date[]) AS l
"""


async def read_feed(who: Actor, code: str) -> FeedOut:
    """Read a feed now and stage what differs, in place of what still waited; the same file as last time changes nothing.

    A feed that cannot be read keeps the reason (`outcome` failed) and raises nothing. Raises NotFound, Forbidden, FeedClosed.
    """
    async with transaction(system()):
        feed = await writable(who, code)
        if feed["closed_on"] is not None and feed["closed_on"] <= today():
            raise FeedClosed()
    try:
        fetched = await fetch_feed(
            feed["source_address"],
            etag=feed["etag"],
            last_modified=feed["last_modified"],
            networks=settings().feed_networks_allowed,
        )
    except FeedFault as fault:
        return await _failed(who, code, fault)
    return await take(who, code, fetched)


async def take(who: Actor, code: str, fetched: Fetched) -> FeedOut:
    """Stage what differs in a supplier's answer. Raises as `read_feed`."""
    async with transaction(system()):
        await lock_catalogue()
        feed = await writable(who, code)
        if fetched.content is not None:
            name = f"{code}.{feed['format']}"
            try:
                read = parse(feed["format"], json.loads(feed["mapping"]), fetched.content, name)
            except FeedFault as fault:
                return await _failed(who, code, fault)
            staged = await _stage(who, feed, *read)
            await execute(
                "UPDATE price_feed SET etag = $2, last_modified = $3 WHERE id = $1",
                feed["id"], fetched.etag, fetched.last_modified,
            )  # fmt: skip
        await _outcome(who, feed, "staged" if fetched.content is not None and staged else "unchanged", "")
    return await queries.one(who, code)


async def _failed(who: Actor, code: str, fault: FeedFault) -> FeedOut:
    """Keep why a feed could not be read; what was staged before still waits."""
    async with transaction(system()):
        await _outcome(who, await writable(who, code), "failed", fault.detail)
    return await queries.one(who, code)


async def read_all(who: Actor) -> dict[str, Any]:
    """Read every open feed, one after the other; one that fails stops no other. What became of them, by code."""
    async with transaction(who):
        feeds = await fetch(
            "SELECT code FROM price_feed WHERE closed_on IS NULL OR closed_on > $1 ORDER BY code", today()
        )
    told = {}
    for row in feeds:
        try:
            feed = await read_feed(who, row["code"])
            told[feed.code] = feed.fault or feed.outcome
        except Refused as refused:
            told[row["code"]] = refused.detail
    return told


async def _stage(who: Actor, feed: Any, prices: Sequence[FeedPrice], refused: Sequence[Refusal]) -> bool:
    """Keep what differs as the batch to decide on; False where nothing differs and nothing is wrong."""
    codes = list({price.product for price in prices})
    products: dict[str, UUID] = {
        row["code"]: row["id"]
        for row in await fetch("SELECT code, id FROM product WHERE code = ANY($1::text[])", codes)
    }
    sentence = _("Produit inconnu : « {code} ».")
    wrong = [
        *refused,
        *(
            Refusal(price.line, "product", price.product, sentence.format(code=price.product))
            for price in prices
            if price.product not in products
        ),
    ]
    found = differences([price for price in prices if price.product in products], await _known(feed, codes), today())
    if not found:
        return False
    await execute(
        "UPDATE price_feed_batch SET state = 'replaced', version = version + 1 WHERE feed = $1 AND state = 'staged'",
        feed["id"],
    )
    number = await fetch_value("SELECT coalesce(max(number), 0) + 1 FROM price_feed_batch WHERE feed = $1", feed["id"])
    batch = await fetch_value(
        "INSERT INTO price_feed_batch (feed, board, number, state, fetched_at, lines_read, refused)"
        " VALUES ($1, $2, $3, 'staged', $4, $5, $6::jsonb) RETURNING id",
        feed["id"], feed["board"], number, now(), len(prices) + len(refused),
        json.dumps(msgspec.to_builtins(sorted(wrong, key=lambda refusal: refusal.line))),
    )  # fmt: skip
    rows = [_row(difference, products) for difference in found]
    await execute(_LINES, batch, feed["board"], *(list(column) for column in zip(*rows, strict=True)))
    after = {"number": number, "differences": len(found), "refused": len(wrong)}
    await record(who, "price_feed.staged", kind="price_feed", subject=feed["code"], board=feed["board"], after=after)
    return True


def _row(difference: Difference, products: dict[str, UUID]) -> tuple[Any, ...]:
    price = difference.price
    return (
        price.line, products[price.product], price.minimum, difference.before, price.cents, price.from_day or today(),
        price.until_day,
    )  # fmt: skip


async def _known(feed: Any, codes: list[str]) -> dict[tuple[str, int], list[tuple[date, date | None, int]]]:
    known = defaultdict(list)
    for row in await fetch(_KNOWN, feed["supplier"], feed["board"], feed["contract"], codes):
        known[row["code"], row["minimum"]].append((row["from_day"], row["until_day"], row["before_tax_cents"]))
    return known


async def _outcome(who: Actor, feed: Any, outcome: str, fault: str) -> None:
    await execute(
        "UPDATE price_feed SET fetched_at = $2, outcome = $3, fault = $4 WHERE id = $1",
        feed["id"],
        now(),
        outcome,
        fault,
    )
    if outcome == "failed" and feed["outcome"] != "failed":  # once, not every night
        await record(who, "price_feed.failed", kind="price_feed", subject=feed["code"], board=feed["board"], why=fault)
