"""Tables that people take with them."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from litestar import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV as the spreadsheets of here open it: UTF-8 with its mark, `;`, CRLF. No text can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA):
        return f"'{cell}"
    return cell


def csv_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response[Any]:
    """The table as a file to keep, under this name (ASCII, without its ending)."""
    return Response(
        csv_file(headings, rows),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"},
    )
