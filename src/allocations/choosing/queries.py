"""The catalogue as one school sees it: each bundle priced with the basket in hand, exactly as the basket would be."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from allocations.choosing.schemas import Card, Draft, Offer
from allocations.envelopes import queries as envelopes
from allocations.envelopes.schemas import EnvelopeOut
from allocations.selections import pricing
from allocations.selections.effects import floor_effects
from allocations.selections.pricing import Part
from allocations.selections.queries import found
from allocations.selections.reading import eligible_of, live, offer_of
from catalog.bundles import queries as bundles
from catalog.bundles.schemas import BundleOut
from catalog.products.queries import cheapest
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import Taxes
from inventory.floor.queries import gaps_of_school, visible_school
from inventory.floor.rules import NoStandard
from inventory.floor.schemas import RuleStatus
from kit.actor import Actor
from kit.clock import school_year, today
from kit.database import fetch, fetch_as, transaction
from kit.i18n import name_sql

_DRAFT = """
SELECT id, number, version, charged_cents FROM selection WHERE envelope = $1 AND state = 'draft'
ORDER BY made_at DESC, number DESC LIMIT 1
"""

_PARTS = """
SELECT b.slug, b.id AS line, p.id AS product, p.code, p.name, p.category, {category} AS category_name, p.tracked,
       l.quantity AS each, l.quantity, coalesce(p.closed_on <= $2 OR b.closed_on <= $2, false) AS closed
FROM bundle b JOIN bundle_line l ON l.bundle = b.id JOIN product p ON p.id = l.product JOIN category c ON c.code = p.category
WHERE b.slug = ANY($1::text[]) ORDER BY b.slug, l.position, p.code
"""


async def offer(who: Actor, school: str, *, category: str | None = None, measure: str | None = None) -> Offer:
    """What a school may choose from, a category of it or all, on its envelope of a measure (else that of its newest draft,
    else its first). Raises NotFound, Forbidden.
    """
    async with transaction(who):
        return await _offer(who, school, await bundles.list_bundles(who, category=category), measure)


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


async def _offer(who: Actor, school: str, shown: Sequence[BundleOut], measure: str | None) -> Offer:
    place = await visible_school(who, school, "envelope.read")
    day = today()
    year = school_year(day)
    held = await envelopes.of_school(who, school, year)
    envelope = await _chosen(held, measure)
    rules = await _rules(who, school)
    draft, cards = None, [Card(bundle, None, floor_effects(bundle.units, rules), "") for bundle in shown]
    if envelope is not None:
        draft = await draft_on(who, envelope.id)
        cards = await _cards(who, shown, envelope, draft, rules, day)
    return Offer(
        school=school, school_name=place["name"], board=place["board"], year=year, envelopes=held, envelope=envelope,
        draft=draft, cards=cards, rules=rules,
    )  # fmt: skip


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


async def _cards(
    who: Actor,
    shown: Sequence[BundleOut],
    envelope: EnvelopeOut,
    draft: Draft | None,
    rules: list[RuleStatus],
    day: date,
) -> list[Card]:
    taxes = await rates_on(who, day)
    inside = (await live(who, await found(who, draft.number))).parts if draft else []
    eligible = await eligible_of(envelope.measure)
    parts = await _parts([bundle.slug for bundle in shown], day)
    before = pricing.units(inside)
    after_draft = [_less(rule, before.get(rule.category, 0)) for rule in rules]
    return [
        _card(bundle, parts.get(bundle.slug, []), inside, envelope, taxes, eligible, after_draft) for bundle in shown
    ]


def _card(
    bundle: BundleOut,
    parts: list[Part],
    inside: list[Part],
    envelope: EnvelopeOut,
    taxes: Taxes,
    eligible: Sequence[str],
    rules: list[RuleStatus],
) -> Card:
    priced = all(part.offer is not None for part in parts)
    charged = pricing.price([*inside, *parts], taxes, envelope.tax_basis).charged if priced else 0
    stopped = [part for part in parts if part.closed or part.category not in eligible]
    refusals = pricing.problems([part.line for part in stopped[:1]], stopped, eligible, envelope.measure)
    return Card(
        bundle=bundle,
        fit=pricing.fit(charged, envelope.figures.free, envelope.tax_basis) if priced and parts else None,
        floor=floor_effects(pricing.units(parts), rules),
        refusal=refusals[0].sentence if stopped else "",
    )


async def _parts(slugs: Sequence[str], day: date) -> dict[str, list[Part]]:
    rows = await fetch(_PARTS.format(category=name_sql("c")), list(slugs), day)
    offers = await cheapest([row["product"] for row in rows], on_day=day)
    parts: dict[str, list[Part]] = {}
    for row in rows:
        plain: dict[str, Any] = dict(row)
        slug = plain.pop("slug")
        parts.setdefault(slug, []).append(Part(**plain, offer=offer_of(offers.get(row["product"]))))
    return parts


async def _rules(who: Actor, school: str) -> list[RuleStatus]:
    if not who.may("floor.read", school=school):
        return []
    try:
        return await gaps_of_school(who, school)
    except NoStandard:
        return []


def _less(rule: RuleStatus, units: int) -> RuleStatus:
    """A rule as it will stand when the basket in hand has come."""
    return msgspec.structs.replace(rule, left=max(rule.left - units, 0))
