"""What crosses HTTP and pages about receipts."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from allocations.receipts.rules import IssueKind, Outcome
from kit.tabular import Refusal

MOST_UNITS = 10_000
LONGEST_SERIAL = 120
Serial = Annotated[str, Meta(max_length=LONGEST_SERIAL)]


class ReceivedLine(Struct, kw_only=True, forbid_unknown_fields=True):
    """So many units of the order's line at `position`; serials in any number up to the quantity, in the order of the units.

    `product`: another product, accepted in the place of what was ordered, at the order's price. `rest_on`: what is left comes by then.
    """

    position: int
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]
    serials: Annotated[list[Serial], Meta(max_length=MOST_UNITS)] = []
    room: Annotated[str, Meta(max_length=80)] = ""
    product: Annotated[str, Meta(max_length=60)] = ""
    rest_on: date | None = None


class NewIssue(Struct, kw_only=True, forbid_unknown_fields=True):
    """Units that came and are not received, so that their line awaits them still; of too many (`over`), none was awaited.

    `product`: the code of what came in its place, where it is in the catalogue; the note says it otherwise.
    """

    position: int
    kind: IssueKind
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]
    product: Annotated[str, Meta(max_length=60)] = ""
    returned: bool = False
    note: Annotated[str, Meta(max_length=2_000)] = ""


class ReportIssues(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is wrong with what came, when nothing of it is received."""

    issues: Annotated[list[NewIssue], Meta(min_length=1, max_length=1_000)]
    slip: Annotated[str, Meta(max_length=80)] = ""


class SettleIssue(Struct, kw_only=True, forbid_unknown_fields=True):
    """What became of units set aside. Accepted in replacement, they are received: with their serials, where they are tracked."""

    outcome: Outcome
    note: Annotated[str, Meta(max_length=2_000)] = ""
    serials: Annotated[list[Serial], Meta(max_length=MOST_UNITS)] = []


class IssueOut(Struct, kw_only=True):
    """Units that came and were not received. `receipt`: the one that took them in replacement."""

    number: str
    order: str
    board: str
    position: int
    description: str
    school: str
    school_name: str
    kind: IssueKind
    quantity: int
    product: str | None
    outcome: Outcome
    receipt: str | None
    note: str
    slip: str
    person_name: str
    at: datetime
    settled_at: datetime | None
    settled_by_name: str
    version: int


class ReceiptHead(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is said once of what came together. `in_service`: the devices are labelled and at work already."""

    received_on: date | None = None
    slip: Annotated[str, Meta(max_length=80)] = ""
    note: Annotated[str, Meta(max_length=2_000)] = ""
    in_service: bool = False


class Receive(ReceiptHead, kw_only=True, forbid_unknown_fields=True):
    """What came together. `in_service`: the devices are labelled and at work already."""

    lines: Annotated[list[ReceivedLine], Meta(min_length=1, max_length=1_000)]
    issues: Annotated[list[NewIssue], Meta(max_length=1_000)] = []


class UndoReceipt(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a receipt was a mistake."""

    why: Annotated[str, Meta(max_length=500)]


class ReceiptLineOut(Struct, kw_only=True):
    position: int
    description: str
    school: str
    school_name: str
    quantity: int
    net_cents: int
    tags: list[str]


class ReceiptOut(Struct, kw_only=True):
    """A receipt with its lines; `outstanding` is what its order still awaits. Undone, it was a mistake, and counts no more."""

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
    undone_at: datetime | None = None
    undone_by_name: str = ""
    undone_why: str = ""


class CodeOutcome(StrEnum):
    """What a code that was read turned out to be."""

    line = "line"  # a product of the order: the codes that follow are its units
    counted = "counted"  # a unit of an untracked product
    received = "received"  # a new unit
    registered = "registered"
    elsewhere = "elsewhere"  # registered where the caller may not look
    repeated = "repeated"
    complete = "complete"  # its line awaits nothing more
    not_ordered = "not_ordered"
    no_line = "no_line"  # several lines await units: the product's code must be read first
    implausible = "implausible"


Code = Annotated[str, Meta(max_length=300)]


class ReadCodes(ReceiptHead, kw_only=True, forbid_unknown_fields=True):
    """Codes as a scanner or a list gives them, in their order: a product's code, then its units' serial numbers.

    `position`: the line of the serials, where the list is of one line. `keep` false: only say what each code is.
    """

    codes: Annotated[list[Code], Meta(min_length=1, max_length=MOST_UNITS)]
    position: int | None = None
    room: Annotated[str, Meta(max_length=80)] = ""
    keep: bool = True


class CodeRead(Struct, kw_only=True):
    """One code: its place in the list from 1, what it is, its line, the tag that bears it or that it was given, and a sentence."""

    place: int
    code: str
    outcome: CodeOutcome
    position: int | None = None
    tag: str | None = None
    sentence: str = ""


class CodesOut(Struct, kw_only=True):
    """What became of each code; `receipt` is that of the new ones, where there were any and they were kept."""

    results: list[CodeRead]
    receipt: ReceiptOut | None = None


class FileOut(Struct, kw_only=True):
    """What became of a file: lines read, units received, lines refused, and its receipt, where anything was kept."""

    read: int
    units: int
    refused: list[Refusal]
    notes: list[str] = []
    receipt: ReceiptOut | None = None
