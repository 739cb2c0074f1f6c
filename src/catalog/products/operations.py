"""Prices are added, never rewritten; products are closed, never deleted."""

from uuid import UUID

from catalog.products import queries
from catalog.products.prices import WantedPrice, lock_catalogue, write_prices
from catalog.products.schemas import CloseProduct, NewPrice, ProductDetail
from catalog.scope import owner_for
from kit.actor import Actor, system
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _, date_long, lazy


class AlreadyClosed(Conflict):
    sentence = lazy("Ce produit est déjà fermé.")


async def add_price(who: Actor, code: str, price: NewPrice) -> ProductDetail:
    """Add a price to a product from a day on; the one in force then ends the day before. A board's is its own.

    The same price again changes nothing. Raises NotFound, Forbidden, Invalid (supplier or contract unknown), PriceTaken,
    DaysOutOfOrder.
    """
    board = owner_for(who, price.board)
    async with transaction(system()):  # every school reads the catalogue, so no scope below the system writes all of it
        await lock_catalogue()
        product = await fetch_value("SELECT id FROM product WHERE code = $1", code)
        if product is None:
            raise NotFound()
        supplier = await fetch_value(
            "SELECT id FROM supplier WHERE code = $1 AND closed_on IS NULL AND (board IS NULL OR board = $2)",
            price.supplier, board,
        )  # fmt: skip
        if supplier is None:
            raise Invalid({"supplier": _("Fournisseur inconnu ou fermé : « {code} ».").format(code=price.supplier)})
        contract = await _contract(price, supplier, board)
        (written,) = await write_prices(who, [WantedPrice(product, code, supplier, price, board, contract)])
        if written.refused:
            raise written.refused
    return await queries.one(who, code)


async def _contract(price: NewPrice, supplier: UUID, board: str | None) -> UUID | None:
    """The contract that a price is under, its supplier's and one that the owner of the price may use."""
    if price.contract is None:
        return None
    found: UUID | None = await fetch_value(
        "SELECT id FROM contract WHERE code = $1 AND supplier = $2 AND (board IS NULL OR board = $3)",
        price.contract, supplier, board,
    )  # fmt: skip
    if found is None:
        sentence = _("Ce fournisseur n'a pas de contrat « {code} ».")
        raise Invalid({"contract": sentence.format(code=price.contract)})
    return found


async def close_product(who: Actor, code: str, closing: CloseProduct, *, version: int | None = None) -> ProductDetail:
    """No longer offer a product from a day on; what was bought stays. Raises NotFound, Stale, AlreadyClosed."""
    who.must("catalogue.write")
    async with transaction(system()):
        before = await fetch_one("SELECT id, version, closed_on FROM product WHERE code = $1 FOR UPDATE", code)
        if before is None:
            raise NotFound()
        if version is not None and version != before["version"]:
            raise Stale()
        if before["closed_on"] is not None:
            raise AlreadyClosed(_("Ce produit est fermé depuis le {day}.").format(day=date_long(before["closed_on"])))
        await execute(
            "UPDATE product SET closed_on = $2, version = version + 1 WHERE id = $1", before["id"], closing.closed_on
        )
        await record(
            who, "product.closed", kind="product", subject=code,
            before={"closed_on": None}, after={"closed_on": closing.closed_on}, why=closing.reason,
        )  # fmt: skip
    return await queries.one(who, code)
