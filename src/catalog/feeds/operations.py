"""Feeds are added and closed; what a reading found is approved into prices, or rejected, and stays readable."""

import json
from typing import Any

from catalog.feeds import queries, rules
from catalog.feeds.addresses import checked_url
from catalog.feeds.rules import FeedFault
from catalog.feeds.schemas import FeedBatchOut, FeedOut, NewFeed
from catalog.products.prices import WantedPrice, lock_catalogue, write_prices
from catalog.products.schemas import NewPrice
from catalog.scope import check_writes, own_code, own_code_words, owner_for
from catalog.suppliers.schemas import Closing
from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _, kept, lazy


class FeedExists(Conflict):
    sentence = lazy("Un fil de prix porte déjà le code « {code} ».")


class FeedClosed(Conflict):
    sentence = lazy("Ce fil de prix est fermé.")


async def add(who: Actor, new: NewFeed) -> FeedOut:
    """Add a feed, shared or the board's own. Raises Forbidden, Invalid, FeedExists."""
    board = owner_for(who)
    if not own_code(new.code, board):
        raise Invalid({"code": own_code_words(board or "")})
    try:
        checked_url(new.address)
    except FeedFault as fault:
        raise Invalid({"address": fault.detail}) from None
    rules.check_mapping(new.format, new.mapping)
    async with transaction(system()):
        await lock_catalogue()
        if await fetch_value("SELECT 1 FROM price_feed WHERE code = $1", new.code):
            raise FeedExists(code=new.code)
        supplier = await fetch_value(
            "SELECT id FROM supplier WHERE code = $1 AND closed_on IS NULL AND (board IS NULL OR board = $2)",
            new.supplier, board,
        )  # fmt: skip
        if supplier is None:
            raise Invalid({"supplier": _("Fournisseur inconnu ou fermé : « {code} ».").format(code=new.supplier)})
        contract = None
        if new.contract is not None:
            contract = await fetch_value(
                "SELECT id FROM contract WHERE code = $1 AND supplier = $2 AND (board IS NULL OR board = $3)",
                new.contract, supplier, board,
            )  # fmt: skip
            if contract is None:
                sentence = _("Ce fournisseur n'a pas de contrat « {code} ».")
                raise Invalid({"contract": sentence.format(code=new.contract)})
        await execute(
            "INSERT INTO price_feed (code, board, supplier, contract, source_address, format, mapping)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)",
            new.code, board, supplier, contract, new.address, new.format, json.dumps(new.mapping),
        )  # fmt: skip
        await record(who, "price_feed.created", kind="price_feed", subject=new.code, board=board, after=new)
    return await queries.one(who, new.code)


async def close(who: Actor, code: str, closing: Closing) -> FeedOut:
    """Read a feed no more from a day on. Raises NotFound, Forbidden, FeedClosed."""
    async with transaction(system()):
        await lock_catalogue()
        row = await writable(who, code)
        if row["closed_on"] is not None:
            raise FeedClosed()
        await execute(
            "UPDATE price_feed SET closed_on = $2, version = version + 1 WHERE id = $1", row["id"], closing.closed_on
        )
        await record(
            who, "price_feed.closed", kind="price_feed", subject=code, board=row["board"],
            after={"closed_on": closing.closed_on}, why=closing.reason,
        )  # fmt: skip
    return await queries.one(who, code)


async def approve(who: Actor, code: str, number: int, *, version: int | None = None) -> FeedBatchOut:
    """Take the prices of a batch, with the feed as their source; a line that cannot be placed keeps its fault.

    A second approval reads the same answer. Raises NotFound, Forbidden, Stale, BatchDecided.
    """
    async with transaction(system()):
        await lock_catalogue()
        feed, batch = await _batch(who, code, number)
        if batch["state"] != "approved":
            _check(batch, version)
            await _apply(who, feed, batch)
            await _decide(who, feed, batch, "approved", "")
    return await queries.batch(who, code, number)


async def reject(who: Actor, code: str, number: int, reason: str, *, version: int | None = None) -> FeedBatchOut:
    """Take none of a batch; it stays readable with the reason. Raises NotFound, Forbidden, Invalid, Stale, BatchDecided."""
    if not reason.strip():
        raise Invalid({"reason": _("Écrivez pourquoi ces prix ne sont pas retenus.")})
    async with transaction(system()):
        await lock_catalogue()
        feed, batch = await _batch(who, code, number)
        _check(batch, version)
        await _decide(who, feed, batch, "rejected", reason.strip())
    return await queries.batch(who, code, number)


async def writable(who: Actor, code: str) -> Any:
    """The row of a feed, locked, for whoever keeps it; another board's is not there. Call inside a system transaction."""
    row = await fetch_one(
        "SELECT f.*, s.code AS supplier_code, c.code AS contract_code FROM price_feed f JOIN supplier s ON s.id = f.supplier"
        " LEFT JOIN contract c ON c.id = f.contract WHERE f.code = $1 FOR UPDATE OF f",
        code,
    )
    if row is None or (row["board"] is not None and who.board is not None and row["board"] != who.board):
        who.must("catalogue.read")
        raise NotFound()
    check_writes(who, row["board"])
    return row


async def _batch(who: Actor, code: str, number: int) -> tuple[Any, Any]:
    feed = await writable(who, code)
    batch = await fetch_one(
        "SELECT * FROM price_feed_batch WHERE feed = $1 AND number = $2 FOR UPDATE", feed["id"], number
    )
    if batch is None:
        raise NotFound()
    return feed, batch


def _check(batch: Any, version: int | None) -> None:
    if version is not None and version != batch["version"]:
        raise Stale()
    if batch["state"] != "staged":
        raise rules.BatchDecided()


async def _apply(who: Actor, feed: Any, batch: Any) -> None:
    rows = await fetch(
        "SELECT l.*, p.code FROM price_feed_line l JOIN product p ON p.id = l.product WHERE l.batch = $1 ORDER BY l.line",
        batch["id"],
    )
    # What is stored is French, whoever approves.
    source = kept(lazy("Fil de prix {feed}, lot {number}"), feed=feed["code"], number=batch["number"])
    wanted = [
        WantedPrice(
            row["product"],
            row["code"],
            feed["supplier"],
            NewPrice(
                supplier=feed["supplier_code"],
                contract=feed["contract_code"],
                minimum=row["minimum"],
                before_tax_cents=row["after_cents"],
                from_day=row["from_day"],
                until_day=row["until_day"],
                seen_on=batch["fetched_at"].astimezone(MONTREAL).date(),
                source=source,
            ),
            feed["board"],
            feed["contract"],
        )
        for row in rows
    ]
    written = await write_prices(who, wanted)
    faults = [
        (row["id"], answer.refused.detail)
        for row, answer in zip(rows, written, strict=True)
        if answer.refused is not None
    ]
    await execute(
        "UPDATE price_feed_line l SET fault = f.fault FROM unnest($1::uuid[], $2::text[]) AS f (id, fault) WHERE l.id = f.id",
        [identity for identity, _fault in faults], [fault for _identity, fault in faults],
    )  # fmt: skip


async def _decide(who: Actor, feed: Any, batch: Any, state: str, reason: str) -> None:
    await execute(
        "UPDATE price_feed_batch SET state = $2, decided_by = $3, decided_by_name = $4, decided_at = $5, reason = $6,"
        " version = version + 1 WHERE id = $1",
        batch["id"], state, who.person, who.name, now(), reason,
    )  # fmt: skip
    await record(
        who, f"price_feed.{state}", kind="price_feed", subject=feed["code"], board=feed["board"],
        after={"number": batch["number"]}, why=reason,
    )  # fmt: skip
