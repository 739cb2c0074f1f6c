from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from catalog.suppliers import queries
from catalog.suppliers.schemas import SupplierOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class SupplierApi(Controller):
    path = "/suppliers"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listSuppliers")
    async def list_suppliers(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SupplierOut]:
        """Suppliers by name, closed ones included."""
        return await queries.search(who, text=q, limit=limit, after=after)
