from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.planner import operations
from allocations.planner.schemas import NewPlanBasket, PlanOut
from allocations.selections.schemas import SelectionOut
from kit.actor import Actor
from kit.clock import school_year, today
from kit.http import IdempotencyKey, may
from kit.idempotency import once


class PlannerApi(Controller):
    path = "/schools/{school:str}/best"
    tags = ["Choosing"]
    guards = [may("envelope.read")]

    @get(operation_id="findBest")
    async def best(
        self,
        who: NamedDependency[Actor],
        school: FromPath[str],
        measure: FromQuery[str],
        year: FromQuery[str | None] = None,
    ) -> PlanOut:
        """The best mixes of bundles for a school on its envelope of a measure and school year (this one): up to three, by
        categories lifted to the floor, missing units closed, cost; priced as the baskets that they would make. Searched for at
        most 5 seconds; nothing is written."""
        return await operations.best(who, school, measure=measure, year=year or school_year(today()))

    @post("/basket", operation_id="putBest", guards=[may("selection.compose")])
    async def put(
        self,
        who: NamedDependency[Actor],
        school: FromPath[str],
        data: JSONBody[NewPlanBasket],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Put a proposal (its lines) in a new basket, all of it or nothing."""

        async def run() -> SelectionOut:
            return await operations.put(who, school, data)

        basket = await once(who, idempotency_key, ("putBest", school, data), run, SelectionOut)
        return Response(basket, headers={"ETag": f'"{basket.version}"'})
