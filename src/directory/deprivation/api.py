from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory.deprivation import queries
from directory.deprivation.queries import DeprivationOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class DeprivationApi(Controller):
    path = "/deprivation"
    tags = ["Network"]
    guards = [may("network.read")]

    @get(operation_id="listDeprivation")
    async def list_deprivation(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[DeprivationOut]:
        """Decile ranks of schools (10 is the most deprived) by level; null where none is published."""
        return await queries.listing(who, board=board, school=school, year=year, limit=limit, after=after)
