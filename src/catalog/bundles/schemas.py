from datetime import date

import msgspec

from catalog.trainings.schemas import TrainingOut


class BundleLineOut(msgspec.Struct, frozen=True):
    """So many of a product, at its cheapest price in force on the day (cents before tax, a unit).

    No price in force: `expired_on` says when the last one ended, and the unit price is that one; null where there never was one.
    `closed`: the product is no longer offered.
    """

    product: str
    name: str
    name_en: str
    category: str
    kind: str
    tracked: bool
    closed: bool
    quantity: int
    supplier: str | None
    supplier_name: str | None
    unit_before_tax_cents: int | None
    price_until: date | None
    expired_on: date | None
    sample: bool


class BundleOut(msgspec.Struct, frozen=True):
    """A bundle, priced on a day as one invoice a supplier; all figures in cents.

    `units`: tracked units by category, what the floor counts. `net_cents`: with taxes, less the rebates of school bodies.
    Totals are null where a line never had a price. `available`: every product is offered and has a price in force;
    `price_expired_on`: the first day by which a price of it had ended. `sample`: itself or one of its prices is a sample.
    """

    slug: str
    name: str
    name_en: str
    category: str
    description: str
    description_en: str
    levels: list[str]
    source: str
    closed_on: date | None
    version: int
    lines: list[BundleLineOut]
    trainings: list[TrainingOut]
    units: dict[str, int]
    before_tax_cents: int | None
    gst_cents: int | None
    qst_cents: int | None
    gst_rebate_cents: int | None
    qst_rebate_cents: int | None
    net_cents: int | None
    price_expired: bool
    price_expired_on: date | None
    available: bool
    sample: bool
