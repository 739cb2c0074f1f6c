"""A list of boards, merged. Pure."""

import msgspec

from directory.imports.rules import Reading
from kit.i18n import _


class BoardRow(msgspec.Struct, kw_only=True):
    """A line of the boards list: `kind` is Franco, Anglo or Statut, as published."""

    code: str
    name: str
    short_name: str = ""
    kind: str = ""


def merge(reading: Reading) -> dict[str, BoardRow]:
    """The boards by code. A second line that says something else of the same board is refused, and the board left alone."""
    boards: dict[str, BoardRow] = {}
    for line, row in reading.lines(BoardRow):
        if boards.setdefault(row.code, row) != row:
            reading.refuse(line, row.code, "code", row.code, _("Ce code est déjà décrit autrement plus haut."))
    return {code: row for code, row in boards.items() if code not in reading.shielded}
