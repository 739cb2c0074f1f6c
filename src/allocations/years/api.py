from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.years import commitments, operations, queries, releasing, rest
from allocations.years.schemas import Closing, Commitment, Decided, Decision, ReleaseOut, RestOut, YearOut
from kit.actor import Actor
from kit.http import After, IfMatch, may, version_of
from kit.paging import DEFAULT_LIMIT, Page


class YearApi(Controller):
    path = "/years"
    tags = ["School years"]
    guards = [may("envelope.read")]

    @get(operation_id="listYears")
    async def list_years(self, who: NamedDependency[Actor]) -> list[YearOut]:
        """School years, the latest first; a closed one is read, and written no more."""
        return await queries.listing(who)

    @post("/{year:str}/close", operation_id="closeYear", guards=[may("year.write")], status_code=200)
    async def close(
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Closing], if_match: IfMatch = None
    ) -> YearOut:
        """Close a school year that is over: no basket, envelope or order of it changes any more; what is awaited may come.

        Refused while it holds baskets that nobody ordered or orders that nobody decided on, unless `anyway`.
        """
        return await operations.close(who, year, reason=data.reason, anyway=data.anyway, version=version_of(if_match))

    @post("/{year:str}/begin-closing", operation_id="beginClosingYear", guards=[may("year.write")], status_code=200)
    async def begin_closing(
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision], if_match: IfMatch = None
    ) -> YearOut:
        """Begin to close a school year: no new basket is handed on and no money given; what is approved may be ordered."""
        return await operations.begin_closing(who, year, reason=data.reason, version=version_of(if_match))

    @post("/{year:str}/report", operation_id="reopenYearForReporting", guards=[may("year.write")], status_code=200)
    async def report(
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision], if_match: IfMatch = None
    ) -> YearOut:
        """Open a closed school year for its accounts alone: they may be signed again, and no money moves."""
        return await operations.report(who, year, reason=data.reason, version=version_of(if_match))

    @post("/{year:str}/reopen", operation_id="reopenYear", guards=[may("year.write")], status_code=200)
    async def reopen(
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision], if_match: IfMatch = None
    ) -> YearOut:
        """Open a closed school year again."""
        return await operations.reopen(who, year, reason=data.reason, version=version_of(if_match))

    @get("/{year:str}/rest", operation_id="previewYearRest", guards=[may("year.write")])
    async def preview_rest(self, who: NamedDependency[Actor], year: FromPath[str]) -> RestOut:
        """What would become of the free money of each envelope, by its measure's rule."""
        return await rest.preview(who, year)

    @post("/{year:str}/rest", operation_id="applyYearRest", guards=[may("year.write")], status_code=200)
    async def apply_rest(self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision]) -> RestOut:
        """Carry over, recover or leave the rest of a closed year. A second run finds nothing left to do."""
        return await rest.apply(who, year, reason=data.reason)

    @get("/{year:str}/commitments", operation_id="listYearCommitments", guards=[may("account.read")])
    async def list_commitments(
        self,
        who: NamedDependency[Actor],
        year: FromPath[str],
        board: FromQuery[str | None] = None,
        undecided: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[Commitment]:
        """Orders of a year that have not come, each with its board's choice; `undecided`: those without one."""
        return await commitments.listing(who, year, board=board, undecided=undecided, limit=limit, after=after)

    @post("/{year:str}/commitments", operation_id="decideYearCommitments", guards=[may("order.write")], status_code=200)
    async def decide(
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decided]
    ) -> list[Commitment]:
        """Keep orders of an ending year on its envelopes, or give up what they await. All of them or none."""
        return await commitments.decide(who, year, data)

    @get("/{year:str}/release", operation_id="previewYearRelease", guards=[may("year.write")])
    async def preview_release(self, who: NamedDependency[Actor], year: FromPath[str]) -> ReleaseOut:
        """Baskets that nobody ordered and orders that were never sent, with what each reserves."""
        return await releasing.preview(who, year)

    @post("/{year:str}/release", operation_id="releaseYear", guards=[may("year.write")], status_code=200)
    async def release(self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision]) -> ReleaseOut:
        """Withdraw them and give them up: their money is free, their people are told. A second run finds nothing left to do."""
        return await releasing.release(who, year, reason=data.reason)
