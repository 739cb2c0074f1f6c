"""The catalogue written out as tables that `import` takes back: reading an export changes nothing."""

from collections.abc import Iterator
from typing import Any

from catalog.bundles.rules import nested_in, waves
from catalog.imports import records
from catalog.imports.sheets import cells_of, headings
from catalog.scope import seen
from kit.actor import Actor, Scope
from kit.database import fetch, transaction

# Of each kind the records in the shape of a complete entry; {own}: whose.
_SQL = {
    "suppliers": "SELECT s.* FROM supplier s WHERE {own} ORDER BY s.code",
    "contracts": (
        "SELECT s.code, s.board, s.number, s.name, s.kind, v.code AS supplier, s.options, s.options_until, s.binds_all, s.file_note,"
        ' s.closed_on, s.from_day AS "from", s.until_day AS until,'
        " ARRAY(SELECT k.kind::text FROM contract_kind k WHERE k.contract = s.id ORDER BY k.kind) AS mandatory_kinds,"
        " ARRAY(SELECT b.bound::text FROM contract_bound b WHERE b.contract = s.id ORDER BY b.bound) AS boards"
        " FROM contract s JOIN supplier v ON v.id = s.supplier WHERE {own} ORDER BY s.code"
    ),
    "products": "SELECT s.* FROM product s WHERE NOT EXISTS (SELECT FROM eco_fee f WHERE f.fee = s.id) ORDER BY s.code",
    "prices": (
        "SELECT p.code AS product, v.code AS supplier, s.board, c.code AS contract, s.minimum, s.before_tax_cents AS before_tax,"
        ' s.from_day AS "from", s.until_day AS until, s.seen_on, s.source, s.source_note, s.sample'
        " FROM price s JOIN product p ON p.id = s.product JOIN supplier v ON v.id = s.supplier"
        " LEFT JOIN contract c ON c.id = s.contract WHERE {own}"
        " ORDER BY p.code, v.code, s.board NULLS FIRST, c.code NULLS FIRST, s.minimum, s.from_day"
    ),
    "trainings": (
        "SELECT t.code, t.category, t.kind, t.name, t.name_en, t.description, t.minutes, t.address, t.closed_on FROM training t"
        " ORDER BY t.code"
    ),
    "bundles": "SELECT DISTINCT b.slug FROM bundle b WHERE b.state <> 'draft' ORDER BY b.slug",
}
_OWNED = ("suppliers", "contracts", "prices")


async def rows_of(who: Actor, kind: str) -> tuple[list[str], Iterator[list[object]]]:
    """Headings and rows of a kind of record, of those that `who` keeps, or may see where they keep none."""
    who.must("catalogue.read")
    async with transaction(who):
        found = await fetch(_SQL[kind].format(own=_own(who)), *_own_args(who, kind))
        if kind == "bundles":
            return headings(kind), iter(
                [cells_of(kind, values) for values in await _bundles([row["slug"] for row in found])]
            )
    return headings(kind), (cells_of(kind, dict(row)) for row in found)


async def _bundles(slugs: list[str]) -> list[dict[str, Any]]:
    """The edition in force of each bundle, those that hold none before those that hold them: read back in this order."""
    known = await records.known(records.KINDS["bundles"], slugs)
    groups, _circular = waves({slug: set(nested_in(found.values["lines"])) for slug, found in known.items()})
    return [known[slug].values for group in groups for slug in sorted(group)]


def _own(who: Actor) -> str:
    if who.scope is Scope.board and who.may("supplier.write"):
        return "s.board = $1"
    return "s.board IS NULL" if who.scope is Scope.ministry else seen(who, "s")


def _own_args(who: Actor, kind: str) -> list[Any]:
    return [who.board] if kind in _OWNED and _own(who) == "s.board = $1" else []
