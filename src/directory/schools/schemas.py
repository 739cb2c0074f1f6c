from datetime import date

import msgspec

from directory.schemas import FormerNameOut
from kit.events import EventOut


class SchoolOut(msgspec.Struct, kw_only=True):
    """A school or centre in a list. `levels` among preschool, primary, secondary, vocational, adult; `region` two digits.

    `found_as`: the former name by which a search found it, else ''.
    """

    code: str
    name: str
    short_name: str
    board: str
    board_name: str
    municipality_name: str
    region: str | None
    levels: list[str]
    closed_on: date | None
    found_as: str = ""


class SchoolPlace(msgspec.Struct, kw_only=True):
    """A building that a school is in, or was in until `closed_on`."""

    code: str
    name: str
    address_1: str
    municipality_name: str
    opened_on: date | None
    closed_on: date | None


class SchoolHeadcount(msgspec.Struct, kw_only=True):
    """Pupils on 30 September of a school year; None: not published, which is not zero."""

    year: str
    level: str
    counted_on: date
    pupils: int | None
    imse: float | None
    imse_rank: int | None
    sfr: float | None
    sfr_rank: int | None


class SchoolDetail(SchoolOut, kw_only=True):
    """A school with its address, buildings, headcounts, former names and history."""

    region_name: str
    address_1: str
    address_2: str
    postal_code: str
    municipality: str
    website: str
    listed_on: date | None
    version: int
    buildings: list[SchoolPlace]
    headcounts: list[SchoolHeadcount]
    former_names: list[FormerNameOut]
    history: list[EventOut]
