"""What the catalogue tells a school about a bundle: does it fit, what does it do to the floor."""

from uuid import UUID

import msgspec

from allocations.envelopes.schemas import EnvelopeOut
from allocations.selections.schemas import FitOut, FloorEffect
from catalog.bundles.schemas import BundleOut
from inventory.floor.schemas import RuleStatus


class Draft(msgspec.Struct, frozen=True):
    """The basket that a choice goes into: a school's newest draft on an envelope. Cents in the measure's tax basis."""

    id: UUID
    number: str
    version: int
    charged_cents: int


class Card(msgspec.Struct, frozen=True):
    """A bundle for a school. `fit` and `floor` are those of the draft with so many more of it; `fit` None: it has no price,
    or there is no envelope. `charged_cents`: what they add to the basket's cost. `refusal`: why they cannot be added ('' where
    they can). `room`: what to take out so that they fit, the least ('' where they fit or nothing helps).
    """

    bundle: BundleOut
    fit: FitOut | None
    floor: list[FloorEffect]
    refusal: str
    charged_cents: int | None = None
    room: str = ""


class Offer(msgspec.Struct, frozen=True):
    """What a school may choose from. `envelope` None: it has none this year.

    `fit` and `floor`: those of the draft as it is (None and empty without one). `rules`: `left` leaves out what submitted and
    approved baskets bring.
    """

    school: str
    school_name: str
    board: str
    year: str
    envelopes: list[EnvelopeOut]
    envelope: EnvelopeOut | None
    draft: Draft | None
    cards: list[Card]
    rules: list[RuleStatus]
    fit: FitOut | None = None
    floor: list[FloorEffect] = []


class BundleFit(msgspec.Struct, frozen=True):
    """How so many of a bundle stand with a school's basket and floor. Cents in the measure's tax basis.

    `units`: what they add, by category; `room`: what to take out of the basket so that they fit.
    """

    bundle: str
    edition: int
    name: str
    quantity: int
    charged_cents: int | None
    fit: FitOut | None
    room: str
    floor: list[FloorEffect]
    units: dict[str, int]
    refusal: str


class FitsOut(msgspec.Struct, frozen=True):
    """A school's money and basket, and how each bundle stands. `measure` null: the school has no envelope this year.

    `fit` and `floor` are those of the whole basket (`draft` null: there is none).
    """

    school: str
    year: str
    measure: str | None
    tax_basis: str | None
    free_cents: int | None
    draft: str | None
    fit: FitOut | None
    floor: list[FloorEffect]
    bundles: list[BundleFit]
