from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.ordering import operations, queries
from allocations.ordering.schemas import OrderingChange, OrderingOut
from kit.actor import Actor
from kit.http import IfMatch, may, version_of


class OrderingApi(Controller):
    path = "/ordering"
    tags = ["Envelopes"]
    guards = [may(queries.RIGHT)]

    @get(operation_id="listOrdering")
    async def list_ordering(
        self, who: NamedDependency[Actor], board: FromQuery[str | None] = None
    ) -> list[OrderingOut]:
        """Who submits baskets: each board's default and the schools that differ. Nothing said: the school's team."""
        return await queries.listing(who, board=board)

    @put("/boards/{code:str}", operation_id="decideOrderingOfBoard", guards=[may(operations.RIGHT)])
    async def decide_board(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[OrderingChange], if_match: IfMatch = None
    ) -> list[OrderingOut]:
        """Say who submits for all schools of a board that have no decision of their own."""
        return await operations.decide(who, code, None, data, version=version_of(if_match))

    @put("/schools/{code:str}", operation_id="decideOrderingOfSchool", guards=[may(operations.RIGHT)])
    async def decide_school(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[OrderingChange], if_match: IfMatch = None
    ) -> list[OrderingOut]:
        """Say who submits for one school; `by` null: its board's default again."""
        return await operations.decide(who, who.board or "", code, data, version=version_of(if_match))
