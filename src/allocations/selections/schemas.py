"""What crosses HTTP about selections (« paniers »). Amounts are cents; `charged_cents` are in the measure's tax basis."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Quantity = Annotated[int, Meta(ge=1, le=10_000)]
Words = Annotated[str, Meta(max_length=300)]
Reason = Annotated[str, Meta(max_length=2_000)]


class NewSelection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A basket to begin, on a school's envelope of a measure and school year."""

    school: Annotated[str, Meta(max_length=6)]
    measure: Annotated[str, Meta(max_length=20)]
    year: Annotated[str, Meta(max_length=9)]
    title: Annotated[str, Meta(max_length=200)] = ""


class NewLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """So many of a bundle (its slug) or of a product (its code), one of the two, for a building and a use in class."""

    bundle: Annotated[str, Meta(max_length=80)] | None = None
    product: Annotated[str, Meta(max_length=60)] | None = None
    quantity: Quantity = 1
    building: Annotated[str, Meta(max_length=6)] | None = None
    use: Words = ""


class LineChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes in a line; what is absent stays. `building` null: none."""

    quantity: Quantity | UnsetType = UNSET
    building: Annotated[str, Meta(max_length=6)] | UnsetType | None = UNSET
    use: Words | UnsetType = UNSET


class Why(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A reason that the school team will read."""

    reason: Reason = ""


class LineOut(msgspec.Struct):
    """A line of a basket: `bundle` (slug) or `product` (code), one of the two."""

    id: UUID
    position: int
    bundle: str | None
    product: str | None
    name: str
    quantity: int
    building: str | None
    building_name: str
    use: str


class ApprovalOut(msgspec.Struct):
    """A person's decision. `voided_at`: the basket was taken back or refused since."""

    step: str
    decision: str
    person_name: str
    at: datetime
    reason: str
    of_version: int
    voided_at: datetime | None


class SelectionRow(msgspec.Struct):
    """A basket in a list. Totals are those of the last pricing, frozen at submission."""

    number: str
    board: str
    school: str
    school_name: str
    measure: str
    year: str
    title: str
    state: str
    before_tax_cents: int
    net_cents: int
    charged_cents: int
    composed_by_name: str
    made_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    version: int


class QueueRow(msgspec.Struct):
    """A basket that waits for a decision; `units` are the tracked units that it adds, by category."""

    number: str
    school: str
    school_name: str
    measure: str
    title: str
    net_cents: int
    charged_cents: int
    composed_by_name: str
    submitted_at: datetime
    units: dict[str, int]
    version: int


class SelectionOut(msgspec.Struct):
    """A basket. `may` names what the reader may do to it now; `own` says that they composed, edited or submitted it."""

    number: str
    board: str
    school: str
    school_name: str
    envelope: UUID
    measure: str
    tax_basis: str
    year: str
    title: str
    state: str
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    net_cents: int
    charged_cents: int
    composed_by_name: str
    made_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    version: int
    lines: list[LineOut]
    approvals: list[ApprovalOut]
    own: bool
    may: list[str]


class ItemOut(msgspec.Struct):
    """So many of a product at a supplier's price, with its shares of the invoice. `price_source`: where the price was seen."""

    line: UUID
    product: str
    name: str
    category: str
    quantity: int
    unit_before_tax_cents: int
    before_tax_cents: int
    net_cents: int
    charged_cents: int
    price_source: str


class InvoiceOut(msgspec.Struct):
    """What one supplier is paid: each tax once on the total, each rebate on its rounded tax."""

    supplier: str
    supplier_name: str
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    total_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    net_cents: int
    charged_cents: int
    items: list[ItemOut]


class FitOut(msgspec.Struct):
    """How the basket stands in its envelope. `left_cents` is negative when something is missing."""

    fits: bool
    free_cents: int
    left_cents: int
    sentence: str


class LinePrice(msgspec.Struct):
    """A line's share of the cost. `remove`: how many fewer would let the whole basket fit (null: it fits, or that is not enough)."""

    line: UUID
    before_tax_cents: int
    net_cents: int
    charged_cents: int
    remove: int | None
    sentence: str


class FloorEffect(msgspec.Struct):
    """What the basket does to one rule of the floor: units still to choose before and after (null: not assessable)."""

    category: str
    category_name: str
    units: int
    before: int | None
    after: int | None
    sentence: str


class ProblemOut(msgspec.Struct):
    """Why the basket cannot be submitted as it is; `line` null: the whole basket."""

    line: UUID | None
    sentence: str


class PriceOut(msgspec.Struct):
    """What a basket costs and what becomes of the envelope and of the floor; live in a draft, frozen from submission on."""

    number: str
    version: int
    state: str
    tax_basis: str
    priced_on: date
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    total_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    net_cents: int
    charged_cents: int
    invoices: list[InvoiceOut]
    lines: list[LinePrice]
    fit: FitOut
    units: dict[str, int]
    floor: list[FloorEffect]
    problems: list[ProblemOut]
    ready: bool
