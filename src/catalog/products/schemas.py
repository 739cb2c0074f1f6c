from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from catalog.trainings.schemas import TrainingOut


class PriceOut(msgspec.Struct, frozen=True):
    """A price in Canadian cents before tax, a unit, from `minimum` units on. `contract`: only for whom it binds; `board`: its own.

    `source_note` keeps a foreign price as it was written; then `sample` is true.
    """

    supplier: str
    supplier_name: str
    board: str | None
    contract: str | None
    minimum: int
    before_tax_cents: int
    from_day: date
    until_day: date | None
    seen_on: date
    source: str
    source_note: str
    sample: bool


class ProductOut(msgspec.Struct, frozen=True):
    """A thing that can be bought. Languages are null where nobody has checked; `prices` are those in force, cheapest first."""

    code: str
    category: str
    kind: str
    maker: str
    model: str
    name: str
    name_en: str
    description: str
    useful_life_months: int | None
    warranty_months: int | None
    tracked: bool
    french_interface: bool | None
    french_documentation: bool | None
    sample: bool
    closed_on: date | None
    version: int
    prices: list[PriceOut]


class ProductDetail(msgspec.Struct, frozen=True):
    """A product, the bundles that hold it, the trainings that go with them, and all its prices, newest first."""

    product: ProductOut
    bundles: list[str]
    trainings: list[TrainingOut]
    price_history: list[PriceOut]


Text = Annotated[str, Meta(max_length=300)]


class NewPrice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A price from a day on; `until_day` absent: until further notice. `source`: the page or paper where it was seen.

    `minimum`: from so many units on. `contract`: the code of the one it is under. `board`: only the service names one.
    """

    supplier: Annotated[str, Meta(min_length=1, max_length=40)]
    board: Annotated[str, Meta(max_length=6)] | None = None
    contract: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    minimum: Annotated[int, Meta(ge=1, le=100_000)] = 1
    before_tax_cents: Annotated[int, Meta(gt=0, le=100_000_000_000)]
    from_day: date
    until_day: date | None = None
    seen_on: date
    source: Annotated[str, Meta(min_length=1, max_length=300)]
    source_note: Text = ""
    sample: bool = False


class CloseProduct(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The first day on which the product can no longer be chosen, and why."""

    closed_on: date
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
