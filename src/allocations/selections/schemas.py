"""What crosses HTTP about selections (« paniers »). Amounts are cents; `charged_cents` are in the measure's tax basis."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from kit.actor import by_whom
from kit.i18n import _

Quantity = Annotated[int, Meta(ge=1, le=10_000)]
Words = Annotated[str, Meta(max_length=300)]
Note = Annotated[str, Meta(max_length=4_000)]
Priority = Literal["low", "normal", "high"]
Reason = Annotated[str, Meta(max_length=2_000)]


class NewSelection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A basket to begin, on a school's envelope of a measure and school year. `measure` null: on no envelope yet."""

    school: Annotated[str, Meta(max_length=6)]
    measure: Annotated[str, Meta(max_length=20)] | None = None
    year: Annotated[str, Meta(max_length=9)]
    title: Annotated[str, Meta(max_length=200)] = ""
    note: Note = ""
    priority: Priority = "normal"
    wanted_by: date | None = None


class SelectionChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes in a draft; what is absent stays. `measure`: to whose envelope it moves (null: to none)."""

    title: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    wanted_by: date | UnsetType | None = UNSET
    measure: Annotated[str, Meta(max_length=20)] | UnsetType | None = UNSET


class CopyOf(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new basket of what an earlier one holds, in this school year. `measure` absent: the same; null: no envelope yet."""

    year: Annotated[str, Meta(max_length=9)]
    measure: Annotated[str, Meta(max_length=20)] | UnsetType | None = UNSET
    title: Annotated[str, Meta(max_length=200)] | None = None


class CopyOut(msgspec.Struct):
    """The copy, and what of the earlier basket it leaves out, one sentence each."""

    selection: "SelectionOut"
    left_out: list[str]


class NewComment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    body: Annotated[str, Meta(min_length=1, max_length=4_000)]


class CommentOut(msgspec.Struct):
    """What somebody wrote about a basket."""

    id: UUID
    person_name: str
    at: datetime
    body: str


class DifferenceOut(msgspec.Struct):
    """What is not as it was approved: `what` is a line's name, or '' for the whole basket."""

    what: str
    sentence: str


class FallenOut(msgspec.Struct):
    """The last approval that no longer holds, and what has changed since; `sentence` '' where none has fallen."""

    sentence: str
    by: str
    at: datetime | None
    differences: list[DifferenceOut]


Choices = Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=100)]


class NewLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """So many of a bundle (its slug) or of a product (its code), one of the two, for a building and a use in class.

    `choices`: of a bundle's optional and either/or lines, the paths of those that are taken; null: its defaults.
    """

    bundle: Annotated[str, Meta(max_length=80)] | None = None
    product: Annotated[str, Meta(max_length=60)] | None = None
    choices: Choices | None = None
    quantity: Quantity = 1
    building: Annotated[str, Meta(max_length=6)] | None = None
    use: Words = ""


class LineChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes in a line; what is absent stays. `building` null: none; `choices` null: the bundle's defaults."""

    quantity: Quantity | UnsetType = UNSET
    building: Annotated[str, Meta(max_length=6)] | UnsetType | None = UNSET
    use: Words | UnsetType = UNSET
    choices: Choices | UnsetType | None = UNSET


class Why(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A reason that the school team will read."""

    reason: Reason = ""


class LineOut(msgspec.Struct):
    """A line of a basket: `bundle` (slug) or `product` (code), one of the two.

    A bundle is the `edition` that was chosen; `choices`: the paths of its free lines that are taken, null for its defaults.
    """

    id: UUID
    position: int
    bundle: str | None
    edition: int | None
    product: str | None
    choices: list[str] | None
    name: str
    quantity: int
    building: str | None
    building_name: str
    use: str


def by_line(name: str, absent: str) -> str:
    """« {nom} », or « {nom}, en remplacement de {nom} »."""
    by = by_whom(name)
    return _("{name}, en remplacement de {absent}").format(name=by, absent=absent) if absent else by


class ApprovalOut(msgspec.Struct):
    """A person's decision: `approved`, `agreed` (over the limit of their step: the next decides), `refused` or `asked` (a change).

    `replaced_name`: in whose place. `voided_at`: it no longer holds, `voided_because` says why (`withdrawn`, `refused`, `asked`,
    `price`, `year`; '' where what came next answered it).
    """

    step: str
    decision: str
    person_name: str
    replaced_name: str
    at: datetime
    reason: str
    of_version: int
    position: int
    role: str
    role_name: str
    limit_cents: int | None
    voided_at: datetime | None
    voided_because: str
    by: str = ""

    def __post_init__(self) -> None:
        self.by = by_line(self.person_name, self.replaced_name)


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
    priority: str
    wanted_by: date | None
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
    priority: str
    wanted_by: date | None
    step: int
    step_role: str
    version: int


class SelectionOut(msgspec.Struct):
    """A basket. `may` names what the reader may do to it now; `own` says that they composed, edited or submitted it.

    `envelope` null, `measure` '': none yet, so it cannot be submitted. `price_until`: the last day of the frozen price that ends first.
    `step` and `step_role`: the step of the board's delegation at which it waits (0 and '': none, whoever may approve decides).
    `said`: what the decision that was just taken did.
    """

    number: str
    board: str
    school: str
    school_name: str
    envelope: UUID | None
    measure: str
    tax_basis: str
    year: str
    title: str
    note: str
    priority: str
    wanted_by: date | None
    state: str
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    net_cents: int
    charged_cents: int
    priced_on: date | None
    price_until: date | None
    step: int
    step_role: str
    step_role_name: str
    held_by_board: bool
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
    said: str = ""


class ItemOut(msgspec.Struct):
    """So many of a product at a supplier's price, with its shares of the invoice. `price_source`: where the price was seen.

    `contract`: its number. `outside_contract`: another contract is mandatory for it; the order will ask why.
    """

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
    price_until: date | None = None
    contract: str = ""
    outside_contract: bool = False


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
    """How the basket stands in its envelope. `left_cents` is negative when something is missing.

    `lent_cents`: what the board's shared envelopes would lend for it at submission.
    """

    fits: bool
    free_cents: int
    left_cents: int
    sentence: str
    lent_cents: int = 0


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


class NoticeOut(msgspec.Struct):
    """What the team should know, though it stops nothing. `kind`: `price_moved` (unit prices seen and now) or `outside_contract`."""

    line: UUID
    product: str
    kind: str
    sentence: str
    seen_cents: int | None = None
    now_cents: int | None = None


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
    notices: list[NoticeOut] = msgspec.field(default_factory=list)
