from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from catalog.suppliers.schemas import Code, Reason
from kit.tabular import Refusal


class FeedOut(msgspec.Struct, frozen=True):
    """An address at which a supplier publishes its prices. `outcome` of the last reading: '', staged, unchanged or failed (`fault`).

    `address` without its `?…` for who may not change it. `mapping`: which of its columns (csv) or names (json) is the product, the
    price before tax, the minimum, the first and last day.
    """

    code: str
    board: str | None
    supplier: str
    supplier_name: str
    contract: str | None
    address: str
    format: str
    mapping: dict[str, Any]
    fetched_at: datetime | None
    outcome: str
    fault: str
    waiting: int | None
    closed_on: date | None
    version: int


class NewFeed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A feed of a supplier's prices, shared by the ministry or a board's own; read every night from then on."""

    code: Code
    supplier: Annotated[str, Meta(min_length=1, max_length=40)]
    contract: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    address: Annotated[str, Meta(min_length=1, max_length=500)]
    format: Literal["csv", "json"] = "csv"
    mapping: dict[str, Any]


class FeedLineOut(msgspec.Struct, frozen=True):
    """A price of a batch (cents before tax): new where `before_cents` is null. `fault`: why it was not taken at approval."""

    line: int
    product: str
    name: str
    minimum: int
    before_cents: int | None
    after_cents: int
    from_day: date
    until_day: date | None
    fault: str


class FeedBatchOut(msgspec.Struct, frozen=True):
    """What one reading found: staged, then approved, rejected (`reason`), or replaced by a later reading."""

    feed: str
    number: int
    state: str
    fetched_at: datetime
    lines_read: int
    differences: int
    refused: list[Refusal]
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    version: int


class Reject(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why a batch of prices is not taken."""

    reason: Reason
