"""What crosses HTTP, pages and documents about purchase orders."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from allocations.orders.rules import CancelledBy, How, State, kept
from kit.events import EventOut

Number = Annotated[str, Meta(min_length=1, max_length=24)]
Text = Annotated[str, Meta(max_length=500)]


class Cancel(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who gave the order up, and why."""

    reason: Text
    by: CancelledBy = CancelledBy.us


class Reason(Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Text


class Acknowledge(Struct, kw_only=True, forbid_unknown_fields=True):
    """The supplier's confirmation: its number, its day (today where none is given), and the delivery that it promises."""

    confirmation: Annotated[str, Meta(max_length=60)] = ""
    acknowledged_on: date | None = None
    expected_on: date | None = None


class Justify(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why lines (by position; all those it concerns where none is named) are bought outside a contract that binds the board."""

    reason: Text
    lines: list[int] | None = None


class Resend(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where the order goes again; None: to the address of the catalogue."""

    email: Annotated[str, Meta(max_length=254)] | None = None


class LineChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a line's awaited units changes; what is not given stays.

    `quantity`: how many are awaited from now on (0: none). `unit_before_tax_cents`, `product` (code): of those units; another
    product without a price takes that of the catalogue. `expected_on`, `building` (code): when and where they come.
    """

    position: int
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    unit_before_tax_cents: Annotated[int, Meta(gt=0, le=100_000_000_00)] | None = None
    product: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    building: Annotated[str, Meta(min_length=1, max_length=8)] | None = None
    expected_on: date | None = None


class Amend(Struct, kw_only=True, forbid_unknown_fields=True):
    """A revision of a sent order: lines by their position, and why."""

    lines: Annotated[list[LineChange], Meta(min_length=1, max_length=5_000)]
    reason: Text


class SetLimit(Struct, kw_only=True, forbid_unknown_fields=True):
    """From this day, orders above the amount before tax are authorised by another person; None: none is."""

    from_day: date
    before_tax_cents: Annotated[int, Meta(ge=0, le=100_000_000_000)] | None
    reason: Text


class LimitOut(Struct, kw_only=True):
    from_day: date
    before_tax_cents: int | None
    reason: str
    person_name: str
    at: datetime


class LateLine(Struct, kw_only=True):
    """A line past its promised day: `outstanding` units still to come."""

    order: str
    position: int
    supplier_name: str
    school: str
    school_name: str
    product: str
    description: str
    quantity: int
    outstanding: int
    expected_on: date


class RevisionOut(Struct, kw_only=True):
    """A sending of an order: 0 is the first, each amendment adds one. `mail`: waiting, sent, failed or none."""

    revision: int
    at: datetime
    person_name: str
    reason: str
    english: bool
    mail: str
    leaves_at: datetime | None = None


class RevisionFile(Struct, kw_only=True):
    """A sending with the order as it was then: `content` has the fields that an order had on that day."""

    revision: RevisionOut
    content: dict[str, Any]


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
    """One line. `outstanding` = quantity − received − cancelled; amounts before tax, and net of rebates.

    `received` are those kept: `returned` of them went back for a credit. `revision`: the amendment that added it, in place of what
    the line `amends` (its id) no longer awaits. `contract`: the number of the one its price is from; `outside_contract`: another
    binds the board to buy it elsewhere, so it needs `exception_reason` before it is sent. `eco_fee`: an environmental fee.
    `corrected_cents`: what invoices and credits changed of what is spent.
    """

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
    returned: int
    invoiced: int
    revision: int
    amends: UUID | None
    contract: str
    outside_contract: bool
    eco_fee: bool
    exception_reason: str
    attested_by_name: str
    unit_before_tax_cents: int
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    net_cents: int
    charged_cents: int
    spent_cents: int
    abandoned_cents: int
    corrected_cents: int
    expected_on: date | None

    @property
    def kept(self) -> int:
        """Units that are received or awaited."""
        return self.quantity - self.cancelled

    @property
    def kept_before_tax_cents(self) -> int:
        return kept(self.before_tax_cents, quantity=self.quantity, cancelled=self.cancelled)

    @property
    def held_cents(self) -> int:
        """What of its envelope it still commits."""
        return self.charged_cents - self.spent_cents - self.abandoned_cents


class OrderOut(Struct, kw_only=True):
    """A purchase order without its lines. `total_cents` is with taxes, `net_cents` after rebates.

    Amounts are of the units that are received or awaited; of a cancelled order, of those it was made for.
    `held_from`: the state that an order on hold goes back to.
    `law_reason`: why it passes a threshold of the law, or is no split purchase, where the watch has asked.
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
    revision: int
    asked_by_name: str
    authorised_by_name: str
    law_reason: str
    law_reason_by_name: str
    acknowledged_on: date | None
    held_from: str
    hold_reason: str
    cancelled_by: str
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
    gst_number: str
    qst_number: str


class OrderFile(Struct, kw_only=True):
    """An order with its lines and its timeline. `leaves_at`: when its message leaves, while it can still be taken back.

    `gst_ppm`, `qst_ppm`: the rates that it was priced at, in parts per million. `mail`: waiting, sent, failed or none.
    `extract`: the caller sees the part of some schools only, amounts included. `needs_authorisation`: a draft that another person
    must authorise before it is sent. `english`: its board is a recognised body, so an English copy goes beside the French.
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
    needs_authorisation: bool
    english: bool
    timeline: list[EventOut]

    @property
    def charged_cents(self) -> int:
        """What its lines take from their envelopes: what they gave back left out."""
        return sum(line.charged_cents - line.abandoned_cents for line in self.lines)

    @property
    def contracts(self) -> list[str]:
        """The numbers of the contracts that its prices are from."""
        return sorted({line.contract for line in self.lines if line.contract})

    @property
    def envelopes(self) -> int:
        """How many envelopes pay for it."""
        return len({line.envelope for line in self.lines})
