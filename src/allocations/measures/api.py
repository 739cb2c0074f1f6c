from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from allocations.measures import queries
from allocations.measures.schemas import MeasureOut
from kit.actor import Actor
from kit.http import may


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
