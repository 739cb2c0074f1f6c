from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile
from msgspec import Meta

from catalog.trainings.schemas import TrainingOut


class BundleTrainingOut(TrainingOut, frozen=True):
    """A self-training or an accompaniment that goes with a bundle: `quantity` places or visits."""

    quantity: int = 1


class BundlePartOut(msgspec.Struct, frozen=True):
    """A line as it was written: a product (code) or an edition of another bundle (slug).

    `optional`: taken or not; lines of one `choice`: one of them is taken; `taken`: the default. `key` is what a choice names.
    """

    key: str
    product: str | None
    bundle: str | None
    edition: int | None
    name: str
    name_en: str
    quantity: int
    optional: bool
    choice: str
    taken: bool


class BundlePhotoOut(msgspec.Struct, frozen=True):
    """A picture, `size` in bytes; `words`: what it shows, to whoever cannot see it."""

    media_type: str
    size: int
    sha256: str
    words: str
    words_en: str


class BundleLineOut(msgspec.Struct, frozen=True):
    """So many of a product, at its cheapest price in force on the day (cents before tax, a unit).

    `path`: the product, after the nested bundles around it (« trousse/bee-bot »).

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
    path: str
    supplier: str | None
    supplier_name: str | None
    unit_before_tax_cents: int | None
    price_until: date | None
    expired_on: date | None
    sample: bool


class BundleOut(msgspec.Struct, frozen=True):
    """An edition of a bundle, priced on a day as one invoice a supplier; all figures in cents.

    `lines` are the products of its default choices, nested bundles taken apart, and all figures are theirs; `parts` are its
    lines as written. `state`: draft, published or retired. `pupils_each`: recommended size, one for so many pupils.

    `units`: tracked units by category, what the floor counts. `net_cents`: with taxes, less the rebates of school bodies.
    Totals are null where a line never had a price. `available`: every product is offered and has a price in force;
    `price_expired_on`: the first day by which a price of it had ended. `sample`: itself or one of its prices is a sample.
    """

    id: UUID
    slug: str
    edition: int
    state: str
    name: str
    name_en: str
    category: str
    description: str
    description_en: str
    levels: list[str]
    source: str
    pupils_each: int | None
    published_on: date | None
    closed_on: date | None
    version: int
    lines: list[BundleLineOut]
    parts: list[BundlePartOut]
    trainings: list[BundleTrainingOut]
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
    photo: BundlePhotoOut | None = None


Code = Annotated[str, Meta(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, Meta(max_length=200)]
Description = Annotated[str, Meta(max_length=4_000)]
Many = Annotated[int, Meta(ge=1, le=10_000)]


class NewBundleLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """So many of a product (code) or of a bundle that is published (slug), one of the two.

    `optional`: taken or not; lines of one `choice` are alternatives, one is taken. `taken`: the default of such a line; of
    alternatives the first, where none says so.
    """

    product: Code | None = None
    bundle: Code | None = None
    quantity: Many
    optional: bool = False
    choice: Annotated[str, Meta(max_length=60)] = ""
    taken: bool = False


class NewBundleTraining(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """So many places or visits of a self-training or an accompaniment (its code)."""

    training: Code
    quantity: Many = 1


class BundleContent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an edition of a bundle holds. `pupils_each`: recommended size, one for so many pupils (null: none)."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    name_en: Name = ""
    category: Annotated[str, Meta(max_length=40)]
    description: Description = ""
    description_en: Description = ""
    levels: Annotated[list[str], Meta(min_length=1, max_length=4)]
    pupils_each: Many | None = None
    lines: Annotated[list[NewBundleLine], Meta(min_length=1, max_length=100)]
    trainings: Annotated[list[NewBundleTraining], Meta(max_length=50)] = []
    source: Annotated[str, Meta(max_length=300)] = ""
    sample: bool = False


class RetireBundle(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """From which day on a bundle is no longer offered, and why."""

    closed_on: date
    reason: Annotated[str, Meta(max_length=2_000)] = ""


class NewBundlePhoto(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture: PNG, JPEG or WebP."""

    file: UploadFile
