"""Suppliers, by name."""

from catalog.scope import seen
from catalog.suppliers.schemas import SupplierOut
from kit import paging
from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction
from kit.errors import NotFound
from kit.filters import searched
from kit.paging import Page

_FIELDS = ", ".join(SupplierOut.__struct_fields__)


async def search(
    who: Actor, *, text: str = "", limit: int = paging.DEFAULT_LIMIT, after: str | None = None
) -> Page[SupplierOut]:
    """Suppliers whose name or code holds every word of `text`, accents ignored; closed ones too, so that old orders open."""
    who.must("catalogue.read")
    paging.check_limit(limit)
    key, code = paging.decode(after, keys=2) or ("", "")
    async with transaction(who):
        rows = await fetch(
            f"SELECT name_key, {_FIELDS} FROM supplier WHERE {seen(who, 'supplier')}"
            " AND NOT EXISTS (SELECT FROM unnest(string_to_array(fold($1), ' ')) AS word"
            " WHERE strpos(name_key || ' ' || code, word) = 0)"
            " AND (name_key, code) > ($2, $3) ORDER BY name_key, code LIMIT $4",
            searched(text), str(key), str(code), limit + 1,
        )  # fmt: skip
    found = paging.page(rows, limit, lambda row: (row["name_key"], row["code"]))
    return Page(
        [SupplierOut(**{name: row[name] for name in SupplierOut.__struct_fields__}) for row in found.items], found.next
    )


async def one(who: Actor, code: str) -> SupplierOut:
    """A supplier by its code, closed or not. Raises NotFound for another board's too."""
    who.must("catalogue.read")
    async with transaction(who):
        for found in await fetch_as(
            SupplierOut, f"SELECT {_FIELDS} FROM supplier WHERE code = $1 AND {seen(who, 'supplier')}", code
        ):
            return found
    raise NotFound()
