from datetime import date

import msgspec

from directory.schemas import FormerNameOut
from kit.events import EventOut


class BoardOut(msgspec.Struct, kw_only=True):
    """A board in a list. `found_as`: the former name by which a search found it, else ''."""

    code: str
    name: str
    short_name: str
    kind: str
    closed_on: date | None
    found_as: str = ""


class BoardDetail(BoardOut, kw_only=True):
    """A board with its former names, how many open schools and buildings the caller sees of it, and what happened to it."""

    listed_on: date | None
    version: int
    schools: int
    buildings: int
    former_names: list[FormerNameOut]
    history: list[EventOut]
