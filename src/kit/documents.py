"""The base of every PDF: fonts with French accents, a few styles, pages numbered « 1 de 3 », title, language and bookmarks.

`build` lays out flowing documents (orders, accounts); `sheet` gives a bare canvas in millimetres (labels).
The accessible form of a PDF is the page that says the same: reportlab makes no tagged PDF, so each document has one.
"""

import io
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table, TableStyle

from kit import clock
from kit.i18n import _, current_language, date_long

# Bitstream Vera comes inside reportlab, with its licence; it holds every letter and sign of French.
REGULAR, BOLD, ITALIC = "Vera", "Vera-Bold", "Vera-Italic"
_FILES = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf", ITALIC: "VeraIt.ttf", "Vera-BoldItalic": "VeraBI.ttf"}
_STAND_INS = {"\u202f": "\u00a0", "\u2011": "-", "\u2010": "-", "→": "»", "ʼ": "’"}

INK, GREY, RULE = colors.HexColor("#1b1b1b"), colors.HexColor("#555555"), colors.HexColor("#9a9a9a")
MARGIN = 18 * mm
WIDTH, WIDE = LETTER[0] - 2 * MARGIN, LETTER[1] - 2 * MARGIN  # what a table fills: its columns add up to it


@cache
def _register() -> frozenset[int]:
    """Register the fonts once a process; the characters that they can draw."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(REGULAR, REGULAR, BOLD, ITALIC, "Vera-BoldItalic")
    face: Any = pdfmetrics.getFont(REGULAR)
    return frozenset(face.face.charToGlyph)


def drawable(text: str) -> str:
    """The text in characters that the fonts can draw: a letter loses an accent they lack, and becomes `?` at worst."""
    known = _register()
    out = []
    for char in unicodedata.normalize("NFC", text):
        char = _STAND_INS.get(char, char)
        if ord(char) not in known and char != "\n":
            char = unicodedata.normalize("NFKD", char)[0]
            char = char if ord(char) in known else "?"
        out.append(char)
    return "".join(out)


def fit(text: str, *, font: str, size: float, width: float) -> str:
    """The text, cut with « … » where it is wider than `width` points."""
    text = drawable(text)
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(text.rstrip() + "…", font, size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


@cache
def styles() -> dict[str, ParagraphStyle]:
    """`title`, `heading`, `body`, `small`, `cell`, `cell_right` (figures), `cell_bold`, `cell_bold_right`."""
    _register()
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=12, textColor=INK)
    cell = ParagraphStyle("cell", parent=body, fontSize=8, leading=10)
    bold = ParagraphStyle("cell_bold", parent=cell, fontName=BOLD)
    found = [
        ParagraphStyle("title", parent=body, fontName=BOLD, fontSize=15, leading=19, spaceAfter=3 * mm),
        ParagraphStyle(
            "heading", parent=body, fontName=BOLD, fontSize=10.5, leading=14, spaceBefore=4 * mm, spaceAfter=1 * mm, keepWithNext=1
        ),
        body,
        ParagraphStyle("small", parent=body, fontSize=7.5, leading=9.5, textColor=GREY),
        cell,
        ParagraphStyle("cell_right", parent=cell, alignment=TA_RIGHT),
        bold,
        ParagraphStyle("cell_bold_right", parent=bold, alignment=TA_RIGHT),
    ]  # fmt: skip
    return {style.name: style for style in found}


class _Heading(Paragraph):
    """A paragraph that is a bookmark where it is first drawn: the title row of a table comes again on each of its pages."""

    bookmarked = False

    def draw(self) -> None:
        super().draw()
        if self.bookmarked:
            return
        self.bookmarked = True
        canvas: Any = self.canv
        canvas.bookmarks = n = getattr(canvas, "bookmarks", 0) + 1
        canvas.bookmarkPage(f"b{n}")
        level = 0 if self.style.name == "title" or n == 1 else 1
        canvas.addOutlineEntry(self.getPlainText(), f"b{n}", level=level)


def paragraph(text: str, style: str = "body") -> Paragraph:
    """A paragraph of plain text: nothing in it is read as markup; line breaks are kept."""
    made = _Heading if style in ("title", "heading") else Paragraph
    return made(escape(drawable(text)).replace("\n", "<br/>"), styles()[style])


def table_style(*commands: tuple[Any, ...], head: int | None = 0) -> TableStyle:
    """Thin lines between rows, a thick one below the row `head` (None: no row is one), text that starts and ends at the margins.

    `commands` are reportlab's, added after.
    """
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0 if head is None else head), (-1, -1), 0.25, RULE),
            *([] if head is None else [("LINEBELOW", (0, head), (-1, head), 0.8, INK)]),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            *commands,
        ]
    )


class _Rows(Table):
    """A table whose rows stay whole, but for one taller than half a page: no page might hold it."""

    _rowHeights: Sequence[float]  # noqa: N815 (reportlab names it)

    def split(self, width: float, height: float) -> list[Any]:
        self.splitInRow = int(any(row > LETTER[0] / 2 for row in self._rowHeights))
        return super().split(width, height)


def titled_table(
    title: str,
    rows: Sequence[Sequence[Any]],
    *,
    widths: Sequence[float],
    under: str = "",
    heads: int = 1,
    commands: Sequence[tuple[Any, ...]] = (),
) -> Table:
    """A table with a heading and a line `under` it; the first rows, `heads` of them, are the column heads.

    All of these come again on each page that the table fills, and never stay alone at the foot of one. In `commands` count the
    rows from the last (-1): the heading is row 0.
    """
    over = [paragraph(title, "heading"), *([paragraph(under, "cell")] if under else [])]
    table = _Rows(
        [[over, *[""] * (len(widths) - 1)], *map(list, rows)],
        colWidths=widths, repeatRows=1 + heads, hAlign="LEFT", spaceBefore=4 * mm,
    )  # fmt: skip
    whole = ("SPAN", (0, 0), (-1, 0)), ("RIGHTPADDING", (0, 0), (0, 0), 0)
    ending = (
        [("NOSPLIT", (0, -2), (-1, -1))] if len(rows) > heads + 1 else []
    )  # no last row, a total often, alone on a page
    table.setStyle(table_style(*whole, *ending, *commands, head=heads))
    return table


def pairs(rows: Sequence[tuple[str, str]], *, label: float) -> Table:
    """What is what, a row each; `label`: the width of the first column."""
    table = _Rows(
        [[paragraph(name, "cell_bold"), paragraph(value, "cell")] for name, value in rows],
        colWidths=[label, WIDTH - label], hAlign="LEFT",
    )  # fmt: skip
    table.setStyle(table_style(head=None))
    return table


def build(
    story: Callable[[], Sequence[Flowable]],
    *,
    title: str,
    author: str = "",
    foot: str = "",
    as_of: date | None = None,
    wide: bool = False,
) -> bytes:
    """Lay out `story()` on Letter pages (`wide`: laid on their side). Each says `foot`, « Imprimé le … » and its number of all.

    `as_of`: pages say « Données au … » instead, and the same story gives the same bytes whenever it is laid out.

    Paragraphs of the styles `title` and `heading` become the bookmarks. `story` is called again where it takes several
    pages: how many is known only after the first layout. The language is the one of the moment: `with use_language("fr")` around it.
    """

    def laid_out(total: int) -> tuple[bytes, int]:
        return _Pages(title, author, foot, total=total, as_of=as_of, wide=wide).write(story())

    content, pages = laid_out(1)
    return content if pages == 1 else laid_out(pages)[0]


class _Pages(BaseDocTemplate):
    def __init__(self, title: str, author: str, foot: str, *, total: int, as_of: date | None, wide: bool) -> None:
        self.buffer = io.BytesIO()
        super().__init__(
            self.buffer,
            pagesize=landscape(LETTER) if wide else LETTER,
            title=title,
            author=author or None,
            lang=language_tag(),
            displayDocTitle=1,
            invariant=1 if as_of else None,
        )
        self.foot, self.total, self.as_of = foot, total, as_of
        width, height = self.pagesize
        frame = Frame(MARGIN, MARGIN + 5 * mm, width - 2 * MARGIN, height - 2 * MARGIN - 5 * mm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("page", [frame], onPageEnd=self._foot))

    def write(self, story: Sequence[Flowable]) -> tuple[bytes, int]:
        self.build(list(story))
        return self.buffer.getvalue(), self.page

    def _foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        width = self.pagesize[0]
        printed = (
            _("Données au {day}").format(day=date_long(self.as_of))
            if self.as_of
            else _("Imprimé le {day}").format(day=date_long(clock.today()))
        )
        number = _("{page} de {total}").format(page=canvas.getPageNumber(), total=self.total)
        canvas.setFont(REGULAR, 7.5)
        canvas.setFillColor(GREY)
        printed = drawable(printed)
        middle = width * 0.72
        room = middle - pdfmetrics.stringWidth(printed, REGULAR, 7.5) / 2 - MARGIN - 3 * mm
        canvas.drawString(MARGIN, MARGIN - 2 * mm, fit(self.foot, font=REGULAR, size=7.5, width=room))
        canvas.drawCentredString(middle, MARGIN - 2 * mm, printed)
        canvas.drawRightString(width - MARGIN, MARGIN - 2 * mm, number)


def sheet(title: str, *, page_mm: tuple[float, float]) -> tuple[Canvas, io.BytesIO]:
    """A bare canvas of pages `page_mm` (width, height), and the buffer that holds the PDF after `canvas.save()`."""
    _register()
    buffer = io.BytesIO()
    size = (page_mm[0] * mm, page_mm[1] * mm)
    canvas = Canvas(buffer, pagesize=size, lang=language_tag())
    canvas.setTitle(title)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas, buffer


def language_tag() -> str:
    """`fr-CA` or `en-CA`, for the document's catalogue."""
    return f"{current_language()}-CA"
