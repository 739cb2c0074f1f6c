"""Contracts and prices of the tests of the catalogue."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit.actor import system
from kit.database import execute, fetch_value, transaction


async def make_contract(
    code: str = "achat",
    *,
    supplier: str = "fournisseur",
    board: str | None = None,
    binds_all: bool = False,
    boards: Sequence[str] = (),
    kinds: Sequence[str] = (),
    from_day: date = date(2026, 7, 1),
    until_day: date | None = None,
) -> UUID:
    """A contract of a supplier that exists, mandatory for product kinds, binding boards; its key."""
    async with transaction(system()):
        contract: UUID = await fetch_value(
            "INSERT INTO contract (code, number, name, kind, supplier, board, binds_all, from_day, until_day)"
            " SELECT $1::text, 'DP-' || $1::text, $1::text,"
            " CASE WHEN $3::text IS NULL THEN 'group' ELSE 'local' END, id, $3::text, $4, $5, $6"
            " FROM supplier WHERE code = $2 RETURNING id",
            code, supplier, board, binds_all, from_day, until_day,
        )  # fmt: skip
        await execute("INSERT INTO contract_bound (contract, bound) SELECT $1, unnest($2::text[])", contract, boards)
        await execute(
            "INSERT INTO contract_kind (contract, board, kind) SELECT $1, $2, unnest($3::text[])",
            contract, board, kinds,
        )  # fmt: skip
    return contract


async def make_price(
    product: str,
    cents: int,
    *,
    supplier: str = "fournisseur",
    board: str | None = None,
    contract: str | None = None,
    minimum: int = 1,
    from_day: date = date(2026, 7, 1),
    until_day: date | None = None,
) -> None:
    """A further price of a product, at a supplier made when absent."""
    async with transaction(system()):
        await execute("INSERT INTO supplier (code, name) VALUES ($1, $1) ON CONFLICT DO NOTHING", supplier)
        await execute(
            "INSERT INTO price (product, supplier, board, contract, minimum, before_tax_cents, from_day, until_day, seen_on, source)"
            " SELECT p.id, s.id, $3, (SELECT id FROM contract WHERE code = $4), $5, $6, $7, $8, $7, 'essai'"
            " FROM product p, supplier s WHERE p.code = $1 AND s.code = $2",
            product, supplier, board, contract, minimum, cents, from_day, until_day,
        )  # fmt: skip
