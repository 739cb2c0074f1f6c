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
