from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from allocations.envelopes import balance, board_account, exports, queries
from allocations.envelopes.balance import Behind
from allocations.envelopes.board_account import BoardAccountLine
from allocations.envelopes.schemas import EnvelopeOut, LedgerLine
from kit.actor import Actor
from kit.http import After, FormatQuery, may
from kit.paging import DEFAULT_LIMIT, Page


class EnvelopeApi(Controller):
    path = "/envelopes"
    tags = ["Envelopes"]
    guards = [may("envelope.read")]

    @get(operation_id="listEnvelopes")
    async def list_envelopes(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        measure: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[EnvelopeOut]:
        """Envelopes by school, year and measure: free = allocated − reserved − committed − spent."""
        return await queries.listing(
            who, board=board, school=school, measure=measure, year=year, limit=limit, after=after
        )

    @get("/export", operation_id="exportEnvelopes", media_type="*/*")
    async def export(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        measure: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        sort: FormatQuery = "csv",
    ) -> Response[Any]:
        """The envelopes of these filters as a file, `csv` or `xlsx`, in dollars."""
        return await exports.table(who, sort, board=board, school=school, measure=measure, year=year)

    @get("/{envelope:uuid}", operation_id="getEnvelope")
    async def get_envelope(self, who: NamedDependency[Actor], envelope: FromPath[UUID]) -> EnvelopeOut:
        """One envelope by its id."""
        return await queries.one(who, envelope)

    @get("/{envelope:uuid}/ledger", operation_id="getEnvelopeLedger")
    async def get_ledger(
        self,
        who: NamedDependency[Actor],
        envelope: FromPath[UUID],
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[LedgerLine]:
        """Each change of an envelope's figures with its reason, newest first; the figures are their sums."""
        return await queries.ledger(who, envelope, limit=limit, after=after)

    @get("/{envelope:uuid}/behind/{figure:str}", operation_id="listBehindFigure")
    async def list_behind(
        self, who: NamedDependency[Actor], envelope: FromPath[UUID], figure: FromPath[str]
    ) -> list[Behind]:
        """What `reserved`, `committed` or `spent` is made of: baskets, or lines of orders, whose cents add up to the figure."""
        return await balance.behind(who, envelope, figure)


class BoardAccountApi(Controller):
    path = "/board-account"
    tags = ["Envelopes"]
    guards = [may("order.read")]

    @get("/{board:str}/{year:str}", operation_id="listBoardAccount")
    async def list_lines(
        self, who: NamedDependency[Actor], board: FromPath[str], year: FromPath[str]
    ) -> list[BoardAccountLine]:
        """The cents by which a board's invoices differ from its orders by rounding alone: never an envelope's. Not for schools."""
        return await board_account.lines(who, board, year)
