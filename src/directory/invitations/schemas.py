"""Invitations as they cross HTTP and the command line. No token: it is in the mail alone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from directory.people.schemas import GrantIn, OfferedRole, Secret, Short


class InvitationIn(msgspec.Struct, forbid_unknown_fields=True):
    """Roles offered to an address, all in one board or in the province; `language` is that of the message."""

    email: Short
    grants: Annotated[list[GrantIn], Meta(min_length=1, max_length=100)]
    language: Annotated[str, Meta(max_length=2)] = "fr"


class InvitationOut(msgspec.Struct):
    """`state`: waiting, expired, void (who sent it may not invite any more), accepted, withdrawn."""

    id: UUID
    email: str
    language: str
    board: str | None
    state: str
    invited_by: str
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    roles: list[OfferedRole]


class LinkIn(msgspec.Struct, forbid_unknown_fields=True):
    """The last part of the link that was mailed."""

    token: Annotated[str, Meta(max_length=100)]


class Joining(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody new chooses."""

    name: Short
    password: Secret
    language: Annotated[str, Meta(max_length=2)] = "fr"


class Opened(msgspec.Struct):
    """An invitation as its link shows it. `account`: new, or known (its holder signs in to accept)."""

    email: str
    language: str
    invited_by: str
    place: str
    expires_at: datetime
    account: str
    roles: list[OfferedRole]
