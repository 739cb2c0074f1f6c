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
    """A bundle for a school. `fit` and `floor` are those of the draft with one more of it; `fit` None: it has no price,
    or there is no envelope. `refusal`: why it cannot be added ('' where it can).
    """

    bundle: BundleOut
    fit: FitOut | None
    floor: list[FloorEffect]
    refusal: str


class Offer(msgspec.Struct, frozen=True):
    """What a school may choose from. `envelope` None: it has none this year."""

    school: str
    school_name: str
    board: str
    year: str
    envelopes: list[EnvelopeOut]
    envelope: EnvelopeOut | None
    draft: Draft | None
    cards: list[Card]
    rules: list[RuleStatus]
