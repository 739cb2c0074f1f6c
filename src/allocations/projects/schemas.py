"""What crosses HTTP and the command line about calls for projects."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from allocations.projects.rules import State

Asked = Annotated[int, Meta(ge=1, le=10**13)]


class CallIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The days on which a call takes proposals, both included."""

    opens_on: date
    closes_on: date
    note: Annotated[str, Meta(max_length=2_000)] = ""


class CallOut(msgspec.Struct, kw_only=True):
    """A call for projects of a measure and year. `open`: it takes proposals today. Cents in the measure's tax basis."""

    measure: str
    measure_name: str
    holder: str
    year: str
    opens_on: date
    closes_on: date
    open: bool
    note: str
    total_cents: int | None
    version: int


class NewProject(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A proposal of a school, or of a board (no `school`), in answer to the call of a measure and year."""

    measure: str
    year: str
    board: str | None = None
    school: str | None = None
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Annotated[str, Meta(max_length=10_000)] = ""
    asked_cents: Asked


class ProjectChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A proposal written anew."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Annotated[str, Meta(max_length=10_000)] = ""
    asked_cents: Asked


class Approve(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`approved_cents`: at most what is asked; absent: all of it."""

    approved_cents: Asked | None = None
    reason: Annotated[str, Meta(max_length=2_000)] = ""


class Refuse(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=2_000)]


class Report(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What became of the project."""

    report: Annotated[str, Meta(min_length=1, max_length=10_000)]


class ProjectOut(msgspec.Struct, kw_only=True):
    """A proposal. Cents in the measure's tax basis; `school` null: the board's own. `reason` is that of the decision."""

    number: str
    measure: str
    year: str
    board: str
    school: str | None
    name: str
    title: str
    description: str
    state: State
    asked_cents: int
    approved_cents: int | None
    reason: str
    report: str
    made_at: datetime
    made_by_name: str
    submitted_at: datetime | None
    submitted_by_name: str
    decided_at: datetime | None
    decided_by_name: str
    reported_at: datetime | None
    reported_by_name: str
    version: int
