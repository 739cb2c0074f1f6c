"""The catalogue as one school sees it: each bundle priced with the basket in hand, exactly as the basket would be."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from allocations.choosing.rules import Basket, card
from allocations.choosing.schemas import Card, Draft, Offer
from allocations.envelopes import queries as envelopes
from allocations.envelopes.schemas import EnvelopeOut
from allocations.selections import pricing
from allocations.selections.effects import floor_effects
from allocations.selections.offering import units_of, with_offers
from allocations.selections.pricing import Part
from allocations.selections.queries import found
from allocations.selections.reading import eligible_of, live
from allocations.selections.things import parts_of_bundles, parts_of_selection
from catalog.bundles import queries as bundles
from catalog.bundles.schemas import BundleOut
from catalog.products.offers import offers_for
from catalog.taxes.queries import rates_on
from inventory.floor.queries import gaps_of_school, visible_school
from inventory.floor.rules import NoStandard
from inventory.floor.schemas import RuleStatus
from kit.actor import Actor
from kit.clock import school_year, today
from kit.database import fetch, fetch_as, transaction

_DRAFT = """
SELECT id, number, version, charged_cents FROM selection WHERE envelope = $1 AND state = 'draft'
ORDER BY made_at DESC, number DESC LIMIT 1
"""

_WAITING = """
SELECT p.category, sum(i.quantity)::int AS units FROM selection s JOIN selection_item i ON i.selection = s.id
JOIN product p ON p.id = i.product WHERE s.school = $1 AND s.state IN ('submitted', 'approved') AND p.tracked GROUP BY p.category
"""


async def offer(
    who: Actor, school: str, *, category: str | None = None, measure: str | None = None, quantity: int = 1
) -> Offer:
    """What a school may choose from, a category of it or all, so many of each, on its envelope of a measure (else that of its
    newest draft, else its first). Raises NotFound, Forbidden.
    """
    async with transaction(who):
        return await _offer(who, school, await bundles.list_bundles(who, category=category), measure, quantity)


async def offer_of_bundle(who: Actor, school: str, slug: str, *, measure: str | None = None) -> Offer:
    """The same of one bundle. Raises NotFound, Forbidden."""
    async with transaction(who):
        return await _offer(who, school, [await bundles.one(who, slug)], measure)


async def offer_to(who: Actor, school: str, *, measure: str | None = None) -> Offer:
    """A school's envelopes and basket in hand, without bundles. Raises NotFound, Forbidden."""
    async with transaction(who):
        return await _offer(who, school, [], measure)


async def draft_on(who: Actor, envelope: UUID) -> Draft | None:
    """The newest draft on an envelope that `who` may see. Call in a transaction."""
    who.must("selection.read")
    return next(iter(await fetch_as(Draft, _DRAFT, envelope)), None)


async def waiting_units(school: str) -> dict[str, int]:
    """Tracked units by category of a school's submitted and approved baskets: no order brings them yet. Call in a transaction."""
    rows = await fetch(_WAITING, school)
    return {row["category"]: row["units"] for row in rows}


async def rules_left(who: Actor, school: str) -> list[RuleStatus]:
    """How a school stands on each rule, `left` less what its submitted and approved baskets bring. Call in a transaction."""
    if not who.may("floor.read", school=school):
        return []
    try:
        rules = await gaps_of_school(who, school)
    except NoStandard:
        return []
    return _without(rules, await waiting_units(school))


async def _offer(who: Actor, school: str, shown: Sequence[BundleOut], measure: str | None, quantity: int = 1) -> Offer:
    place = await visible_school(who, school, "envelope.read")
    day = today()
    year = school_year(day)
    held = await envelopes.of_school(who, school, year)
    envelope = await _chosen(held, measure)
    rules = await rules_left(who, school)
    offer = Offer(
        school=school, school_name=place["name"], board=place["board"], year=year, envelopes=held, envelope=envelope,
        draft=None, rules=rules, cards=[Card(bundle, None, floor_effects(_times(bundle.units, quantity), rules), "")
                                        for bundle in shown],
    )  # fmt: skip
    return await _priced(who, offer, envelope, shown, day, quantity) if envelope else offer


async def _chosen(held: Sequence[EnvelopeOut], measure: str | None) -> EnvelopeOut | None:
    named = next((envelope for envelope in held if envelope.measure == measure), None)
    if named is not None or len(held) < 2:
        return named or next(iter(held), None)
    newest = await fetch(
        "SELECT envelope FROM selection WHERE envelope = ANY($1::uuid[]) AND state = 'draft' ORDER BY made_at DESC LIMIT 1",
        [envelope.id for envelope in held],
    )
    current = newest[0]["envelope"] if newest else held[0].id
    return next(envelope for envelope in held if envelope.id == current)


async def _priced(
    who: Actor, offer: Offer, envelope: EnvelopeOut, shown: Sequence[BundleOut], day: date, quantity: int
) -> Offer:
    taxes = await rates_on(who, day)
    draft = await draft_on(who, envelope.id)
    now = await live(who, await found(who, draft.number)) if draft else None
    units = pricing.units(now.parts) if now else {}
    eligible = await eligible_of(envelope.measure)
    rules = _without(offer.rules, units)
    basket = Basket(now.lines if now else {}, now.basket.charged if now else 0, taxes, envelope)
    together = await _together(offer.board, draft, shown, day, quantity)
    return msgspec.structs.replace(
        offer,
        draft=draft,
        fit=pricing.fit(basket.charged, envelope.figures.free, envelope.tax_basis) if now else None,
        floor=floor_effects(units, offer.rules),
        cards=[card(bundle, together[bundle.id], quantity, basket, eligible, rules) for bundle in shown],
    )


async def _together(
    board: str, draft: Draft | None, shown: Sequence[BundleOut], day: date, quantity: int
) -> dict[UUID, list[Part]]:
    """By bundle: the parts of the draft and of so many of the bundle, at the prices of a basket that holds both."""
    inside = await parts_of_selection(draft.id, day) if draft else []
    rows: dict[UUID, list[Any]] = {bundle.id: list(inside) for bundle in shown}
    for row in await parts_of_bundles(list(rows), day):
        rows[row["line"]].append({**row, "quantity": row["quantity"] * quantity})
    wanted = {pair for found_rows in rows.values() for pair in units_of(found_rows).items()}
    offers = await offers_for(board, sorted(wanted), day)
    return {bundle: with_offers(found_rows, offers) for bundle, found_rows in rows.items()}


def _without(rules: Sequence[RuleStatus], units: Mapping[str, int]) -> list[RuleStatus]:
    """The rules as they will stand when so many units have come."""
    return [msgspec.structs.replace(rule, left=max(rule.left - units.get(rule.category, 0), 0)) for rule in rules]


def _times(units: Mapping[str, int], quantity: int) -> dict[str, int]:
    return {category: each * quantity for category, each in units.items()}
