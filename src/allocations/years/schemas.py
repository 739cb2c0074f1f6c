from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from allocations.years.rules import State


class Decision(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a year is closed, or opened again."""

    reason: Annotated[str, Meta(max_length=500)]


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

    `held_cents`: what it still has reserved and committed; until that is nothing, its rest does not end.
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
