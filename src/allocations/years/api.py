from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from allocations.years import operations, queries, rest
from allocations.years.schemas import Decision, RestOut, YearOut
from kit.actor import Actor
from kit.http import IfMatch, may, version_of


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
        self, who: NamedDependency[Actor], year: FromPath[str], data: JSONBody[Decision], if_match: IfMatch = None
    ) -> YearOut:
        """Close a school year that is over: no basket, envelope or order of it changes any more; what is awaited may come."""
        return await operations.close(who, year, reason=data.reason, version=version_of(if_match))

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
