"""What crosses HTTP and PDFs about returns."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from allocations.returns.rules import Kind, State

Text = Annotated[str, Meta(max_length=2_000)]


class ReturnedLine(Struct, kw_only=True, forbid_unknown_fields=True):
    """So many units of a line whose units bear no tag."""

    position: int
    quantity: Annotated[int, Meta(ge=1, le=10_000)]


class NewReturn(Struct, kw_only=True, forbid_unknown_fields=True):
    """What goes back together: devices by their tags, other units by line; for others (`replacement`) or their money (`credit`)."""

    kind: Kind
    reason: Text
    tags: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=1_000)] = []
    lines: Annotated[list[ReturnedLine], Meta(max_length=1_000)] = []
    rma: Annotated[str, Meta(max_length=60)] = ""
    returned_on: date | None = None


class SettleReturn(Struct, kw_only=True, forbid_unknown_fields=True):
    """What settled a return: a credit note's number, or a word on what came.

    `never_invoiced`: the supplier asks nothing for what went back, and never will: its money comes back without a credit note.
    """

    note: Annotated[str, Meta(min_length=1, max_length=2_000)]
    never_invoiced: bool = False


class CancelReturn(Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Text


class GiveRma(Struct, kw_only=True, forbid_unknown_fields=True):
    """The supplier's authorisation, which often comes after."""

    rma: Annotated[str, Meta(max_length=60)]


class ReturnLineOut(Struct, kw_only=True):
    """`charged_cents`: what awaits being spent again, or credited."""

    position: int
    description: str
    product: str
    school: str
    school_name: str
    quantity: int
    tag: str | None
    serial: str | None
    charged_cents: int


class ReturnOut(Struct, kw_only=True):
    """A return with its lines. `units` and `charged_cents` are sums of those that the caller sees."""

    number: str
    order: str
    board: str
    board_name: str
    supplier: str
    supplier_name: str
    kind: Kind
    state: State
    reason: str
    rma: str
    returned_on: date
    person_name: str
    at: datetime
    settled_at: datetime | None
    settled_by_name: str
    settled_note: str
    units: int
    charged_cents: int
    version: int
    lines: list[ReturnLineOut]
