"""What crosses HTTP, files and the command line about the accounts of a year."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from kit.attachments import Attachment


class Amounts(Struct, kw_only=True):
    """Cents in the measure's tax basis.

    given (allocations and adjustments) + moved (transfers, loans) + carried (from the year before, less what went to the next)
    − recovered = allocated = reserved + committed + spent + free. unspent = allocated − spent. uninvoiced: of what is spent, the
    part that no invoice has asked for yet.
    """

    given_cents: int = 0
    moved_cents: int = 0
    carried_cents: int = 0
    recovered_cents: int = 0
    allocated_cents: int = 0
    reserved_cents: int = 0
    committed_cents: int = 0
    spent_cents: int = 0
    uninvoiced_cents: int = 0
    free_cents: int = 0
    unspent_cents: int = 0


class Line(Amounts, kw_only=True):
    """A place's money of one measure: a school's, or (school '') a board's own, or all of a board's in the province's accounts."""

    board: str
    school: str
    name: str
    measure: str
    measure_name: str
    kind: str
    tax_basis: str


class MeasureTotal(Amounts, kw_only=True):
    """All the lines of one measure, added up."""

    measure: str
    measure_name: str
    kind: str
    tax_basis: str


class Quantity(Struct, kw_only=True):
    """Units received of a category and kept (less those given back for their money)."""

    category: str
    category_name: str
    ordered: int
    received: int


class TrainingLine(Struct, kw_only=True):
    """A training that ordered bundles hold so many of, and how many persons were written down as having done it."""

    training: str
    training_name: str
    ordered: int
    persons: int


class Difference(Struct, kw_only=True):
    """A figure that is not any more what was signed, in cents."""

    measure: str
    figure: str
    signed_cents: int
    now_cents: int


class Signature(Struct, kw_only=True):
    """The last signature of a step, and what has changed since in the figures that it holds; `reports_since`: files joined since."""

    step: str
    step_name: str
    board: str
    school: str
    at: datetime
    person_name: str
    differences: list[Difference]
    reports_since: list[str]


class Accounts(Struct, kw_only=True):
    """The accounts of a year: a school's, a board's (a line a school), or the province's (a line a board).

    `digest` names the figures and the reports joined to them: give it back when signing, so that nobody signs what they did not read.
    """

    year: str
    state: str
    board: str
    school: str
    name: str
    digest: str
    lines: list[Line]
    measures: list[MeasureTotal]
    quantities: list[Quantity]
    trainings: list[TrainingLine]
    signatures: list[Signature]
    reports: list[Attachment]
    schools_attested: int
    schools: int


class Sign(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which figures are signed."""

    digest: Annotated[str, Meta(max_length=64)]


class NewTraining(Struct, kw_only=True, forbid_unknown_fields=True):
    """So many persons of a school did a training on a day. No names."""

    school: Annotated[str, Meta(max_length=6)]
    training: Annotated[str, Meta(max_length=60)]
    held_on: date
    persons: Annotated[int, Meta(ge=1, le=10_000)]


class TrainingRecordOut(Struct, kw_only=True):
    id: UUID
    school: str
    training: str
    training_name: str
    year: str
    held_on: date
    persons: int
    person_name: str
