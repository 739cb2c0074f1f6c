from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from catalog.suppliers.schemas import Code

Cents = Annotated[int, Meta(gt=0, le=100_000_00)]


class EcoFeeOut(msgspec.Struct, frozen=True):
    """An écofrais a unit (cents before tax, taxable): of one product, or of the products of a kind in a category."""

    category: str
    kind: str
    product: str | None
    before_tax_cents: int
    from_day: date
    until_day: date | None
    source: str


class NewEcoFee(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An écofrais from a day on: of a `product` (its code), or of a `kind` in a `category`. The one before it ends the day before.

    `before_tax_cents` null: no fee any more from that day on.
    """

    product: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    category: Code | None = None
    kind: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    before_tax_cents: Cents | None
    from_day: date
    source: Annotated[str, Meta(min_length=1, max_length=300)]
