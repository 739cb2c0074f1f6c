"""Drafts whose prices have moved since they were chosen, and taking the prices of today."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from allocations.selections import queries
from allocations.selections.offering import ended_words, moved_words
from allocations.selections.operations import editing, repriced, told
from allocations.selections.schemas import SelectionOut
from catalog.products.offers import best_price
from kit.actor import Actor
from kit.clock import today
from kit.database import execute, fetch, transaction
from kit.filters import visible
from kit.i18n import _, name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

_TOUCHED = """
SELECT d.*, {name} AS name, p.code AS product, x.before_tax_cents AS now_cents, x.expired_on FROM (
    SELECT s.number, s.board, s.school, c.name AS school_name, s.title, l.id AS line, e.key::uuid AS thing,
           (e.value->>0)::bigint AS seen_cents, (e.value->>1)::int AS units
    FROM selection s JOIN school c ON c.code = s.school JOIN selection_line l ON l.selection = s.id
    CROSS JOIN LATERAL jsonb_each(l.seen) e WHERE {where} AND s.state = 'draft'
) d JOIN product p ON p.id = d.thing LEFT JOIN LATERAL ({price}) x ON true
WHERE (x.before_tax_cents IS DISTINCT FROM d.seen_cents OR x.expired_on IS NOT NULL)
    AND (d.number, d.line::text, p.code) > ({number}, {line}, {code})
    -- a fee has no price of its own: it moves with its product's
    AND NOT EXISTS (SELECT FROM eco_fee f WHERE f.fee = p.id)
ORDER BY d.number, d.line::text, p.code LIMIT {limit}
"""


class PriceMove(msgspec.Struct):
    """A product of a draft whose price is no longer the one seen (cents before tax, a unit). `now_cents` null: none is known."""

    number: str
    school: str
    school_name: str
    title: str
    line: UUID
    product: str
    seen_cents: int
    now_cents: int | None
    expired_on: date | None
    sentence: str


async def moves(who: Actor, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[PriceMove]:
    """Drafts that `who` may see and whose prices have moved or ended since they were chosen, line by line, by number."""
    check_limit(limit)
    number, line, code = decode(after, keys=3) or ("", "", "")
    where = visible(who, "selection.read", board="s.board", school="s.school")
    day = where.argument(today())
    sql = _TOUCHED.format(
        name=name_sql("p"),
        where=where,
        price=best_price(day=f"{day}::date", board="d.board", quantity="d.units"),
        number=where.argument(str(number)),
        line=where.argument(str(line)),
        code=where.argument(str(code)),
        limit=where.argument(limit + 1),
    )
    async with transaction(who):
        rows = await fetch(sql, *where.args)
    found = page(rows, limit, lambda row: (row["number"], str(row["line"]), row["product"]))
    return Page([_move(row) for row in found.items], found.next)


async def take_prices(who: Actor, number: str, *, version: int | None) -> SelectionOut:
    """Take the prices of today for the ones that were seen. Raises NotFound, Forbidden, Stale, WrongState."""
    async with transaction(who):
        row = await editing(who, number, version)
        await execute("UPDATE selection_line SET seen = NULL WHERE selection = $1", row["id"])
        await repriced(who, row)
        await told(who, "prices_taken", row)
        return await queries.whole(who, number)


def _move(row: Any) -> PriceMove:
    values = {name: row[name] for name in PriceMove.__struct_fields__ if name != "sentence"}
    return PriceMove(**values, sentence=_words(row))


def _words(row: Any) -> str:
    if row["now_cents"] is None:
        return _("« {name} » n'a plus de prix connu : l'organisme doit en inscrire un.").format(name=row["name"])
    if row["expired_on"] is not None:
        return ended_words(row["name"], row["expired_on"])
    return moved_words(row["name"], row["seen_cents"], row["now_cents"])
