"""What crosses HTTP about who orders."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class OrderingChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who submits from now on; null takes an exception (of a school) away, so that the board's default holds again."""

    by: Literal["school", "board"] | None
    reason: Annotated[str, Meta(max_length=2_000)]


class OrderingOut(msgspec.Struct):
    """A decision: of a school, or the board's default (`school` null). `by`: `school`, `board`, or `default` (as its board says)."""

    board: str
    school: str | None
    school_name: str
    by: str
    reason: str
    changed_at: datetime
    changed_by_name: str
    version: int
