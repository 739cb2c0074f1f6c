"""What crosses HTTP, pages, labels and receipts about assets."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from inventory.assets.rules import State
from inventory.tickets.schemas import TicketLine
from kit.events import EventOut

Reason = Annotated[str, Meta(max_length=500, description="Why, in one sentence: it is read on the asset's timeline.")]
Room = Annotated[str, Meta(max_length=80)]
Cents = Annotated[int, Meta(ge=0, le=100_000_000_00)]


class NewUnit(Struct, kw_only=True):
    """One unit that becomes an asset. Money is its own part of its line; `expected_source` is the delivery that it ends."""

    board: str
    school: str
    category: str
    name: str
    building: str | None = None
    room: str = ""
    product: UUID | None = None
    maker: str = ""
    model: str = ""
    serial: str | None = None
    before_tax_cents: int | None = None
    net_cents: int | None = None
    envelope: UUID | None = None
    origin: str = ""
    receipt_line: UUID | None = None
    expected_source: str | None = None
    warranty_until: date | None = None
    useful_until: date | None = None
    acquired_on: date | None = None
    note: str = ""


class AssetOut(Struct, kw_only=True):
    """An asset as everyone who may see it sees it. `counts`: for its school's floor, today."""

    tag: str
    label_code: str
    board: str
    school: str
    school_name: str
    building: str | None
    building_name: str
    room: str
    category: str
    category_name: str
    product: str | None
    name: str
    maker: str
    model: str
    serial: str | None
    state: State
    state_since: datetime
    counts: bool
    note: str
    origin: str
    acquired_on: date | None
    in_service_on: date | None
    warranty_until: date | None
    useful_until: date | None
    before_tax_cents: int | None
    net_cents: int | None
    version: int


class AssetFile(Struct, kw_only=True):
    """Everything that an asset's page says. `order`: the number of the order that bought it, if one did."""

    asset: AssetOut
    floor: str
    order: str | None
    open_tickets: list[TicketLine]
    moves: list[str]
    timeline: list[EventOut]


class LabelOut(Struct, kw_only=True):
    """What anyone who scans a label may know."""

    tag: str
    model: str
    school_name: str


class NewAsset(Struct, kw_only=True, forbid_unknown_fields=True):
    """An asset entered by hand. With `product` (its code), what is left out comes from the catalogue."""

    school: str
    category: str = ""
    product: str | None = None
    name: Annotated[str, Meta(max_length=200)] = ""
    maker: Annotated[str, Meta(max_length=120)] = ""
    model: Annotated[str, Meta(max_length=120)] = ""
    serial: str | None = None
    building: str | None = None
    room: Room = ""
    acquired_on: date | None = None
    warranty_until: date | None = None
    useful_until: date | None = None
    before_tax_cents: Cents | None = None
    note: Annotated[str, Meta(max_length=2000)] = ""
    in_service: bool = False


class AssetChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """A correction of what describes an asset. Never its state, owner, place or money: those have their own actions."""

    name: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    maker: Annotated[str, Meta(max_length=120)] | UnsetType = UNSET
    model: Annotated[str, Meta(max_length=120)] | UnsetType = UNSET
    serial: str | UnsetType | None = UNSET
    note: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    warranty_until: date | UnsetType | None = UNSET


class Tags(Struct, kw_only=True, forbid_unknown_fields=True):
    """Assets by tag, and the room where they all are now if it is given."""

    tags: Annotated[list[str], Meta(min_length=1, max_length=2000)]
    room: Room | None = None


class Why(Struct, kw_only=True, forbid_unknown_fields=True):
    why: Reason


class MaybeWhy(Struct, kw_only=True, forbid_unknown_fields=True):
    why: Reason = ""


class Place(Struct, kw_only=True, forbid_unknown_fields=True):
    building: str | None
    room: Room = ""
