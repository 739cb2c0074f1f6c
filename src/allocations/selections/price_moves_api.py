from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from allocations.selections import price_moves
from allocations.selections.price_moves import PriceMove
from allocations.selections.schemas import SelectionOut
from kit.actor import Actor
from kit.http import After, IfMatch, may, version_of
from kit.paging import DEFAULT_LIMIT, Page


class PriceMoveApi(Controller):
    path = "/selections"
    tags = ["Selections"]
    guards = [may("selection.read")]

    @get("/price-moves", operation_id="listPriceMoves")
    async def list_moves(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[PriceMove]:
        """Lines of drafts whose price has moved or ended since it was chosen; cents before tax, a unit."""
        return await price_moves.moves(who, limit=limit, after=after)

    @post(
        "/{number:str}/prices",
        operation_id="takeSelectionPrices",
        guards=[may("selection.compose")],
        status_code=200,
    )
    async def take_prices(
        self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None
    ) -> Response[SelectionOut]:
        """Take the prices of today for those that were seen when the lines of a draft were chosen."""
        found = await price_moves.take_prices(who, number, version=version_of(if_match))
        return Response(found, headers={"ETag": f'"{found.version}"'})
