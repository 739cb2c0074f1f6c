from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from catalog.suppliers import operations, queries
from catalog.suppliers.schemas import Closing, NewSupplier, SupplierChange, SupplierOut
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class SupplierApi(Controller):
    path = "/suppliers"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]  # who may write depends on whose supplier it is: the operation says

    @get(operation_id="listSuppliers")
    async def list_suppliers(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SupplierOut]:
        """Suppliers by name, shared and own, closed ones included."""
        return await queries.search(who, text=q, limit=limit, after=after)

    @get("/{code:str}", operation_id="getSupplier")
    async def get_supplier(self, who: NamedDependency[Actor], code: FromPath[str]) -> Response[SupplierOut]:
        """A supplier. The `ETag` is what `If-Match` wants."""
        return _versioned(await queries.one(who, code))

    @post(operation_id="addSupplier")
    async def add_supplier(
        self, who: NamedDependency[Actor], data: JSONBody[NewSupplier], idempotency_key: IdempotencyKey = None
    ) -> SupplierOut:
        """Add a supplier: shared by the ministry, a board's own by its purchasing."""

        async def run() -> SupplierOut:
            return await operations.add(who, data)

        return await once(who, idempotency_key, ("addSupplier", data), run, SupplierOut)

    @patch("/{code:str}", operation_id="changeSupplier")
    async def change_supplier(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        data: JSONBody[SupplierChange],
        if_match: IfMatch = None,
    ) -> Response[SupplierOut]:
        """Change a supplier's particulars; what is absent stays."""
        return _versioned(await operations.change(who, code, data, version=version_of(if_match)))

    @post("/{code:str}/close", operation_id="closeSupplier", status_code=200)
    async def close_supplier(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[Closing], if_match: IfMatch = None
    ) -> Response[SupplierOut]:
        """Stop buying from a supplier from a day on."""
        return _versioned(await operations.close(who, code, data, version=version_of(if_match)))


def _versioned(found: SupplierOut) -> Response[SupplierOut]:
    return Response(found, headers={"ETag": f'"{found.version}"'})
