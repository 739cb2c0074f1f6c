"""What crosses HTTP about delegations. Amounts are cents, in the tax basis of the measure."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from allocations.approvals.rules import Step

Kind = Literal["", "investment", "operating"]


class NewStep(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who holds `role` decides up to `limit_cents`; null: without limit."""

    role: Annotated[str, Meta(max_length=24)]
    limit_cents: Annotated[int, Meta(ge=1, le=10**13)] | None = None


class NewDelegation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who decides on a kind of purchase, from a day on. `measure_kind` '' and `category` null: of every one."""

    measure_kind: Kind = ""
    category: Annotated[str, Meta(max_length=60)] | None = None
    from_day: date
    steps: Annotated[list[NewStep], Meta(min_length=1, max_length=6)]


class Ending(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The last day of a delegation; null: it ends now, as if it had not begun where its day is to come."""

    until_day: date | None = None


class DelegationOut(msgspec.Struct):
    """`state`: `coming`, `active` or `over`. `category_name`: in the reader's language, '' for all."""

    id: UUID
    board: str
    measure_kind: str
    category: str | None
    category_name: str
    from_day: date
    until_day: date | None
    made_by_name: str
    made_at: datetime
    state: str
    steps: list[Step]


class Stuck(msgspec.Struct):
    """Submitted baskets that wait on a role which nobody can use: nobody holds it there, or only who prepared them."""

    board: str
    role: str
    role_name: str
    n: int
    oldest: datetime


class QueueCounts(msgspec.Struct):
    """What waits on the caller, and what waits on nobody in their board."""

    n: int
    charged_cents: int
    oldest: datetime | None
    as_deputy: int
    stuck: list[Stuck]


class ImportedDelegations(msgspec.Struct):
    """What a file of steps did, or would do: how many delegations were made, and the lines refused."""

    read: int
    created: int
    unchanged: int
    refused: list[str]
