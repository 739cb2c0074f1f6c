"""What crosses HTTP about replacements: who decides for whom, and when."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Address = Annotated[str, Meta(max_length=254)]


class NewReplacement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`absent` null: oneself. Both days count."""

    absent: Address | None = None
    deputy: Address
    from_day: date
    until_day: date
    reason: Annotated[str, Meta(max_length=500)] = ""


class ReplacementOut(msgspec.Struct):
    """`state`: `coming`, `active` or `over`."""

    id: UUID
    board: str
    absent_name: str
    deputy_name: str
    from_day: date
    until_day: date
    reason: str
    named_by_name: str
    made_at: datetime
    ended_at: datetime | None
    state: str
