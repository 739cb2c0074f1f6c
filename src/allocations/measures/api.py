from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from allocations.measures import operations, queries
from allocations.measures.schemas import AllocationRuleIn, MeasureIn, MeasureOut, MeasureYearIn
from kit.actor import Actor
from kit.http import IfMatch, may, version_of

WRITE = [may(operations.RIGHT)]


class MeasureApi(Controller):
    path = "/measures"
    tags = ["Envelopes"]
    guards = [may("envelope.read")]

    @get(operation_id="listMeasures")
    async def list_measures(self, who: NamedDependency[Actor]) -> list[MeasureOut]:
        """Funding measures with what they may pay for and how their envelopes are computed."""
        return await queries.listing(who)

    @get("/{code:str}", operation_id="getMeasure")
    async def get_measure(self, who: NamedDependency[Actor], code: FromPath[str]) -> MeasureOut:
        """One measure by its code."""
        return await queries.one(who, code)

    @put("/{code:str}", operation_id="putMeasure", guards=WRITE)
    async def put_measure(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[MeasureIn], if_match: IfMatch = None
    ) -> MeasureOut:
        """Make or change a measure. Once it has envelopes, who holds them and their tax basis stay."""
        return await operations.write_measure(who, code, data, version=version_of(if_match))

    @put("/{code:str}/years/{year:str}", operation_id="putMeasureYear", guards=WRITE)
    async def put_year(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        year: FromPath[str],
        data: JSONBody[MeasureYearIn],
        if_match: IfMatch = None,
    ) -> MeasureOut:
        """Say a measure's total in a school year, the days that end it, and what becomes of what is left."""
        return await operations.write_year(who, code, year, data, version=version_of(if_match))

    @put("/{code:str}/rules/{year:str}", operation_id="putAllocationRule", guards=WRITE)
    async def put_rule(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        year: FromPath[str],
        data: JSONBody[AllocationRuleIn],
        if_match: IfMatch = None,
    ) -> MeasureOut:
        """Say how a measure's envelopes of a school year are computed; computing again adjusts what is given."""
        return await operations.write_rule(who, code, year, data, version=version_of(if_match))
