"""People, roles and tokens as they cross HTTP and the command line. No secret but those shown once."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Short = Annotated[str, Meta(max_length=254)]
Code = Annotated[str, Meta(max_length=6)]
Secret = Annotated[str, Meta(max_length=400)]


class GrantIn(msgspec.Struct, forbid_unknown_fields=True):
    """A role in a school, in a board, or (neither) in the province; its reach says which."""

    role: Annotated[str, Meta(max_length=24)]
    board: Code | None = None
    school: Code | None = None
    from_day: date | None = None
    until_day: date | None = None


class OfferedRole(msgspec.Struct, kw_only=True):
    """A role and where it holds; of an invitation, before anybody has it."""

    role: str
    role_name: str
    board: str | None
    school: str | None
    school_name: str | None
    from_day: date | None
    until_day: date | None


class GrantOut(OfferedRole, kw_only=True):
    id: UUID


class DaysIn(msgspec.Struct, forbid_unknown_fields=True):
    """From when and until when (included); null: since always, without end."""

    from_day: date | None = None
    until_day: date | None = None


class PersonOut(msgspec.Struct):
    """Somebody with the roles that the reader may see.

    `state`: active (a role is in force), coming (all start later), closed; `active`: one of the first two. `last_seen_at`: of the
    last three months.
    """

    email: str
    name: str
    language: str
    state: str
    active: bool
    grants: list[GrantOut]
    last_seen_at: datetime | None


class RoleOut(msgspec.Struct):
    """A role that may be given; `reach` says where: school, board or province."""

    code: str
    name: str
    reach: str


class MeIn(msgspec.Struct, forbid_unknown_fields=True):
    language: Annotated[str, Meta(max_length=2)] | None = None
    theme: Annotated[str, Meta(max_length=5)] | None = None


class MeOut(msgspec.Struct):
    """Who asks, for whom, and what they may do: in the whole scope, and in one school."""

    name: str
    email: str
    language: str
    theme: str
    scope: str
    board: str | None
    schools: list[str]
    roles: list[str]
    rights: list[str]
    school_rights: dict[str, list[str]]


class SessionOut(msgspec.Struct):
    """A browser where one is signed in; `device` in words, `current`: the one that asks."""

    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


class SessionsEnded(msgspec.Struct):
    ended: int


class TokenIn(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=120)]
    scopes: Annotated[list[str], Meta(max_length=10)]
    days: int
    board: Code | None = None
    school: Code | None = None


class TokenOut(msgspec.Struct):
    id: UUID
    name: str
    email: str
    scopes: list[str]
    board: str | None
    school: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    active: bool


class TokenMade(msgspec.Struct):
    """`token` is shown this once; only its hash is kept."""

    token: str
    details: TokenOut
