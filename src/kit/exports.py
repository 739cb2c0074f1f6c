"""Tables that people take with them."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from litestar import Response

from kit.i18n import current_language

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_WITHOUT_MARKS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # some spreadsheets read the wide signs too


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV as the spreadsheets of here open it: UTF-8 with its mark, `;`, CRLF. No text can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: object) -> object:
    if isinstance(cell, Decimal):  # dollars: a spreadsheet adds up what has its language's mark
        return str(cell).replace(".", ",") if current_language() == "fr" else str(cell)
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA):
        return f"'{cell}"
    return cell


def csv_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response[Any]:
    """The table as a file to keep, under this name (ASCII, without its ending)."""
    return Response(
        csv_file(headings, rows),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"},
    )


def xlsx_file(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as a workbook of one sheet: dates and numbers as such, every text as a text, whatever it begins with."""
    import xlsxwriter  # heavy, and seldom asked for

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        sheet, bold, day = (
            book.add_worksheet(),
            book.add_format({"bold": True}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for line, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, column, float(cell), money)
                elif isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                elif cell is not None:
                    sheet.write_string(line, column, _WITHOUT_MARKS.sub("\ufffd", str(cell)))
    return out.getvalue()


def xlsx_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response[Any]:
    """As `csv_answer`, a workbook."""
    return Response(
        xlsx_file(headings, rows),
        media_type=XLSX,
        headers={"content-disposition": f'attachment; filename="{name}.xlsx"', "cache-control": "no-store"},
    )
