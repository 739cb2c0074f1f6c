"""What the floor tells over HTTP, on the command line and to other packages."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from inventory.floor.rules import Status, Unit


class RuleStatus(msgspec.Struct, kw_only=True):
    """How a school stands on one rule, today. `gap` leaves orders out; `left` is what orders do not cover.

    `missing`: the gap in words (« 6 appareils »), '' without one. `late`: units whose promised day has passed; they cover
    nothing. `headcount_on`: the 30 September of `pupils`.
    """

    rule: UUID
    category: str
    category_name: str
    unit: Unit
    quantity: int
    per_pupils: int | None
    pupils: int | None
    headcount_on: date | None
    buildings: int
    required: int | None
    counted: int
    not_counted_out_of_service: int
    not_counted_past_life: int
    gap: int | None
    on_order: int
    expected: date | None
    late: int
    left: int
    missing: str = ""
    status: Status
    exempt_until: date | None
    sentence: str


class SchoolFloor(msgspec.Struct, kw_only=True):
    """A school's floor, live; `status` is the worst of its rules (None: no rule applies to it)."""

    school: str
    name: str
    board: str
    standard: str
    example: bool
    status: Status | None
    rules: list[RuleStatus]


class Expected(msgspec.Struct, frozen=True):
    """Units awaited by a school. `source` names what will bring them (an order's line), `label` says it to a person."""

    source: str
    board: str
    school: str
    category: str
    quantity: int
    expected_on: date | None
    label: str


class RuleOut(msgspec.Struct, kw_only=True):
    """A rule of the standard."""

    category: str
    category_name: str
    unit: Unit
    quantity: int
    per_pupils: int | None
    minimum_pupils: int | None
    without_headcount: str
    levels: list[str]
    sentence: str


class StandardOut(msgspec.Struct, kw_only=True):
    """A floor standard. `example`: shipped with the service, to be replaced by the ministry's."""

    id: UUID
    code: str
    name: str
    from_year: str
    example: bool
    rules: list[RuleOut]


class ListedRule(msgspec.Struct, kw_only=True):
    """A rule as the last scan found it."""

    category: str
    status: Status
    required: int | None
    counted: int
    gap: int | None
    on_order: int
    expected: date | None


class ListedSchool(msgspec.Struct, kw_only=True):
    """A school as the last scan found it; `since`: the day since which its status has been the same."""

    school: str
    name: str
    board: str
    status: Status
    rules: list[ListedRule]
    since: date
    reason: str


class ScanOut(msgspec.Struct, kw_only=True):
    """What a scan found: `assessed` is the sum of `by_status`; `opened` and `closed` count flags."""

    standard: str
    assessed: int
    by_status: dict[Status, int]
    opened: int
    closed: int
    seconds: float


class DigestOut(msgspec.Struct, kw_only=True):
    """Whom a digest told: boards with news, messages written (one a person), boards with news and nobody to tell."""

    boards: int
    messages: int
    nobody_to_tell: list[str]


class Night(msgspec.Struct, kw_only=True):
    """What the nightly job did."""

    scan: ScanOut
    digest: DigestOut


class FlagOut(msgspec.Struct, kw_only=True):
    """A school is below the floor in a category."""

    id: UUID
    board: str
    school: str
    school_name: str
    category: str
    category_name: str
    state: str
    gap: int
    opened_at: datetime
    told_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    closed_reason: str


class ExemptionOut(msgspec.Struct, kw_only=True):
    """A school is exempt from a category (None: from all) between two days."""

    id: UUID
    board: str
    school: str
    category: str | None
    reason: str
    from_day: date
    until_day: date
    decided_by: str
    decided_at: datetime
    ended_at: datetime | None


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """By whom, what, for when."""

    note: str
