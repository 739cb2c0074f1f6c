"""Contracts, those that end first before the others."""

from catalog.contracts.schemas import ContractOut
from catalog.scope import seen
from kit import clock, paging
from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction
from kit.errors import NotFound
from kit.filters import Where
from kit.paging import Page

_SELECT = """
SELECT c.code, c.board, c.number, c.name, c.kind, s.code AS supplier, s.name AS supplier_name, c.from_day, c.until_day, c.options,
    c.options_until, ARRAY(SELECT k.kind::text FROM contract_kind k WHERE k.contract = c.id ORDER BY k.kind) AS mandatory_kinds,
    c.binds_all, ARRAY(SELECT b.bound::text FROM contract_bound b WHERE b.contract = c.id ORDER BY b.bound) AS boards,
    c.file_note, c.closed_on, c.version
FROM contract c JOIN supplier s ON s.id = c.supplier
"""


async def search(
    who: Actor,
    *,
    supplier: str | None = None,
    kind: str | None = None,
    ended: bool = False,
    limit: int = paging.DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ContractOut]:
    """Contracts that `who` may see, expiring first; of a supplier, or mandatory for a product kind. Ended ones only when asked."""
    who.must("catalogue.read")
    paging.check_limit(limit)
    last, code = paging.decode(after, keys=2) or ("-infinity", "")
    where = Where()
    where.parts.append(seen(who, "c"))
    if supplier is not None:
        where.add("s.code = {}", supplier)
    if kind is not None:
        where.add("EXISTS (SELECT FROM contract_kind k WHERE k.contract = c.id AND k.kind = {})", kind)
    if not ended:
        day = where.argument(clock.today())
        where.parts.append(
            f"coalesce(c.until_day, 'infinity') >= {day} AND (c.closed_on IS NULL OR c.closed_on > {day})"
        )
    key = f"({where.argument(str(last))}::text::date, {where.argument(str(code))})"
    async with transaction(who):
        rows = await fetch_as(
            ContractOut,
            f"{_SELECT} WHERE {where} AND (coalesce(c.until_day, 'infinity'), c.code) > {key}"
            f" ORDER BY coalesce(c.until_day, 'infinity'), c.code LIMIT {where.argument(limit + 1)}",
            *where.args,
        )
    return paging.page(rows, limit, lambda row: (str(row.until_day or "infinity"), row.code))


async def one(who: Actor, code: str) -> ContractOut:
    """A contract by its code. Raises NotFound for another board's too."""
    who.must("catalogue.read")
    async with transaction(who):
        for found in await fetch_as(ContractOut, f"{_SELECT} WHERE c.code = $1 AND {seen(who, 'c')}", code):
            return found
    raise NotFound()


async def everything(who: Actor) -> list[ContractOut]:
    """Every contract that `who` may see, by code."""
    who.must("catalogue.read")
    async with transaction(who):
        return await fetch_as(ContractOut, f"{_SELECT} WHERE {seen(who, 'c')} ORDER BY c.code")


async def unknown_boards(codes: list[str]) -> list[str]:
    """Of these codes, those of no open board. Call inside a transaction."""
    rows = await fetch(
        "SELECT code FROM unnest($1::text[]) AS w (code) WHERE NOT EXISTS"
        " (SELECT FROM board b WHERE b.code = w.code AND b.closed_on IS NULL)",
        codes,
    )
    return [row["code"] for row in rows]
