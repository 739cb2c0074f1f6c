from datetime import date

import msgspec

from directory.schemas import FormerNameOut
from kit.events import EventOut


class BuildingOut(msgspec.Struct, kw_only=True):
    """A building in a list; `schools`: how many open schools the caller sees in it. Its code is of another space than theirs."""

    code: str
    name: str
    board: str
    address_1: str
    municipality_name: str
    region: str | None
    schools: int
    closed_on: date | None
    found_as: str = ""


class BuildingTenant(msgspec.Struct, kw_only=True):
    """A school that is in a building, or was until `closed_on`."""

    code: str
    name: str
    board: str
    opened_on: date | None
    closed_on: date | None


class BuildingDetail(BuildingOut, kw_only=True):
    """A building with its address, who is in it, former names and history. `described_by`: the list that said so last."""

    region_name: str
    address_2: str
    postal_code: str
    municipality: str
    ownership: str
    longitude: float | None
    latitude: float | None
    described_by: str
    listed_on: date | None
    version: int
    tenants: list[BuildingTenant]
    former_names: list[FormerNameOut]
    history: list[EventOut]
