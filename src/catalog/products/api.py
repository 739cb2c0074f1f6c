from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from catalog.products import operations, queries
from catalog.products.schemas import CloseProduct, NewPrice, ProductDetail, ProductOut
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class ProductApi(Controller):
    path = "/products"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listProducts")
    async def list_products(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        category: FromQuery[str | None] = None,
        supplier: FromQuery[str | None] = None,
        closed: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ProductOut]:
        """Products by name with their prices in force (cents before tax); closed ones only when asked for."""
        return await queries.search(
            who, text=q, category=category, supplier=supplier, closed=closed, limit=limit, after=after
        )

    @get("/{code:str}", operation_id="getProduct")
    async def get_product(self, who: NamedDependency[Actor], code: FromPath[str]) -> Response[ProductDetail]:
        """A product, its bundles, trainings and price history. The `ETag` is what `If-Match` wants."""
        return _versioned(await queries.one(who, code))

    @post("/{code:str}/prices", operation_id="addPrice")
    async def add_price(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        data: JSONBody[NewPrice],
        idempotency_key: IdempotencyKey = None,
    ) -> ProductDetail:
        """Add a price from a day on; the price before it ends the day before. The ministry's is shared, a board's its own."""

        async def run() -> ProductDetail:
            return await operations.add_price(who, code, data)

        return await once(who, idempotency_key, ("addPrice", code, data), run, ProductDetail)

    @post("/{code:str}/close", operation_id="closeProduct", guards=[may("catalogue.write")], status_code=200)
    async def close_product(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        data: JSONBody[CloseProduct],
        if_match: IfMatch = None,
    ) -> Response[ProductDetail]:
        """Stop offering a product from a day on."""
        return _versioned(await operations.close_product(who, code, data, version=version_of(if_match)))


def _versioned(detail: ProductDetail) -> Response[ProductDetail]:
    return Response(detail, headers={"ETag": f'"{detail.product.version}"'})
