from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from allocations.envelopes import queries
from allocations.envelopes.schemas import EnvelopeOut, LedgerLine
from kit.actor import Actor
from kit.http import After, may
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
