from litestar import Controller, Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from allocations.orders import delivering
from allocations.orders.grouping_schemas import GroupingOut, SetGrouping
from kit.actor import Actor
from kit.http import IfMatch, may, version_of


class OrderGroupingApi(Controller):
    path = "/order-groupings"
    tags = ["Purchase orders"]
    guards = [may("order.read")]

    @get("/{board:str}", operation_id="getOrderGrouping")
    async def get_grouping(self, who: NamedDependency[Actor], board: FromPath[str]) -> Response[GroupingOut]:
        """How the board has its orders delivered, so grouped. The `ETag` is what `If-Match` wants."""
        return _versioned(await delivering.one(who, board))

    @put("/{board:str}", operation_id="setOrderGrouping", guards=[may("order.limit")])
    async def set_grouping(
        self, who: NamedDependency[Actor], board: FromPath[str], data: JSONBody[SetGrouping], if_match: IfMatch = None
    ) -> Response[GroupingOut]:
        """Say how orders are grouped from now on; those that are made stay as they are."""
        return _versioned(await delivering.set_rules(who, board, data, version=version_of(if_match)))


def _versioned(found: GroupingOut) -> Response[GroupingOut]:
    return Response(found, headers={"ETag": f'"{found.version}"'})
