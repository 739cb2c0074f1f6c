"""What crosses HTTP, pages and the label sheet."""

from typing import Annotated

import msgspec
from msgspec import Meta

Pair = tuple[float, float]
MOST_LABELS = 1_000


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of labels: millimetres (across, down) from the top left corner of the page."""

    code: str = ""
    name: str
    name_en: str
    page_mm: Pair
    columns: int
    rows: int
    label_mm: Pair
    pitch_mm: Pair
    first_mm: Pair

    @property
    def per_page(self) -> int:
        return self.columns * self.rows


class Label(msgspec.Struct, frozen=True):
    """What one label says: tag (`711-004217`), random code of its address, the school that holds the device, its name."""

    tag: str
    label_code: str
    school_name: str
    name: str


class StockOut(msgspec.Struct, frozen=True):
    """A paper that one may choose, named in the reader's language."""

    code: str
    name: str
    columns: int
    rows: int
    label_mm: Pair


Offset = Annotated[float, Meta(ge=-20, le=20, description="Millimetres; what the printer is off by.")]


class LabelOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Labels to print, in this order. `start_at`: the first free label of the first sheet, counted by rows from 1."""

    tags: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(min_length=1, max_length=MOST_LABELS)]
    stock: str = "letter-3x10"
    start_at: Annotated[int, Meta(ge=1)] = 1
    offset_right_mm: Offset = 0.0
    offset_down_mm: Offset = 0.0
