"""What crosses HTTP and the command line about transfers, loans and pools. Cents in the measure's tax basis."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Cents = Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
Reason = Annotated[str, Meta(max_length=2_000)]


class NewReallocation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """So many cents from one envelope to another of the same board, measure and year."""

    source: UUID
    target: UUID
    cents: Cents
    reason: Reason


class GiveBack(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How many cents of a loan go back; absent: all that is left."""

    cents: Cents | None = None
    reason: Reason


class PoolChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Share the envelopes of a measure and year among a board's schools, or no longer."""

    shared: bool
    reason: Reason


class ReallocationOut(msgspec.Struct):
    """Money moved between two envelopes. Schools '' : the board's own. `left_cents`: what of a loan is not given back."""

    number: str
    board: str
    measure: str
    year: str
    kind: str
    source: UUID
    target: UUID
    source_school: str
    target_school: str
    cents: int
    returned_cents: int
    left_cents: int
    automatic: bool
    reason: str
    made_at: datetime
    made_by_name: str
    version: int


class PoolOut(msgspec.Struct):
    """Whether a board's envelopes of a measure and year are shared. Sums over its schools' envelopes, in cents.

    `lent_cents`: what the pool lent and has not got back.
    """

    board: str
    measure: str
    year: str
    shared: bool
    reason: str
    changed_at: datetime | None
    changed_by_name: str
    envelopes: int
    allocated_cents: int
    free_cents: int
    lent_cents: int
    version: int
