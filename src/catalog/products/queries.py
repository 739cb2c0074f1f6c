"""Products with their prices in force. Every list is one statement."""

from datetime import date
from typing import Any

import msgspec

from catalog.products.offers import best_price
from catalog.products.schemas import PriceOut, ProductDetail, ProductOut
from catalog.scope import seen
from catalog.trainings.schemas import TrainingOut
from kit import clock, paging
from kit.actor import Actor
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import searched
from kit.paging import Page

_OWN = tuple(name for name in ProductOut.__struct_fields__ if name != "prices")
_PRICE = (
    "jsonb_build_object('supplier', s.code, 'supplier_name', s.name, 'board', x.board, 'contract', c.code,"
    " 'minimum', x.minimum, 'before_tax_cents', x.before_tax_cents, 'from_day', x.from_day,"
    " 'until_day', x.until_day, 'seen_on', x.seen_on, 'source', x.source, 'source_note', x.source_note, 'sample', x.sample)"
)
_SELECT = f"SELECT {', '.join(f'p.{name}' for name in _OWN)}, priced.prices"


def _prices(who: Actor) -> str:
    """SQL of the prices of product `p` that are in force on the day $1 and that `who` may see, cheapest first."""
    return (
        f"SELECT coalesce(jsonb_agg({_PRICE} ORDER BY x.before_tax_cents, s.code, x.minimum, x.id), '[]') AS prices"
        " FROM price x JOIN supplier s ON s.id = x.supplier LEFT JOIN contract c ON c.id = x.contract"
        f" WHERE {seen(who, 'x')} AND x.product = p.id AND x.from_day <= $1 AND (x.until_day IS NULL OR x.until_day >= $1)"
        " AND (s.closed_on IS NULL OR s.closed_on > $1)"
    )


def _product(row: Any) -> ProductOut:
    return ProductOut(
        **{name: row[name] for name in _OWN}, prices=msgspec.json.decode(row["prices"], type=list[PriceOut])
    )


async def search(
    who: Actor,
    *,
    text: str = "",
    category: str | None = None,
    supplier: str | None = None,
    closed: bool = False,
    on_day: date | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ProductOut]:
    """Products whose name, maker, model, kind or code holds every word of `text`, accents ignored, by name.

    Prices are those in force on `on_day` (today). Closed products only with `closed`.
    """
    who.must("catalogue.read")
    paging.check_limit(limit)
    key, code = paging.decode(after, keys=2) or ("", "")
    async with transaction(who):
        rows = await fetch(
            f"WITH p AS (SELECT * FROM product p WHERE ($2::text IS NULL OR category = $2)"
            " AND ($3 OR closed_on IS NULL OR closed_on > $1)"
            " AND NOT EXISTS (SELECT FROM unnest(string_to_array(fold($4), ' ')) AS word"
            "  WHERE strpos(name_key || ' ' || fold(kind || ' ' || code), word) = 0)"
            " AND ($5::text IS NULL OR EXISTS (SELECT FROM price x JOIN supplier s ON s.id = x.supplier"
            "  WHERE x.product = p.id AND s.code = $5 AND x.from_day <= $1 AND (x.until_day IS NULL OR x.until_day >= $1)"
            f" AND {seen(who, 'x')}))"
            " AND (name_key, code) > ($6, $7) ORDER BY name_key, code LIMIT $8)"
            f" {_SELECT}, p.name_key FROM p CROSS JOIN LATERAL ({_prices(who)}) priced ORDER BY p.name_key, p.code",
            on_day or clock.today(), category, closed, searched(text), supplier, str(key), str(code), limit + 1,
        )  # fmt: skip
    found = paging.page(rows, limit, lambda row: (row["name_key"], row["code"]))
    return Page([_product(row) for row in found.items], found.next)


async def one(who: Actor, code: str, *, on_day: date | None = None) -> ProductDetail:
    """A product by its code, closed or not. Raises NotFound."""
    who.must("catalogue.read")
    day = on_day or clock.today()
    async with transaction(who):
        row = await fetch_one(
            f"{_SELECT}, p.id FROM product p CROSS JOIN LATERAL ({_prices(who)}) priced WHERE p.code = $2", day, code
        )
        if row is None:
            raise NotFound()
        history = await fetch_as(
            PriceOut,
            "SELECT s.code AS supplier, s.name AS supplier_name, x.board, c.code AS contract, x.minimum,"
            " x.before_tax_cents, x.from_day, x.until_day, x.seen_on, x.source, x.source_note, x.sample"
            " FROM price x JOIN supplier s ON s.id = x.supplier LEFT JOIN contract c ON c.id = x.contract"
            f" WHERE x.product = $1 AND {seen(who, 'x')} ORDER BY x.from_day DESC, s.code, x.minimum, x.id",
            row["id"],
        )  # fmt: skip
        bundles = await fetch(
            "SELECT b.slug FROM bundle b JOIN bundle_line l ON l.bundle = b.id WHERE l.product = $1 AND b.state = 'published'"
            " AND (b.closed_on IS NULL OR b.closed_on > $2) ORDER BY b.name_key, b.slug",
            row["id"], day,
        )  # fmt: skip
        trainings = await fetch_as(
            TrainingOut,
            "SELECT code, category, kind, name, name_en, description, minutes, address, closed_on, version FROM training t"
            " WHERE (closed_on IS NULL OR closed_on > $2) AND EXISTS (SELECT FROM bundle_training bt"
            " JOIN bundle b ON b.id = bt.bundle AND b.state = 'published' JOIN bundle_line l ON l.bundle = b.id"
            " WHERE bt.training = t.id AND l.product = $1) ORDER BY kind DESC, code",
            row["id"], day,
        )  # fmt: skip
    return ProductDetail(_product(row), [bundle["slug"] for bundle in bundles], trainings, history)


# $1 is the day; `p` the product; the board is the reader's.
CHEAPEST = best_price()
