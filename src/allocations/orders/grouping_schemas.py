"""What crosses HTTP and pages about grouping: what waits, the plan of the orders to be made, what stays aside."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from allocations.orders.aside import Aside
from allocations.orders.schemas import Number, Text
from allocations.procurement.rules import Warned


class Waiting(Struct, kw_only=True):
    """What an approved choice would order from one supplier. `net_cents` after rebates."""

    selection: str
    title: str
    school: str
    school_name: str
    supplier: str
    supplier_name: str
    year: str
    units: int
    total_cents: int
    net_cents: int
    decided_at: datetime | None


class Preview(Struct, kw_only=True):
    """What waits to be ordered, what stays aside counted in.

    `selections` counts all of it, `orders` its suppliers by school year; `items` is a page of it, `next` goes into `?after=`.
    `POST /orders/preview` says exactly which orders it makes.
    """

    selections: int
    orders: int
    items: list[Waiting]
    next: str | None = None


class Build(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which approved choices to order (all that wait where none is named), and by when the goods are wanted.

    `justification`: why what is outside a mandatory contract is bought there; who asks attests it. Without one it stays aside.
    `reason`: why an order passes a threshold of the law or is no split purchase; kept on those that the watch names.
    """

    selections: list[Number] | None = None
    requested_on: date | None = None
    justification: Text = ""
    reason: Text = ""


class PreviewBuild(Struct, kw_only=True, forbid_unknown_fields=True):
    """As `Build`: which approved choices, and whether purchases outside a mandatory contract are to be justified."""

    selections: list[Number] | None = None
    justified: bool = False


class PlannedPart(Struct, kw_only=True):
    """What one choice, so one envelope, pays of an order to be. `charged_cents`: in the tax basis of its measure."""

    selection: str
    title: str
    school: str
    school_name: str
    envelope: UUID
    measure: str
    lines: int
    units: int
    total_cents: int
    net_cents: int
    charged_cents: int


class PlannedOrder(Struct, kw_only=True):
    """An order to be. `contract`: the number of the one its prices are under; `place`: the building or school it goes to, '' for many.

    `small`: it is under the least that the board wants to order at once. `warnings`: what the watch on the law says of it.
    """

    supplier: str
    supplier_name: str
    year: str
    contract: str
    place: str
    lines: int
    units: int
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    total_cents: int
    net_cents: int
    charged_cents: int
    small: bool
    warnings: list[Warned]
    parts: list[PlannedPart]


class AsideLine(Struct, kw_only=True):
    """A line that stays aside, and why (`reason` is one of `aside.Aside`)."""

    selection: str
    school: str
    supplier: str
    product: str
    description: str
    quantity: int
    reason: Aside
    sentence: str


class Plan(Struct, kw_only=True):
    """Exactly what building now would do. `selections`: how many are ordered, in whole or in part; `lines`: how many lines.

    `aside_lines` counts what stays aside, `aside` names the first 200 of it. `sentence` says all of it.
    """

    selections: int
    lines: int
    orders: list[PlannedOrder]
    aside_lines: int
    aside: list[AsideLine]
    minimum_before_tax_cents: int | None
    sentence: str


class GroupingOut(Struct, kw_only=True):
    """How a board has its orders delivered: `one` order for all, or one for each `building` or `school`; the least it likes to order."""

    delivery: Literal["one", "building", "school"]
    minimum_before_tax_cents: int | None
    version: int


class SetGrouping(Struct, kw_only=True, forbid_unknown_fields=True):
    delivery: Literal["one", "building", "school"]
    minimum_before_tax_cents: Annotated[int, Meta(gt=0, le=100_000_000_000)] | None = None
