"""At which price a board buys: the one place that chooses among prices.

Of the prices that a board may use (shared or its own; under no contract, or under one that binds it) for the quantity:
one in force before one that has ended, then one under a contract that is mandatory for the product's kind, then the cheapest,
then the supplier's code. A board's own price takes the place of the shared one of the same supplier and contract.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import msgspec

from catalog.contracts.rules import outside_contract
from kit.database import fetch

READER = "nullif(current_setting('app.board', true), '')"  # the board for which the transaction acts; NULL: none


def binding(contract: str, *, day: str, board: str) -> str:
    """SQL: whether a contract (its alias) is in force on a day and binds a board."""
    return (
        f"{contract}.from_day <= {day} AND ({contract}.until_day IS NULL OR {contract}.until_day >= {day})"
        f" AND ({contract}.closed_on IS NULL OR {contract}.closed_on > {day})"
        f" AND ({contract}.board = {board} OR {contract}.board IS NULL AND ({contract}.binds_all OR EXISTS"
        f" (SELECT FROM contract_bound cb WHERE cb.contract = {contract}.id AND cb.bound = {board})))"
    )


def mandatory(*, product: str, day: str, board: str) -> str:
    """SQL: the contracts under which a board must buy such a product (its alias), as an array; empty: none."""
    return (
        "ARRAY(SELECT mc.id FROM contract_kind ck JOIN contract mc ON mc.id = ck.contract"
        f" WHERE ck.kind = {product}.kind AND {binding('mc', day=day, board=board)} ORDER BY mc.from_day DESC, mc.code)"
    )


def best_price(*, product: str = "p", day: str = "$1", board: str = READER, quantity: str = "1") -> str:
    """SQL of a LATERAL subquery: the price (one row or none) at which a board buys so many of a product (its alias).

    Columns: those of `price`, `supplier_id`, `supplier_code`, `supplier_name`, `contract_number`, `mandatory` (contracts, an
    array), and `expired_on`: no price is in force, this is the last one, ended that day.
    """
    return (
        "SELECT x.*, s.id AS supplier_id, s.code AS supplier_code, s.name AS supplier_name, c.number AS contract_number,"
        f" must.contracts AS mandatory, CASE WHEN x.until_day < {day} THEN x.until_day END AS expired_on"
        " FROM price x JOIN supplier s ON s.id = x.supplier LEFT JOIN contract c ON c.id = x.contract"
        f" CROSS JOIN (SELECT {mandatory(product=product, day=day, board=board)} AS contracts) must"
        f" WHERE x.product = {product}.id AND x.from_day <= {day} AND x.minimum <= {quantity}"
        f" AND (s.closed_on IS NULL OR s.closed_on > {day}) AND (x.board IS NULL OR x.board = {board})"
        f" AND (x.contract IS NULL OR {binding('c', day=day, board=board)})"
        " AND NOT (x.board IS NULL AND EXISTS (SELECT FROM price own WHERE own.product = x.product AND own.supplier = x.supplier"
        f" AND own.board = {board} AND own.contract IS NOT DISTINCT FROM x.contract AND own.minimum <= {quantity}"
        f" AND own.from_day <= {day} AND (own.until_day IS NULL OR own.until_day >= {day})))"
        f" ORDER BY coalesce(x.until_day < {day}, false), CASE WHEN x.until_day < {day} THEN {day} - x.until_day END,"
        " coalesce(x.contract = ANY(must.contracts), false) DESC, x.before_tax_cents, s.code, x.id LIMIT 1"
    )


def fee_of(*, product: str = "p", day: str = "$1") -> str:
    """SQL of a LATERAL subquery: the écofrais of a product (its alias) on a day, its own before that of its kind."""
    return (
        "SELECT e.fee, e.before_tax_cents, e.source FROM eco_fee e"
        f" WHERE e.from_day <= {day} AND (e.until_day IS NULL OR e.until_day >= {day}) AND (e.product = {product}.id"
        f" OR e.product IS NULL AND e.category = {product}.category AND e.kind = {product}.kind)"
        " ORDER BY e.product NULLS LAST, e.from_day DESC LIMIT 1"
    )


class Fee(msgspec.Struct, frozen=True):
    """An écofrais, cents a unit before tax, with the product that stands for it on its own line."""

    product: UUID
    code: str
    name: str
    before_tax_cents: int
    source: str


class BoardOffer(msgspec.Struct, frozen=True):
    """The price at which a board buys so many of a product (cents before tax, a unit).

    `expired_on`: no price is in force; this is the last one, ended that day. `minimum`: the price holds from so many units on.
    `mandatory`: the contracts under which the board must buy it; `outside`: the price is under none of them.
    """

    product: UUID
    supplier: UUID
    supplier_code: str
    supplier_name: str
    before_tax_cents: int
    minimum: int
    until_day: date | None
    expired_on: date | None
    source: str
    sample: bool
    contract: UUID | None
    contract_number: str
    mandatory: list[UUID]
    fee: Fee | None

    @property
    def outside(self) -> UUID | None:
        """The mandatory contract that this price escapes, or None."""
        return self.mandatory[0] if outside_contract(self.mandatory, self.contract) else None


_OFFERS = f"""
SELECT p.id AS product, w.quantity, x.supplier_id AS supplier, x.supplier_code, x.supplier_name, x.before_tax_cents, x.minimum,
       x.until_day, x.expired_on, x.source, x.sample, x.contract, coalesce(x.contract_number, '') AS contract_number, x.mandatory,
       f.id AS fee, f.code AS fee_code, f.name AS fee_name, e.before_tax_cents AS fee_cents, e.source AS fee_source
FROM unnest($3::uuid[], $4::int[]) AS w (product, quantity) JOIN product p ON p.id = w.product
CROSS JOIN LATERAL ({best_price(board="$2::text", quantity="w.quantity")}) x
LEFT JOIN LATERAL ({fee_of()}) e ON true LEFT JOIN product f ON f.id = e.fee
"""


async def offers_for(
    board: str | None, wanted: Collection[tuple[UUID, int]], day: date
) -> dict[tuple[UUID, int], BoardOffer]:
    """The best price for each (product, quantity) under the contracts of a board (None: those of nobody) on a day.

    A product that never had a price that the board may use is left out. Call inside a transaction.
    """
    if not wanted:
        return {}
    products, quantities = zip(*wanted, strict=True)
    rows = await fetch(_OFFERS, day, board, list(products), list(quantities))
    return {(row["product"], row["quantity"]): _offer(dict(row)) for row in rows}


def _offer(row: dict[str, object]) -> BoardOffer:
    del row["quantity"]
    fee = {name: row.pop(f"fee_{name}") for name in ("code", "name", "cents", "source")}
    found = row["fee"] and {
        "product": row["fee"], "code": fee["code"], "name": fee["name"], "before_tax_cents": fee["cents"], "source": fee["source"],
    }  # fmt: skip
    return msgspec.convert(row | {"fee": found}, BoardOffer)
