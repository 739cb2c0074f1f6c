from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from catalog.fees import operations, queries
from catalog.fees.schemas import EcoFeeOut, NewEcoFee
from kit.actor import Actor
from kit.http import After, IdempotencyKey, may
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class EcoFeeApi(Controller):
    path = "/eco-fees"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listEcoFees")
    async def list_fees(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[EcoFeeOut]:
        """Environmental handling fees (« écofrais »), ended ones too; cents before tax, a unit."""
        return await queries.search(who, limit=limit, after=after)

    @post(operation_id="addEcoFee", guards=[may("catalogue.write")])
    async def add_fee(
        self, who: NamedDependency[Actor], data: JSONBody[NewEcoFee], idempotency_key: IdempotencyKey = None
    ) -> list[EcoFeeOut]:
        """Add a fee from a day on (or end one); the fees of its category. The one before ends the day before."""

        async def run() -> list[EcoFeeOut]:
            return await operations.add(who, data)

        return await once(who, idempotency_key, ("addEcoFee", data), run, list[EcoFeeOut])
