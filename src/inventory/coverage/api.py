from datetime import date

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inventory.coverage import queries
from inventory.coverage.schemas import Coverage
from kit.actor import Actor
from kit.http import may


class CoverageApi(Controller):
    path = "/coverage"
    tags = ["Coverage"]

    @get(operation_id="getCoverage", guards=[may("coverage.read")])
    async def province(self, who: NamedDependency[Actor], at: FromQuery[date | None] = None) -> Coverage:
        """The province by region: counts by status, and day by day."""
        return await queries.province(who, at=at)

    @get("/regions/{code:str}", operation_id="getRegionCoverage", guards=[may("coverage.read")])
    async def region(
        self, who: NamedDependency[Actor], code: FromPath[str], at: FromQuery[date | None] = None
    ) -> Coverage:
        """A region by board."""
        return await queries.region(who, code, at=at)

    @get("/boards/{code:str}", operation_id="getBoardCoverage", guards=[may("floor.read")])
    async def board(
        self, who: NamedDependency[Actor], code: FromPath[str], at: FromQuery[date | None] = None
    ) -> Coverage:
        """A board, its schools with the reason of each, the worst first."""
        return await queries.board(who, code, at=at)
