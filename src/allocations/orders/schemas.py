"""What crosses HTTP, pages and documents about purchase orders."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from allocations.orders.rules import How, State
from kit.events import EventOut

Number = Annotated[str, Meta(min_length=1, max_length=24)]
Text = Annotated[str, Meta(max_length=500)]


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
    """What grouping would make: one order for each supplier and school year.

    `selections` and `orders` count all that waits; `items` is a page of it, `next` goes into `?after=`.
    """

    selections: int
    orders: int
    items: list[Waiting]
    next: str | None = None


class Build(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which approved choices to order (all that wait where none is named), and by when the goods are wanted."""

    selections: list[Number] | None = None
    requested_on: date | None = None


class Cancel(Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Text


class HandOver(Struct, kw_only=True, forbid_unknown_fields=True):
    """How an order without mail was handed over, and the number by which the supplier confirmed it."""

    how: How
    confirmation: Annotated[str, Meta(max_length=60)] = ""


class OwnNumber(Struct, kw_only=True, forbid_unknown_fields=True):
    """The number of the order in the board's own purchasing system; '' takes it off."""

    external_number: Annotated[str, Meta(max_length=60)]


class Promise(Struct, kw_only=True, forbid_unknown_fields=True):
    """The day the supplier gives, for the lines named by their position, or for all that are awaited."""

    expected_on: date | None
    lines: list[int] | None = None


class OrderLineOut(Struct, kw_only=True):
    """One line. `outstanding` = quantity − received − cancelled; amounts before tax, and net of rebates."""

    id: UUID
    position: int
    product: str
    description: str
    category: str
    tracked: bool
    school: str
    school_name: str
    building: str | None
    building_name: str
    address: str
    selection: str
    envelope: UUID
    measure: str
    quantity: int
    received: int
    cancelled: int
    outstanding: int
    unit_before_tax_cents: int
    before_tax_cents: int
    net_cents: int
    charged_cents: int
    spent_cents: int
    abandoned_cents: int
    expected_on: date | None


class OrderOut(Struct, kw_only=True):
    """A purchase order without its lines. `total_cents` is with taxes, `net_cents` after rebates.

    `external_number`: the board's own. `sent_how`: portal, phone, fax, post or in_person where it was handed over by hand.
    """

    number: str
    board: str
    board_name: str
    supplier: str
    supplier_name: str
    year: str
    state: State
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    total_cents: int
    net_cents: int
    units: int
    outstanding: int
    schools: int
    expected_on: date | None
    late: bool
    made_at: datetime
    made_by_name: str
    sent_at: datetime | None
    sent_by_name: str
    sent_how: str
    confirmation: str
    external_number: str
    requested_on: date | None
    cancel_reason: str
    version: int


class SupplierOut(Struct, kw_only=True):
    """Who the order goes to, as the document prints it."""

    code: str
    name: str
    neq: str
    address_1: str
    address_2: str
    postal_code: str
    municipality_name: str
    email: str


class OrderFile(Struct, kw_only=True):
    """An order with its lines and its timeline. `leaves_at`: when its message leaves, while it can still be taken back.

    `gst_ppm`, `qst_ppm`: the rates that it was priced at, in parts per million. `mail`: waiting, sent, failed or none.
    `extract`: the caller sees the part of some schools only, amounts included.
    """

    order: OrderOut
    supplier: SupplierOut
    lines: list[OrderLineOut]
    gst_ppm: int
    qst_ppm: int
    approvers: list[str]
    leaves_at: datetime | None
    mail: str
    extract: bool
    timeline: list[EventOut]

    @property
    def charged_cents(self) -> int:
        """What its lines take from their envelopes."""
        return sum(line.charged_cents for line in self.lines)

    @property
    def envelopes(self) -> int:
        """How many envelopes pay for it."""
        return len({line.envelope for line in self.lines})
