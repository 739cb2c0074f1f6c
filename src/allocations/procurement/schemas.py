"""What crosses HTTP and commands about the watch on the law. Amounts are cents before tax."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from allocations.procurement.rules import Kind, Warned

Text = Annotated[str, Meta(max_length=500)]


class FamilyOut(Struct, kw_only=True):
    """What a board has committed of a family of goods in twelve months: orders sent, and those being made.

    `untendered_cents`: what of it is under no group purchase or call-off contract, which is what counts for `tender_cents`.
    `level`: '', near (80 % and more) or over. `sentence`: '' where nothing is to be said.
    """

    code: str
    name: str
    total_cents: int
    untendered_cents: int
    orders: int
    tender_cents: int | None
    publication_cents: int | None
    level: str
    sentence: str


class OrderWarnings(Struct, kw_only=True):
    """What the watch says of an order, and the reason that it was given."""

    number: str
    warnings: list[Warned]
    asks_reason: bool
    reason: str
    reason_by_name: str
    reason_at: datetime | None


class GiveReason(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why an order passes a threshold, or is not a split purchase."""

    reason: Text


class ReasonOut(Struct, kw_only=True):
    """A reason that an order was given."""

    number: str
    board: str
    supplier_name: str
    before_tax_cents: int
    state: str
    sent_at: datetime | None
    reason: str
    reason_by_name: str
    reason_at: datetime


class ThresholdOut(Struct, kw_only=True):
    """A threshold from a day on, with where it is written and whether somebody has checked it there. `in_force`: today."""

    kind: Kind
    from_day: date
    before_tax_cents: int | None
    days: int | None
    source: str
    verified: bool
    in_force: bool
    person_name: str
    at: datetime


class NewThreshold(Struct, kw_only=True, forbid_unknown_fields=True):
    """An amount before tax (tender, publication) or days (split) from a day on."""

    kind: Kind
    from_day: date
    before_tax_cents: Annotated[int, Meta(gt=0, le=100_000_000_000)] | None = None
    days: Annotated[int, Meta(gt=0, le=366)] | None = None
    source: Text
    verified: bool = False


class Goods(Struct, kw_only=True):
    """A family of goods: whole categories, and product kinds (which go before their category)."""

    code: str
    name: str
    name_en: str
    categories: list[str]
    kinds: list[str]


class GoodsChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """The name of a family and exactly what belongs to it; what another family had moves to this one."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    name_en: Annotated[str, Meta(max_length=200)] = ""
    categories: list[Annotated[str, Meta(min_length=1, max_length=40)]]
    kinds: list[Annotated[str, Meta(min_length=1, max_length=60)]]
