from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Tax = Literal["gst", "qst"]
Body = Literal["school", "college", "university", "hospital", "municipality", "charity"]
Ppm = Annotated[int, Meta(ge=0, le=1_000_000)]
Source = Annotated[str, Meta(min_length=1, max_length=300)]


class TaxOut(msgspec.Struct, frozen=True):
    """A rate of a tax on the price before tax, or (`body`) the part of it that a kind of body gets back; parts per million."""

    tax: str
    body: str | None
    ppm: int
    from_day: date
    until_day: date | None
    source: str


class NewRate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A tax's rate from a day on, in parts per million (9.975 % is 99 750), with the law or page that says so."""

    tax: Tax
    ppm: Ppm
    from_day: date
    source: Source


class NewRebate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The part of the rounded tax that a kind of body gets back from a day on, in parts per million (68 % is 680 000)."""

    tax: Tax
    body: Body
    ppm: Ppm
    from_day: date
    source: Source
