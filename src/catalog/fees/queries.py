"""Écofrais, newest first."""

from datetime import date

from catalog.fees.schemas import EcoFeeOut
from kit import paging
from kit.actor import Actor
from kit.database import fetch_as, transaction
from kit.paging import Page

_SELECT = """
SELECT e.category, e.kind, p.code AS product, e.before_tax_cents, e.from_day, e.until_day, e.source
FROM eco_fee e LEFT JOIN product p ON p.id = e.product
"""


async def of_category(who: Actor, category: str) -> list[EcoFeeOut]:
    """The écofrais of a category, what they are for, newest first."""
    who.must("catalogue.read")
    async with transaction(who):
        return await fetch_as(
            EcoFeeOut, f"{_SELECT} WHERE e.category = $1 ORDER BY e.kind, p.code, e.from_day DESC", category
        )


async def search(who: Actor, *, limit: int = paging.DEFAULT_LIMIT, after: str | None = None) -> Page[EcoFeeOut]:
    """All écofrais, ended ones too, by category, kind or product, newest first."""
    who.must("catalogue.read")
    paging.check_limit(limit)
    category, kind, product, days = paging.decode(after, keys=4) or ("", "", "", 0)
    order = "(e.category, e.kind, coalesce(p.code, ''), '9999-12-31'::date - e.from_day)"
    async with transaction(who):
        rows = await fetch_as(
            EcoFeeOut, f"{_SELECT} WHERE {order} > ($1, $2, $3, $4::int) ORDER BY {order[1:-1]} LIMIT $5",
            str(category), str(kind), str(product), days if isinstance(days, int) else 0, limit + 1,
        )  # fmt: skip
    return paging.page(
        rows, limit, lambda row: (row.category, row.kind, row.product or "", (date.max - row.from_day).days)
    )
