"""Whether so many of a bundle fit beside the basket in hand, and what to take out so that they do. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from allocations.choosing.schemas import Card
from allocations.envelopes.schemas import EnvelopeOut
from allocations.selections import pricing
from allocations.selections.effects import floor_effects
from allocations.selections.pricing import Part
from catalog.bundles.schemas import BundleOut
from catalog.taxes.rules import Taxes
from inventory.floor.schemas import RuleStatus
from kit.i18n import current_language


class Basket(NamedTuple):
    """The basket in hand: its lines (name and quantity) and what it is charged, on an envelope."""

    lines: Mapping[UUID, tuple[str, int]]
    charged: int
    taxes: Taxes
    envelope: EnvelopeOut


def card(
    bundle: BundleOut,
    together: list[Part],
    quantity: int,
    basket: Basket,
    eligible: Sequence[str],
    rules: list[RuleStatus],
) -> Card:
    """How `quantity` of a bundle stand with the basket; `together`: the parts of both. `rules`: the floor with the basket."""
    envelope = basket.envelope
    parts = [part for part in together if part.line == bundle.id]
    stopped = [part for part in parts if part.closed or part.category not in eligible]
    refusals = pricing.problems([part.line for part in stopped[:1]], stopped, eligible, envelope.measure)
    floor, refusal = floor_effects(pricing.units(parts), rules), refusals[0].sentence if stopped else ""
    if not parts or any(part.offer is None for part in parts):
        return Card(bundle, None, floor, refusal)
    charged = pricing.price(together, basket.taxes, envelope.tax_basis).charged
    fit = pricing.fit(charged, envelope.figures.free, envelope.tax_basis)
    return Card(
        bundle,
        fit,
        floor,
        refusal,
        charged_cents=charged - basket.charged,
        room="" if fit.fits else _room(bundle, together, quantity, basket),
    )


def _room(bundle: BundleOut, together: list[Part], quantity: int, basket: Basket) -> str:
    """Of all lines of which fewer would do, the one that leaves the most in the basket."""
    name = bundle.name_en if bundle.name_en and current_language() == "en" else bundle.name
    lines = dict(basket.lines)
    if quantity > 1:  # taking away all of what is to be added is no advice
        lines[bundle.id] = (name, quantity - 1)
    found = pricing.rooms(lines, together, basket.taxes, basket.envelope.tax_basis, basket.envelope.figures.free)
    best = max(found.items(), key=lambda room: (room[1].cost, str(room[0])), default=None)
    return best[1].sentence if best else ""
