"""What crosses HTTP and pages about receipts."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

MOST_UNITS = 10_000
LONGEST_SERIAL = 120
Serial = Annotated[str, Meta(max_length=LONGEST_SERIAL)]


class ReceivedLine(Struct, kw_only=True, forbid_unknown_fields=True):
    """So many units of the order's line at `position`; serials in any number up to the quantity, in the order of the units."""

    position: int
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]
    serials: Annotated[list[Serial], Meta(max_length=MOST_UNITS)] = []
    room: Annotated[str, Meta(max_length=80)] = ""


class ReceiptHead(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is said once of what came together. `in_service`: the devices are labelled and at work already."""

    received_on: date | None = None
    slip: Annotated[str, Meta(max_length=80)] = ""
    note: Annotated[str, Meta(max_length=2_000)] = ""
    in_service: bool = False


class Receive(ReceiptHead, kw_only=True, forbid_unknown_fields=True):
    """What came together. `in_service`: the devices are labelled and at work already."""

    lines: Annotated[list[ReceivedLine], Meta(min_length=1, max_length=1_000)]


class ReceiptLineOut(Struct, kw_only=True):
    position: int
    description: str
    school: str
    school_name: str
    quantity: int
    net_cents: int
    tags: list[str]


class ReceiptOut(Struct, kw_only=True):
    """A receipt with its lines; `outstanding` is what its order still awaits."""

    number: str
    order: str
    board: str
    received_on: date
    slip: str
    note: str
    person_name: str
    at: datetime
    outstanding: int
    lines: list[ReceiptLineOut]
