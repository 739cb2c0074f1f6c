"""The label sheet: a full QR code in vectors, with the tag, the school and the device in words beside it."""

from collections.abc import Sequence

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from inventory.labels.rules import label_address, places
from inventory.labels.schemas import Label, Stock
from kit.documents import BOLD, REGULAR, fit, sheet
from kit.i18n import n_

_QUIET = 4  # modules of white around a code that a reader needs (ISO 18004)
_EDGE = 1.2  # mm that a printer may be off by
# Lines beside the code: field, font, size in points; on a label less than 20 mm high the device gives way to legible letters.
_TALL = (("tag", BOLD, 11.0), ("name", REGULAR, 7.0), ("school_name", REGULAR, 7.0), ("label_code", REGULAR, 7.0))
_SHORT = (("tag", BOLD, 8.0), ("school_name", REGULAR, 5.0), ("label_code", REGULAR, 5.0))
_TALL_FROM, _USUAL_HEIGHT = 20, 25.4  # mm; a higher label takes larger letters
_LEADING = 1.3


def label_sheet(
    labels: Sequence[Label], *, stock: Stock, start_at: int, address: str, offset_mm: tuple[float, float] = (0.0, 0.0)
) -> bytes:
    """The PDF of these labels in order, from label `start_at` of the first page on. `address`: the service's own, without a path
    if it can be. Offsets (right, down) make up for a printer that is off. Raises Invalid for a start that the sheet has not.
    """
    title = n_("Étiquette {first}", "Étiquettes {first} à {last}", len(labels)).format(
        first=labels[0].tag if labels else "", last=labels[-1].tag if labels else ""
    )
    canvas, buffer = sheet(title, page_mm=stock.page_mm)
    # A label printed at 97 % is beside its label: no scaling, whatever the viewer's habit.
    canvas.setViewerPreference("PrintScaling", "None")
    drawn = 0
    for label, (page, left, top) in zip(labels, places(stock, start_at=start_at, offset_mm=offset_mm), strict=False):
        while drawn < page:
            canvas.showPage()
            drawn += 1
        canvas.saveState()
        canvas.translate(left * mm, (stock.page_mm[1] - top - stock.label_mm[1]) * mm)
        _draw(canvas, label, stock.label_mm, address)
        canvas.restoreState()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, label: Label, size_mm: tuple[float, float], address: str) -> None:
    """One label, its lower left corner at the origin."""
    width, height = size_mm
    side = min(height - 2 * _EDGE, width * 0.42)
    _draw_code(canvas, label_address(address, label.label_code), _EDGE * mm, (height - side) / 2 * mm, side * mm)
    left = (_EDGE + side) * mm
    room = width * mm - left - _EDGE * mm
    lines = _TALL if height >= _TALL_FROM else _SHORT
    scale = min(max(height / _USUAL_HEIGHT, 1), 1.4)
    baseline = (height * mm + sum(size for _field, _font, size in lines) * scale * _LEADING) / 2
    canvas.setFillGray(0)
    for field, font, size in lines:
        text = getattr(label, field)
        if field == "label_code":  # in two halves: read aloud from a label that no longer scans
            text = f"{text[:4]} {text[4:]}"
        baseline -= size * scale * _LEADING
        canvas.setFont(font, size * scale)
        canvas.drawString(left, baseline + size * scale * 0.3, fit(text, font=font, size=size * scale, width=room))


def _draw_code(canvas: Canvas, content: str, x: float, y: float, side: float) -> None:
    """A full QR code (never Micro QR, which many readers cannot read) with its quiet zone inside the square."""
    code = segno.make_qr(content, error="m")
    matrix = code.matrix
    module = side / (len(matrix) + 2 * _QUIET)
    path = canvas.beginPath()
    for row, cells in enumerate(matrix):
        bottom = y + side - (_QUIET + row + 1) * module
        column = 0
        while column < len(cells):
            end = column
            while end < len(cells) and cells[end]:
                end += 1
            if end > column:
                path.rect(x + (_QUIET + column) * module, bottom, (end - column) * module, module)
            column = max(end, column + 1)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
