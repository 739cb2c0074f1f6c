"""What crosses HTTP and the command line about envelopes."""

from datetime import datetime
from uuid import UUID

import msgspec

from allocations.envelopes.rules import Figures


class EnvelopeRow(msgspec.Struct):
    """A locked envelope, for the operation that decides on it. `tax_basis` is its measure's: what a cent in it means."""

    id: UUID
    board: str
    school: str | None
    measure: str
    tax_basis: str
    year: str
    figures: Figures


class EnvelopeOut(msgspec.Struct):
    """A school's money of one measure and school year, or a board's own (`school` null). Cents in `tax_basis` (`net`, `with_tax`,
    `before_tax`). `school_name`: the board's where there is no school.
    """

    id: UUID
    board: str
    school: str | None
    school_name: str
    measure: str
    measure_name: str
    tax_basis: str
    year: str
    figures: Figures
    example: bool
    version: int


class LedgerLine(msgspec.Struct):
    """One change of an envelope's figures. The four amounts are what was added (negative: taken away), in cents.

    `counterpart`: the envelope on the other side of a transfer, a loan or a carry-over; `counterpart_name`: who holds it, '' to
    whom may not see it.
    """

    id: UUID
    at: datetime
    kind: str
    kind_name: str
    allocated_cents: int
    reserved_cents: int
    committed_cents: int
    spent_cents: int
    reason: str
    about_kind: str
    about: str
    counterpart: UUID | None
    counterpart_name: str
    actor_name: str


class ComputedItem(msgspec.Struct):
    """A school's envelope by the rule, or a board's (`school` null). `amount_cents` is what the rule says, `before_cents` what the
    envelope holds. `asked_delta_cents` is what the rule wants to change of what it gave before, `delta_cents` what was changed:
    an allocation never goes below what is reserved, committed and spent. `own_delta_cents` of the change is the board's own part.
    `sentence` is the arithmetic.
    """

    board: str
    school: str | None
    name: str
    pupils: int | None
    amount_cents: int
    before_cents: int | None
    asked_delta_cents: int
    delta_cents: int
    own_delta_cents: int
    sentence: str


class SkippedSchool(msgspec.Struct):
    """A school that gets no envelope, or a board (`school` null), and why."""

    school: str | None
    name: str
    sentence: str


class Computed(msgspec.Struct):
    """The answer of `envelopes compute`. `total_cents` is what all these envelopes hold afterwards, in the measure's tax basis.

    `schools` counts those that have an envelope by the rule (boards, where `holder` is `board`).
    """

    measure: str
    year: str
    holder: str
    dry_run: bool
    schools: int
    created: int
    adjusted: int
    unchanged: int
    total_cents: int
    items: list[ComputedItem]
    skipped: list[SkippedSchool]
    notes: list[str]
