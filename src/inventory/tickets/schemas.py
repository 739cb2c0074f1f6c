"""What crosses HTTP and pages about tickets."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from inventory.tickets.rules import State
from kit.events import EventOut

Body = Annotated[str, Meta(max_length=4000)]


class TicketLine(Struct, kw_only=True):
    """A ticket as a list shows it."""

    number: str
    asset: str
    asset_name: str
    board: str
    school: str
    school_name: str
    state: State
    subject: str
    out_of_service: bool
    opened_at: datetime
    opened_by_name: str
    assigned_name: str
    expected_on: date | None
    closed_at: datetime | None
    version: int


class CommentOut(Struct, kw_only=True):
    """A line of the conversation; `internal` ones never reach a school."""

    at: datetime
    author_name: str
    body: str
    internal: bool


class TicketOut(TicketLine, kw_only=True):
    """A ticket with its conversation (oldest first). `answer` is what the person who reported it reads."""

    description: str
    answer: str
    assigned_to: UUID | None
    asset_state: str
    asset_serial: str | None
    asset_model: str
    warranty_until: date | None
    comments: list[CommentOut]
    timeline: list[EventOut]


class NewTicket(Struct, kw_only=True, forbid_unknown_fields=True):
    asset: str
    subject: Annotated[str, Meta(max_length=200)]
    description: Body = ""
    out_of_service: bool = False


class NewComment(Struct, kw_only=True, forbid_unknown_fields=True):
    body: Body
    internal: bool = False


class OutOfService(Struct, kw_only=True, forbid_unknown_fields=True):
    out_of_service: bool


class Hold(Struct, kw_only=True, forbid_unknown_fields=True):
    why: Annotated[str, Meta(max_length=500)]
    expected_on: date | None = None


class Closing(Struct, kw_only=True, forbid_unknown_fields=True):
    """`returns_to_service` is asked where the ticket put its asset out of service."""

    answer: Body
    returns_to_service: bool | None = None


class Reopening(Struct, kw_only=True, forbid_unknown_fields=True):
    why: Annotated[str, Meta(max_length=500)]
    out_of_service: bool = False
