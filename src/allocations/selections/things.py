"""What the lines of a basket name, and the products that they come to: options, alternatives and nested bundles taken apart."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from allocations.selections.rules import NotEligible
from allocations.selections.schemas import NewLine
from catalog.bundles.choices import free_lines, resolve
from catalog.bundles.exploding import exploding
from kit.clock import today
from kit.database import fetch, fetch_one, fetch_value
from kit.errors import Invalid
from kit.i18n import _, name_sql

_OF_SELECTION = f"""
WITH RECURSIVE exploded AS ({exploding("SELECT id AS root, bundle, choices FROM selection_line WHERE selection = $1")})
SELECT l.id AS line, p.id AS product, p.code, p.name, p.category, {{category}} AS category_name, p.tracked,
       coalesce(e.quantity, 1) AS each, l.quantity * coalesce(e.quantity, 1) AS quantity,
       coalesce(p.closed_on <= $2 OR b.closed_on <= $2, false) AS closed, l.building
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN exploded e ON e.root = l.id AND e.product IS NOT NULL
JOIN product p ON p.id = coalesce(e.product, l.product) JOIN category c ON c.code = p.category
WHERE l.selection = $1 ORDER BY l.position, l.id, e.places, p.code
"""

_OF_BUNDLES = f"""
WITH RECURSIVE exploded AS ({exploding("SELECT id AS root, id AS bundle, NULL::text[] AS choices FROM bundle WHERE id = ANY($1::uuid[])")})
SELECT b.id AS line, p.id AS product, p.code, p.name, p.category, {{category}} AS category_name, p.tracked,
       e.quantity AS each, e.quantity, coalesce(p.closed_on <= $2 OR b.closed_on <= $2, false) AS closed
FROM bundle b JOIN exploded e ON e.root = b.id JOIN product p ON p.id = e.product JOIN category c ON c.code = p.category
ORDER BY b.slug, e.places, p.code
"""

# As _OF_SELECTION, of lines that are in no basket: JSON of line, bundle (slug), product (code), choices, quantity.
_OF_LINES = f"""
WITH RECURSIVE wanted AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (line uuid, bundle text, product text, choices text[], quantity int)
), exploded AS ({
    exploding(
        "SELECT w.line AS root, b.id AS bundle, w.choices FROM wanted w"
        " JOIN bundle b ON b.slug = w.bundle AND b.state = 'published'"
    )
})
SELECT w.line, p.id AS product, p.code, p.name, p.category, {{category}} AS category_name, p.tracked,
       coalesce(e.quantity, 1) AS each, w.quantity * coalesce(e.quantity, 1) AS quantity,
       coalesce(p.closed_on <= $2, false) AS closed
FROM wanted w LEFT JOIN exploded e ON e.root = w.line AND e.product IS NOT NULL
JOIN product p ON p.id = e.product OR e.product IS NULL AND p.code = w.product JOIN category c ON c.code = p.category
ORDER BY w.line, e.places, p.code
"""

# A category of what a bundle comes to, or of a product, that the measure does not pay for.
_NOT_ELIGIBLE = f"""
WITH RECURSIVE exploded AS ({exploding("SELECT $1::uuid AS root, $1::uuid AS bundle, $4::text[] AS choices")})
SELECT {{name}} AS name, {{category}} AS category FROM product p JOIN category c ON c.code = p.category
WHERE (p.id = $2 OR p.id IN (SELECT product FROM exploded WHERE product IS NOT NULL))
    AND p.category NOT IN (SELECT category FROM measure_category WHERE measure = $3) ORDER BY p.name LIMIT 1
"""


class Thing(NamedTuple):
    """An edition of a bundle, with the paths of its free lines that are taken (None: its defaults), or a product."""

    bundle: UUID | None
    product: UUID | None
    choices: list[str] | None


async def parts_of_selection(selection: UUID, day: date) -> list[Any]:
    """The products of a selection's lines: the fields of `pricing.Part` but the offer. Call in a transaction."""
    return await fetch(_OF_SELECTION.format(category=name_sql("c")), selection, day)


async def parts_of_bundles(bundles: Sequence[UUID], day: date) -> list[Any]:
    """The products of one of each bundle with its default choices; `line` is the bundle. Call in a transaction."""
    return await fetch(_OF_BUNDLES.format(category=name_sql("c")), list(bundles), day)


async def parts_of_lines(lines: Mapping[UUID, NewLine], day: date) -> list[Any]:
    """The products of lines that are in no basket (bundles as they are published now), by key. Call in a transaction."""
    wanted = [
        {
            "line": str(key),
            "bundle": line.bundle,
            "product": line.product,
            "choices": line.choices,
            "quantity": line.quantity,
        }
        for key, line in lines.items()
    ]
    return await fetch(_OF_LINES.format(category=name_sql("c")), json.dumps(wanted), day)


async def thing(line: NewLine) -> Thing:
    """The published bundle or the product that a line names, today. Raises Invalid. Call in a transaction."""
    if (line.bundle is None) == (line.product is None):
        raise Invalid({"bundle": _("Nommez un combo ou un produit, l'un des deux.")})
    if line.bundle is not None:
        bundle = await fetch_value(
            "SELECT id FROM bundle WHERE slug = $1 AND state = 'published' AND (closed_on IS NULL OR closed_on > $2)",
            line.bundle, today(),
        )  # fmt: skip
        if bundle is None:
            raise Invalid({"bundle": _("Le combo « {code} » n'est pas au catalogue.").format(code=line.bundle)})
        return Thing(bundle, None, await chosen(bundle, line.choices))
    product = await fetch_value(
        "SELECT id FROM product WHERE code = $1 AND (closed_on IS NULL OR closed_on > $2)", line.product, today()
    )
    if product is None:
        raise Invalid({"product": _("Le produit « {code} » n'est pas au catalogue.").format(code=line.product)})
    return Thing(None, product, await chosen(None, line.choices))


async def chosen(bundle: UUID | None, choices: Sequence[str] | None) -> list[str] | None:
    """Choices as a line keeps them: None for the defaults of the bundle. Raises Invalid. Call in a transaction."""
    if choices is None:
        return None
    return resolve(await free_lines(bundle) if bundle else [], choices)


async def check_eligible(row: Any, found: Thing) -> None:
    """Raise NotEligible where the measure of a selection (its row) does not pay for all of a thing."""
    sql = _NOT_ELIGIBLE.format(name=name_sql("p"), category=name_sql("c"))
    if refused := await fetch_one(sql, found.bundle, found.product, row["measure_id"], found.choices):
        raise NotEligible(measure=row["measure_code"], name=refused["name"], category=refused["category"])
