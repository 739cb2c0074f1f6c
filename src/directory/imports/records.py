"""The kinds of record that a list of the network changes, and how their rows are named in changes and events."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from piccolo.table import Table

from directory.boards.tables import Board
from directory.buildings.tables import Building, SchoolBuilding
from directory.headcounts.tables import Headcount
from directory.schools.tables import School


class Record(NamedTuple):
    """How rows of a table are named in changes and events. SQL over the aliases `r` (the row) and `c` (the change)."""

    table: type[Table]
    matches: str = "r.code = c.key"
    board: str = "r.board"
    school: str = "NULL"
    subject_kind: str = ""
    subject: str = "c.key"
    versioned: bool = True

    @property
    def name(self) -> str:
        return str(self.table._meta.tablename)

    @property
    def columns(self) -> tuple[str, ...]:
        """What a change may hold: all but the key that the database makes, and the version that counts changes."""
        return tuple(c._meta.name for c in self.table._meta.columns if c._meta.name not in ("id", "version"))

    @property
    def defaults(self) -> dict[str, Any]:
        """What a new row says where the list says nothing."""
        found = {}
        for column in self.table._meta.columns:
            if column._meta.name in self.columns and not column._meta.null:
                found[column._meta.name] = column.get_default_value()
        return {name: value for name, value in found.items() if isinstance(value, str | bool | int)}


_LINKED = "r.school = split_part(c.key, '/', 1) AND r.building = split_part(c.key, '/', 2)"
_COUNTED = "r.school = split_part(c.key, '/', 1) AND r.year = split_part(c.key, '/', 2) AND r.level = split_part(c.key, '/', 3)"

# What a headcount counts.
FIGURES = ("pupils", "imse", "imse_rank", "sfr", "sfr_rank")

# In the order in which they can be written: what is referred to first.
RECORDS: Mapping[str, Record] = {
    "board": Record(Board, board="r.code"),
    "building": Record(Building),
    "school": Record(School, school="r.code"),
    "link": Record(
        SchoolBuilding, matches=_LINKED, school="r.school", subject_kind="school", subject="r.school", versioned=False
    ),
    "headcount": Record(
        Headcount, matches=_COUNTED, school="r.school", subject_kind="school", subject="r.school", versioned=False
    ),
}


def quoted(columns: Iterable[str], alias: str = "") -> str:
    """Columns as SQL: `primary` is a reserved word."""
    return ", ".join(f'{alias}"{column}"' for column in columns)
