from datetime import date

import msgspec


class SupplierOut(msgspec.Struct, frozen=True):
    """Who sells. '' where something is not known; `sample` is an invented one."""

    code: str
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
    sample: bool
    closed_on: date | None
    version: int
