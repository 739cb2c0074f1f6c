from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory.boards import queries
from directory.boards.schemas import BoardDetail, BoardOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class BoardApi(Controller):
    path = "/boards"
    tags = ["Network"]
    guards = [may(queries.RIGHT)]

    @get(operation_id="listBoards")
    async def list_boards(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        closed: FromQuery[bool | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[BoardOut]:
        """Boards by name. `q`: a code or its start, or words of a name, former ones too; `closed`: absent for both."""
        return await queries.search(who, text=q, closed=closed, limit=limit, after=after)

    @get("/{code:str}", operation_id="getBoard")
    async def get_board(self, who: NamedDependency[Actor], code: FromPath[str]) -> BoardDetail:
        """A board (`711000`, or `711`), its former names and its history."""
        return await queries.one(who, code)
