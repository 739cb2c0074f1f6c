from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory.boards.queries import RIGHT
from directory.buildings import queries
from directory.buildings.schemas import BuildingDetail, BuildingOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class BuildingApi(Controller):
    path = "/buildings"
    tags = ["Network"]
    guards = [may(RIGHT)]

    @get(operation_id="listBuildings")
    async def list_buildings(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        board: FromQuery[str | None] = None,
        region: FromQuery[str | None] = None,
        closed: FromQuery[bool | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[BuildingOut]:
        """Buildings by name. `q`: a building code or its start, or words of a name, address or municipality."""
        return await queries.search(who, text=q, board=board, region=region, closed=closed, limit=limit, after=after)

    @get("/{code:str}", operation_id="getBuilding")
    async def get_building(self, who: NamedDependency[Actor], code: FromPath[str]) -> BuildingDetail:
        """A building and the schools in it. Building codes and school codes look alike and differ."""
        return await queries.one(who, code)
