"""A supplier's file read into typed lines, each beside its cells as they came."""

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from allocations.supplier_files.rules import DayOrder, check_figures, day_order, day_reader
from kit.cells import BadCell
from kit.records import source
from kit.tabular import Column, Row, columns_from, read_table

LARGEST = 16 << 20
_DAYS = ("ordered_on", "despatched_on", "promised_on")


class Typed(NamedTuple):
    """A line: its cells as JSON; what it says (nothing where it is refused), or why not and in which column."""

    line: int
    cells: str
    values: dict[str, Any]
    heading: str = ""
    reason: str = ""


@cache
def _described() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))


@cache
def _columns() -> tuple[Column, ...]:
    return columns_from(_described()["columns"])


def read(file: BinaryIO, name: str, *, days: DayOrder | None = None) -> tuple[list[Typed], list[str]]:
    """The lines of a file, and what is to be told of it. `days`: how it writes days, where it does not show by itself.

    Raises Unreadable, MissingColumns.
    """
    table = read_table(file, name, _columns(), ignored=_described()["ignored"], largest=LARGEST)
    rows = list(table.rows)
    cells = _cells(file, name, list(table.headings.values()))
    order = days or day_order(row.values.get(column) or "" for row in rows for column in _DAYS)
    reader = day_reader(order)
    return [_typed(row, cells.get(row.line, "[]"), table.headings, reader) for row in rows], table.remarks


def _typed(row: Row, cells: str, headings: Any, reader: Any) -> Typed:
    if row.refusal:
        return Typed(row.line, cells, {}, row.refusal.column, row.refusal.reason)
    values = dict(row.values)
    column = ""
    try:
        for column in _DAYS:
            values[column] = reader(values.get(column) or "")
        column = "completed"
        check_figures(values)
    except BadCell as bad:
        return Typed(row.line, cells, {}, headings.get(column, ""), bad.reason)
    values["is_return"] = bool(values.get("is_return"))
    return Typed(row.line, cells, values)


def _cells(file: BinaryIO, name: str, headings: list[str]) -> dict[int, str]:
    """The cells of each line by its number, as they came."""
    found = source(file, name)
    for delimiter in found.delimiters:
        records = list(found.records(delimiter))
        if records and {cell.strip() for cell in records[0].cells} >= set(headings):
            return {record.line: json.dumps(record.cells, ensure_ascii=False) for record in records[1:]}
    return {}
