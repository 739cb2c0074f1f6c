"""How the network stands, counted."""

from datetime import date

import msgspec

from inventory.floor.rules import Status
from inventory.floor.schemas import ListedSchool


class Counts(msgspec.Struct, kw_only=True):
    """Schools by status; `assessed` is their sum; `share` of it by status, 0 to 1 (empty where none is assessed)."""

    assessed: int
    by_status: dict[Status, int]
    share: dict[Status, float]


class Place(msgspec.Struct, kw_only=True):
    """A region or a board, and how its schools stand."""

    code: str
    name: str
    counts: Counts


class TrendDay(msgspec.Struct, kw_only=True):
    """Schools by status at the end of a day on which there was a scan."""

    day: date
    by_status: dict[Status, int]


class Coverage(msgspec.Struct, kw_only=True):
    """The province, a region or a board on `day` (None: never scanned), the most often below first.

    `places`: the regions of the province, the boards of a region. `schools`: those of a board, as the last scan found them.
    """

    code: str
    name: str
    day: date | None
    counts: Counts
    places: list[Place]
    schools: list[ListedSchool]
    trend: list[TrendDay]
