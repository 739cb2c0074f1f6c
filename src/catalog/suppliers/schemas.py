from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Code = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=200)]
Neq = Annotated[str, Meta(max_length=10)]
Short = Annotated[str, Meta(max_length=40)]
OrdersBy = Literal["mail", "portal", "feed"]
Language = Literal["fr", "en"]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]


class SupplierOut(msgspec.Struct, frozen=True):
    """Who sells. '' where something is not known; `sample` is an invented one; `board`: that board's own local supplier.

    `orders_by`: orders leave by mail, are typed in its portal (`portal_address`), or go by a feed. `language`: of its mail.
    """

    code: str
    board: str | None
    name: str
    neq: str
    address_1: str
    address_2: str
    postal_code: str
    municipality_name: str
    email: str
    phone: str
    gst_number: str
    qst_number: str
    orders_by: str
    portal_address: str
    language: str
    sample: bool
    closed_on: date | None
    version: int


class NewSupplier(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A supplier: shared where the ministry writes it, a board's own where the board does (its code then begins with its number)."""

    code: Code
    name: Name
    neq: Neq = ""
    address_1: Words = ""
    address_2: Words = ""
    postal_code: Annotated[str, Meta(max_length=7)] = ""
    municipality_name: Annotated[str, Meta(max_length=120)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Short = ""
    gst_number: Annotated[str, Meta(max_length=20)] = ""
    qst_number: Annotated[str, Meta(max_length=20)] = ""
    orders_by: OrdersBy = "mail"
    portal_address: Annotated[str, Meta(max_length=300)] = ""
    language: Language = "fr"


class SupplierChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes in a supplier; what is absent stays, "" clears."""

    name: Name | UnsetType = UNSET
    neq: Neq | UnsetType = UNSET
    address_1: Words | UnsetType = UNSET
    address_2: Words | UnsetType = UNSET
    postal_code: Annotated[str, Meta(max_length=7)] | UnsetType = UNSET
    municipality_name: Annotated[str, Meta(max_length=120)] | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=254)] | UnsetType = UNSET
    phone: Short | UnsetType = UNSET
    gst_number: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    qst_number: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    orders_by: OrdersBy | UnsetType = UNSET
    portal_address: Annotated[str, Meta(max_length=300)] | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class Closing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The first day on which it no longer serves, and why."""

    closed_on: date
    reason: Reason
