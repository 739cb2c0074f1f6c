from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from catalog.taxes import operations, queries
from catalog.taxes.schemas import NewRate, NewRebate, TaxOut
from kit.actor import Actor
from kit.http import IdempotencyKey, may
from kit.idempotency import once


class TaxApi(Controller):
    path = "/taxes"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listTaxes")
    async def list_taxes(self, who: NamedDependency[Actor]) -> list[TaxOut]:
        """Rates of taxes and rebates of kinds of bodies, past and to come."""
        return await queries.everything(who)

    @post("/rates", operation_id="addTaxRate", guards=[may("catalogue.write")])
    async def add_rate(
        self, who: NamedDependency[Actor], data: JSONBody[NewRate], idempotency_key: IdempotencyKey = None
    ) -> list[TaxOut]:
        """Change a tax from a day on; what was priced before stays as it was."""

        async def run() -> list[TaxOut]:
            return await operations.add_rate(who, data)

        return await once(who, idempotency_key, ("addTaxRate", data), run, list[TaxOut])

    @post("/rebates", operation_id="addTaxRebate", guards=[may("catalogue.write")])
    async def add_rebate(
        self, who: NamedDependency[Actor], data: JSONBody[NewRebate], idempotency_key: IdempotencyKey = None
    ) -> list[TaxOut]:
        """Change what a kind of body gets back of a tax from a day on."""

        async def run() -> list[TaxOut]:
            return await operations.add_rebate(who, data)

        return await once(who, idempotency_key, ("addTaxRebate", data), run, list[TaxOut])
