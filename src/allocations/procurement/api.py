from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.procurement import operations, queries
from allocations.procurement.schemas import (
    FamilyOut,
    GiveReason,
    Goods,
    GoodsChange,
    NewThreshold,
    OrderWarnings,
    ReasonOut,
    ThresholdOut,
)
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class ProcurementApi(Controller):
    path = "/procurement"
    tags = ["Procurement"]
    guards = [may("procurement.read")]

    @get("/families", operation_id="watchFamilies")
    async def families(self, who: NamedDependency[Actor], board: FromQuery[str | None] = None) -> list[FamilyOut]:
        """What the board has committed of each family of goods in twelve months, against the thresholds. The province names the board."""
        return await queries.families(who, board=board)

    @get("/orders/{number:str}", operation_id="watchOrder")
    async def order(self, who: NamedDependency[Actor], number: FromPath[str]) -> OrderWarnings:
        """What the watch says of an order, and the reason that it was given."""
        return await queries.of_order(who, number)

    @post("/orders/{number:str}/reason", operation_id="explainOrder", guards=[may("order.write")], status_code=200)
    async def reason(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[GiveReason], if_match: IfMatch = None
    ) -> OrderWarnings:
        """Say why the order passes a threshold, or is not a split purchase; it is kept on the order."""
        return await operations.give_reason(who, number, reason=data.reason, version=version_of(if_match))

    @get("/reasons", operation_id="listOrderReasons")
    async def reasons(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ReasonOut]:
        """The reasons that the board's orders were given, the newest order first."""
        return await queries.reasons(who, board=board, limit=limit, after=after)

    @get("/thresholds", operation_id="listThresholds")
    async def thresholds(self, who: NamedDependency[Actor]) -> list[ThresholdOut]:
        """What the law says, dated, with where it is written and whether it was checked there."""
        return await queries.thresholds(who)

    @post("/thresholds", operation_id="setThreshold", guards=[may("procurement.write")])
    async def set_threshold(
        self, who: NamedDependency[Actor], data: JSONBody[NewThreshold], idempotency_key: IdempotencyKey = None
    ) -> list[ThresholdOut]:
        """Add a threshold from a day on; none is ever rewritten."""

        async def run() -> list[ThresholdOut]:
            return await operations.set_threshold(who, data)

        return await once(who, idempotency_key, ("setThreshold", data), run, list[ThresholdOut])

    @get("/goods", operation_id="listGoods")
    async def goods(self, who: NamedDependency[Actor]) -> list[Goods]:
        """Families of goods: whole categories, and product kinds."""
        return await queries.goods(who)

    @put("/goods/{code:str}", operation_id="setGoods", guards=[may("procurement.write")])
    async def set_goods(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[GoodsChange]
    ) -> list[Goods]:
        """Name a family and say exactly what belongs to it."""
        return await operations.set_goods(who, code, data)
