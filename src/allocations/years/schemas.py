from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from allocations.years.ending_rules import Choice
from allocations.years.rules import State


class Decision(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a year is closed, or opened again."""

    reason: Annotated[str, Meta(max_length=500)]


class Closing(Decision, kw_only=True, forbid_unknown_fields=True):
    """As `Decision`; `anyway`: also over baskets that nobody ordered and orders that nobody decided on."""

    anyway: bool = False


class YearOut(Struct, kw_only=True):
    """A school year, `2025-2026`. `reason` is that of the last closing or reopening; `current`: it runs today.

    What it still holds: baskets in preparation, submitted or approved, orders not sent, orders of which goods are awaited.
    """

    code: str
    state: State
    current: bool
    closed_at: datetime | None
    closed_by_name: str
    reason: str
    baskets: int
    drafts: int
    awaited: int
    version: int


class RestLine(Struct, kw_only=True):
    """What is free of an envelope and the rule of its measure (`lost`, `carried`, `recovered`), in cents of `tax_basis`.

    `held_cents`: what it has reserved, and committed for orders that nobody decided on; until that is nothing, its rest does not
    end. `kept_cents`: committed for orders that are kept; they do not hold the rest back.
    """

    board: str
    school: str
    name: str
    measure: str
    measure_name: str
    tax_basis: str
    rule: str
    cents: int
    held_cents: int
    kept_cents: int


class RestOut(Struct, kw_only=True):
    """The rest of a year, as it would end or (`applied`) has just ended; `waiting` envelopes still hold something.

    `envelopes_ended`: those of this year whose rest has ended, by all runs together.
    """

    year: str
    next_year: str
    applied: bool
    carried_cents: int
    recovered_cents: int
    lost_cents: int
    waiting: int
    envelopes_ended: int
    lines: list[RestLine]


class Commitment(Struct, kw_only=True):
    """An order of an ending year: what it awaits, in units and in cents of its envelopes' tax bases, and what its board decided.

    `choice`: `keep`, `abandon`, or '' while nobody has decided.
    """

    number: str
    board: str
    board_name: str
    supplier_name: str
    state: str
    outstanding: int
    held_cents: int
    schools: int
    expected_on: date | None
    choice: str
    reason: str
    decided_at: datetime | None
    decided_by_name: str


class Decided(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to do with orders that have not come, and why (of those kept: who permits it)."""

    choice: Choice
    orders: Annotated[list[Annotated[str, Meta(max_length=24)]], Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=500)]


class Released(Struct, kw_only=True):
    """A basket that nobody ordered or an order that was never sent (`kind`: `selection`, `order`), and the cents that it reserves.

    `name`: of the school, or of the board; `title`: of the basket, or the order's supplier.
    """

    kind: str
    number: str
    board: str
    school: str
    name: str
    title: str
    state: str
    cents: int


class ReleaseOut(Struct, kw_only=True):
    """What an ending year reserves and nobody ordered, as it would be given up or (`applied`) has just been."""

    year: str
    applied: bool
    baskets: int
    orders: int
    cents: int
    lines: list[Released]
