from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory.boards.queries import RIGHT
from directory.schools import queries
from directory.schools.schemas import SchoolDetail, SchoolOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class SchoolApi(Controller):
    path = "/schools"
    tags = ["Network"]
    guards = [may(RIGHT)]

    @get(operation_id="listSchools")
    async def list_schools(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        board: FromQuery[str | None] = None,
        region: FromQuery[str | None] = None,
        level: FromQuery[str | None] = None,
        closed: FromQuery[bool | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SchoolOut]:
        """Schools and centres by name. `q`: a code or its start, or words of a name, former ones too, or of the municipality."""
        return await queries.search(
            who, text=q, board=board, region=region, level=level, closed=closed, limit=limit, after=after
        )

    @get("/{code:str}", operation_id="getSchool")
    async def get_school(self, who: NamedDependency[Actor], code: FromPath[str]) -> SchoolDetail:
        """A school, its buildings, headcounts, former names and history."""
        return await queries.one(who, code)
