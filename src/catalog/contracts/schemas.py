from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from catalog.suppliers.schemas import Code, Name

Number = Annotated[str, Meta(min_length=1, max_length=60)]
Options = Annotated[str, Meta(max_length=300)]
Note = Annotated[str, Meta(max_length=4000)]
ProductKind = Annotated[str, Meta(min_length=1, max_length=60)]
BoardCode = Annotated[str, Meta(min_length=6, max_length=6)]
Kinds = Annotated[list[ProductKind], Meta(max_length=100)]
Boards = Annotated[list[BoardCode], Meta(max_length=200)]


class ContractOut(msgspec.Struct, frozen=True):
    """A contract under which prices are bought. `kind`: group, call_off, local or direct. `board`: that board's own.

    `until_day` leaves renewal `options` out, `options_until` counts them in. `mandatory_kinds`: product kinds that those it binds
    must buy under it. It binds every board (`binds_all`), those of `boards`, or the one whose own it is.
    """

    code: str
    board: str | None
    number: str
    name: str
    kind: str
    supplier: str
    supplier_name: str
    from_day: date
    until_day: date | None
    options: str
    options_until: date | None
    mandatory_kinds: list[str]
    binds_all: bool
    boards: list[str]
    file_note: str
    closed_on: date | None
    version: int


class NewContract(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A contract: shared where the ministry writes it, a board's own where the board does (its code begins with its number)."""

    code: Code
    number: Number
    name: Name
    kind: Literal["group", "call_off", "local", "direct"]
    supplier: Annotated[str, Meta(min_length=1, max_length=40)]
    from_day: date
    until_day: date | None = None
    options: Options = ""
    options_until: date | None = None
    mandatory_kinds: Kinds = []
    binds_all: bool = False
    boards: Boards = []
    file_note: Note = ""


class ContractChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes in a contract; what is absent stays. Its kind, supplier and first day never change."""

    number: Number | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    until_day: date | UnsetType | None = UNSET
    options: Options | UnsetType = UNSET
    options_until: date | UnsetType | None = UNSET
    mandatory_kinds: Kinds | UnsetType = UNSET
    binds_all: bool | UnsetType = UNSET
    boards: Boards | UnsetType = UNSET
    file_note: Note | UnsetType = UNSET
