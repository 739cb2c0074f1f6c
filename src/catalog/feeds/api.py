from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from catalog.feeds import operations, queries
from catalog.feeds.reading import read_feed
from catalog.feeds.schemas import FeedBatchOut, FeedLineOut, FeedOut, NewFeed, Reject
from catalog.suppliers.schemas import Closing
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class FeedApi(Controller):
    path = "/price-feeds"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]  # who may write depends on whose feed it is: the operation says

    @get(operation_id="listPriceFeeds")
    async def list_feeds(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[FeedOut]:
        """Feeds of suppliers' prices, by code; `waiting` is the batch to decide on."""
        return await queries.search(who, limit=limit, after=after)

    @post(operation_id="addPriceFeed")
    async def add_feed(
        self, who: NamedDependency[Actor], data: JSONBody[NewFeed], idempotency_key: IdempotencyKey = None
    ) -> FeedOut:
        """Add a feed: https and public, with the mapping of its columns."""

        async def run() -> FeedOut:
            return await operations.add(who, data)

        return await once(who, idempotency_key, ("addPriceFeed", data), run, FeedOut)

    @get("/{code:str}", operation_id="getPriceFeed")
    async def get_feed(self, who: NamedDependency[Actor], code: FromPath[str]) -> FeedOut:
        """A feed, and what became of its last reading."""
        return await queries.one(who, code)

    @post("/{code:str}/fetch", operation_id="fetchPriceFeed", status_code=200)
    async def fetch(self, who: NamedDependency[Actor], code: FromPath[str]) -> FeedOut:
        """Read a feed now; what differs is staged. Safe to repeat."""
        return await read_feed(who, code)

    @post("/{code:str}/close", operation_id="closePriceFeed", status_code=200)
    async def close(self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[Closing]) -> FeedOut:
        """Read a feed no more from a day on."""
        return await operations.close(who, code, data)

    @get("/{code:str}/batches", operation_id="listPriceFeedBatches")
    async def list_batches(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[FeedBatchOut]:
        """What the readings of a feed found, newest first, decided ones too."""
        return await queries.batches(who, code, limit=limit, after=after)

    @get("/{code:str}/batches/{number:int}/lines", operation_id="listPriceFeedLines")
    async def list_lines(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        number: FromPath[int],
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[FeedLineOut]:
        """The prices of a batch that are new or differ: before and after, in cents before tax."""
        return await queries.lines(who, code, number, limit=limit, after=after)

    @post("/{code:str}/batches/{number:int}/approve", operation_id="approvePriceFeedBatch", status_code=200)
    async def approve(
        self, who: NamedDependency[Actor], code: FromPath[str], number: FromPath[int], if_match: IfMatch = None
    ) -> FeedBatchOut:
        """Take the prices of a batch."""
        return await operations.approve(who, code, number, version=version_of(if_match))

    @post("/{code:str}/batches/{number:int}/reject", operation_id="rejectPriceFeedBatch", status_code=200)
    async def reject(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        number: FromPath[int],
        data: JSONBody[Reject],
        if_match: IfMatch = None,
    ) -> FeedBatchOut:
        """Take none of a batch, and say why; it stays readable."""
        return await operations.reject(who, code, number, data.reason, version=version_of(if_match))
