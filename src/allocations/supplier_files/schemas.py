"""What crosses HTTP and the command line about suppliers' files."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from allocations.supplier_files.rules import Outcome, Unknown


class LineResult(Struct, kw_only=True):
    """What became of a line of the file: `reason` says why it is unknown or refused, `column` where."""

    line: int
    outcome: Outcome
    reason: str = ""
    column: str = ""
    order: str | None = None
    position: int | None = None


class FileResult(Struct, kw_only=True):
    """What became of a file, line by line. `number`: None where nothing was kept (a trial)."""

    number: str | None
    supplier: str
    listed_on: date
    read: int
    created: int
    changed: int
    unchanged: int
    unknown: int
    refused: int
    dated: int  # lines of ours whose promised day has changed
    results: list[LineResult]
    notes: list[str] = []


class SupplierFileOut(Struct, kw_only=True):
    """A file that was taken, and its counts."""

    number: str
    supplier: str
    board: str | None
    name: str
    listed_on: date
    lines: int
    unknown: int
    refused: int
    person_name: str
    at: datetime


class RawLineOut(Struct, kw_only=True):
    """A line as it came: `cells` as JSON, in the order of the file."""

    line: int
    cells: str
    outcome: Outcome
    heading: str
    reason: str


class SupplierLineOut(Struct, kw_only=True):
    """What a supplier says of a line of its order today. `in_transit`: units that it sent and that are not received here."""

    supplier: str
    sales_order: str
    material: str
    customer_order: str
    is_return: bool
    account: str
    customer: str
    description: str
    ordered: int | None
    outstanding: int | None
    completed: int | None
    ordered_on: date | None
    despatched_on: date | None
    promised_on: date | None
    order: str | None
    position: int | None
    school: str | None
    received: int | None
    in_transit: int
    unknown: Unknown | None
    file: str
    at: datetime


class NewAccount(Struct, kw_only=True, forbid_unknown_fields=True):
    """The number under which a supplier delivers to a school."""

    supplier: Annotated[str, Meta(max_length=60)]
    account: Annotated[str, Meta(min_length=1, max_length=60)]
    school: Annotated[str, Meta(max_length=6)]


class AccountOut(Struct, kw_only=True):
    id: UUID
    supplier: str
    account: str
    board: str
    school: str
    school_name: str
    closed_on: date | None
    version: int
