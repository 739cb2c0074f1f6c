"""A file of adjustments read into lines: whose envelope, what change or amount, why. What the columns may be called is data."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO, NamedTuple

from allocations.adjustments.rules import NoColumn
from kit.i18n import _
from kit.tabular import columns_from, read_table

LARGEST = 8 << 20


class Line(NamedTuple):
    """A line as it was read; `problem` where it could not be. `codes`: those that it names, in the file's own or in ours."""

    number: int
    raw: str
    codes: tuple[str, ...]
    delta: int | None
    amount: int | None
    reason: str
    problem: str


@cache
def _described() -> dict[str, Any]:
    return tomllib.loads(files("allocations.adjustments").joinpath("columns.toml").read_text("utf-8"))


def read(file: BinaryIO, name: str, codes: Mapping[str, str]) -> list[Line]:
    """The lines of a file. `codes`: the file's codes → ours. Raises Unreadable, NoColumn."""
    about = _described()
    table = read_table(
        file, name, columns_from(about["columns"]), ignored=about["ignored"], largest=LARGEST, keep_raw=True
    )
    given = table.headings.keys()
    if not {"code", "other_code"} & given or not {"delta", "amount"} & given:
        raise NoColumn(name=name)
    lines = []
    for row in table.rows:
        value = row.values.get
        found = [code for code in (value("code"), value("other_code")) if code]
        problem = ""
        if row.refusal is not None:
            problem = _("« {value} » : {reason}").format(value=row.refusal.value, reason=row.refusal.reason)
        lines.append(
            Line(
                row.line, row.raw, tuple(codes.get(code, code) for code in found), value("delta"), value("amount"),
                value("reason") or "", problem,
            )
        )  # fmt: skip
    return lines
