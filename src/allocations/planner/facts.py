"""What a school may choose from and what it lacks, read in a few statements whatever the number of bundles."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from allocations.choosing.queries import rules_left
from allocations.envelopes import queries as envelopes
from allocations.envelopes.schemas import EnvelopeOut
from allocations.planner.candidates import Leaf, Piece, candidate
from allocations.planner.model import Candidate, Problem
from allocations.planner.schemas import GapOut
from allocations.selections.reading import eligible_of
from catalog.products.offers import offers_for
from catalog.taxes.queries import rates_in_force
from inventory.floor.queries import visible_school
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch
from kit.i18n import name_sql

_BUNDLES = """
SELECT b.id, b.slug, {name} AS name, b.pupils_each FROM bundle b JOIN school s ON s.code = $1
WHERE b.state = 'published' AND (b.closed_on IS NULL OR b.closed_on > $2)
    AND (s.preschool AND b.for_preschool OR s.primary AND b.for_primary OR s.secondary AND b.for_secondary OR s.adult AND b.for_adult)
ORDER BY b.slug
"""

_LINES = """
WITH RECURSIVE lines AS (
    SELECT l.bundle AS root, l.product, l.nested, l.quantity, l.optional, l.choice, '' AS inside,
        coalesce(p.code, n.slug)::text AS path, ARRAY[l.position] AS places
    FROM bundle_line l LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested WHERE l.bundle = ANY($1::uuid[])
    UNION ALL
    SELECT o.root, l.product, l.nested, l.quantity, l.optional, l.choice, o.path, o.path || '/' || coalesce(p.code, n.slug),
        o.places || l.position
    FROM lines o JOIN bundle_line l ON l.bundle = o.nested
    LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested
) SELECT root, product, quantity, optional, choice, inside, path FROM lines ORDER BY root, places
"""

_PRODUCTS = """
SELECT p.id, p.code, {name} AS name, p.category, p.tracked FROM product p
WHERE (p.id = ANY($1::uuid[]) OR p.tracked AND p.category = ANY($2::text[])) AND (p.closed_on IS NULL OR p.closed_on > $3)
ORDER BY p.code
"""


class Choice(NamedTuple):
    """What a candidate is: a bundle (slug) or a product (code), its name, and whether it has free lines."""

    bundle: str | None
    product: str | None
    name: str
    free: bool = False


class Facts(msgspec.Struct, frozen=True):
    """A problem, what its candidates are (in the same order), and what the answer tells beside."""

    problem: Problem
    choices: list[Choice]
    gaps: list[GapOut]
    envelope: EnvelopeOut
    board: str


async def gather(who: Actor, school: str, *, measure: str, year: str) -> Facts:
    """What `who` may have proposed for a school on an envelope. Raises NotFound, Forbidden. Call in a transaction."""
    place = await visible_school(who, school, "envelope.read")
    envelope = await envelopes.of_measure(who, school, measure, year)
    day = today()
    rules = await rules_left(who, school)
    missing: dict[str, int] = {}
    for rule in rules:  # of several rules of one category, the one that asks for most
        if rule.gap is not None and rule.status != "exempt":
            missing[rule.category] = max(missing.get(rule.category, 0), rule.left)
    names = {rule.category: rule.category_name for rule in rules}
    gaps = {category: left for category, left in missing.items() if left > 0}
    eligible = await eligible_of(measure)
    bundles = await fetch(_BUNDLES.format(name=name_sql("b")), school, day)
    lines = await fetch(_LINES, [bundle["id"] for bundle in bundles])
    wanted = {line["product"] for line in lines if line["product"]}
    products = await fetch(
        _PRODUCTS.format(name=name_sql("p")), list(wanted), [code for code in gaps if code in eligible], day
    )
    leaves = await _leaves(place["board"], products, eligible, day)
    pupils = next((rule.pupils for rule in rules if rule.pupils is not None), None)
    found = [
        *_bundles(bundles, lines, leaves, gaps, pupils),
        *_products(products, leaves, gaps),
    ]
    return Facts(
        problem=Problem(
            candidates=[each for each, _choice in found],
            gaps=gaps,
            free=envelope.figures.free,
            taxes=await rates_in_force(day),
            tax_basis=envelope.tax_basis,
        ),
        choices=[choice for _each, choice in found],
        gaps=[GapOut(category, names[category], left) for category, left in gaps.items()],
        envelope=envelope,
        board=place["board"],
    )


async def _leaves(board: str, products: Sequence[Any], eligible: Collection[str], day: date) -> dict[UUID, Leaf]:
    """Products that may be bought without asking anybody: paid for by the measure, at a price in force, in no one's contract's stead."""
    offers = await offers_for(board, [(product["id"], 1) for product in products], day)
    leaves = {}
    for product in products:
        offer = offers.get((product["id"], 1))
        if offer is None or offer.expired_on is not None or offer.outside or product["category"] not in eligible:
            continue
        fee = offer.fee.before_tax_cents if offer.fee else 0
        category = product["category"] if product["tracked"] else None
        leaves[product["id"]] = Leaf(offer.supplier_code, offer.before_tax_cents + fee, category)
    return leaves


def _bundles(
    bundles: Sequence[Any],
    lines: Sequence[Any],
    leaves: Mapping[UUID, Leaf],
    gaps: Mapping[str, int],
    pupils: int | None,
) -> list[tuple[Candidate, Choice]]:
    pieces: dict[UUID, list[Piece]] = defaultdict(list)
    for line in lines:
        leaf = leaves.get(line["product"]) if line["product"] else None
        free = line["optional"] or line["choice"] != ""
        pieces[line["root"]].append(
            Piece(
                line["path"], line["inside"], free, line["choice"], line["quantity"], line["product"] is not None, leaf
            )
        )
    found = []
    for bundle in bundles:
        most = -(-pupils // bundle["pupils_each"]) if pupils is not None and bundle["pupils_each"] else None
        serves = bundle["pupils_each"] or 0 if most is not None else 0
        inside = pieces[bundle["id"]]
        made = candidate(bundle["slug"], inside, gaps, most=most, serves=serves)
        if made is not None:
            found.append((made, Choice(bundle["slug"], None, bundle["name"], any(piece.free for piece in inside))))
    return found


def _products(
    products: Sequence[Any], leaves: Mapping[UUID, Leaf], gaps: Mapping[str, int]
) -> list[tuple[Candidate, Choice]]:
    """Of each category that lacks units, products alone, the cheapest of each supplier: no dearer one is ever better."""
    cheapest: dict[tuple[str, str], Any] = {}
    for product in products:
        leaf = leaves.get(product["id"])
        if leaf is None or leaf.category is None or leaf.category not in gaps:
            continue
        place = (leaf.category, leaf.supplier)
        if place not in cheapest or leaf.cents < leaves[cheapest[place]["id"]].cents:
            cheapest[place] = product
    found = []
    for product in cheapest.values():
        piece = Piece(product["code"], "", False, "", 1, True, leaves[product["id"]])
        made = candidate(product["code"], [piece], gaps, most=None, serves=0)
        if made is not None:
            found.append((made, Choice(None, product["code"], product["name"])))
    return found
