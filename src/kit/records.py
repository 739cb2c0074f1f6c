"""The records of a CSV text or of a spreadsheet, one at a time, each with the line where it starts. No header, no meaning yet."""

import contextlib
import csv
import io
import zipfile
from collections.abc import Generator, Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

import python_calamine

from kit.encodings import Unreadable, detect
from kit.i18n import _, number

LONGEST_LINE = 100_000
UNZIPPED_AT_MOST = 512 << 20
_TOO_LONG = "\0\0"

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Record(NamedTuple):
    """`problem` is '' or the sentence why this record cannot be trusted; then `cells` is what could be told apart, or the raw line."""

    line: int
    cells: list[str]
    problem: str = ""


class Source(NamedTuple):
    """`delimiters` to try in turn with `open`; a spreadsheet has one only."""

    delimiters: tuple[str, ...]
    file: BinaryIO
    codec: str
    start: int
    remarks: tuple[str, ...]
    sheet: Any = None

    def records(self, delimiter: str) -> Generator[Record, None, None]:
        """The records from the first one, blank ones left out."""
        if self.sheet is not None:
            yield from _sheet_records(self.sheet)
            return
        self.file.seek(self.start)
        text = io.TextIOWrapper(self.file, encoding=self.codec, newline="")
        try:
            yield from _csv_records(text, delimiter)
        finally:
            with contextlib.suppress(ValueError):  # the caller has closed its file already
                text.detach()  # else the file stays the caller's, open


def source(file: BinaryIO, name: str) -> Source:
    """What `file` is made of: a spreadsheet (XLSX, ODS, XLS) or delimited text. Raises Unreadable."""
    file.seek(0)
    if file.read(4) in (ZIP, OLE):
        sheet, remarks = _first_sheet(file, name)
        return Source(("\t",), file, "", 0, remarks, sheet)
    text = detect(file, name)
    remarks = (text.remark,) if text.remark else ()
    return Source((",", ";", "\t", "|"), file, text.codec, text.start, remarks)


def _csv_records(text: io.TextIOWrapper, delimiter: str) -> Iterator[Record]:
    raw: list[str] = []

    def lines() -> Iterator[str]:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
                while (rest := text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                    pass
                line = _TOO_LONG + "\n"
            raw.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        raw.clear()
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problem = _("Les guillemets de cette ligne ne se referment pas bien; corrigez-la.")
            yield Record(line, ["".join(raw)], problem)
            continue
        if not any(cells) or (len(cells) == 1 and not cells[0].strip(" \t\x1a")):
            continue
        joined = "".join(raw)
        if "\0" in joined:
            problem = _("Cette ligne contient un octet nul; exportez le fichier de nouveau.")
            if _TOO_LONG in joined:
                problem = _("Cette ligne dépasse {longest} caractères.").format(longest=number(LONGEST_LINE))
            yield Record(line, [joined], problem)
        else:
            yield Record(line, cells)


def _first_sheet(file: BinaryIO, name: str) -> tuple[Any, tuple[str, ...]]:
    """The first visible sheet that holds anything, and a remark when there are others."""
    file.seek(0)
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as parts:
                if sum(part.file_size for part in parts.infolist()) > UNZIPPED_AT_MOST:
                    raise Unreadable(_("« {name} » est trop gros une fois décompressé.").format(name=name))
        file.seek(0)
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        visible = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        filled = [sheet for sheet in map(book.get_sheet_by_name, visible) if sheet.end is not None]
    except python_calamine.PasswordError as error:
        raise Unreadable(_("« {name} » est protégé par un mot de passe.").format(name=name)) from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(
            _("« {name} » n'est pas un classeur lisible; attendu : CSV ou XLSX.").format(name=name)
        ) from error
    if not filled:
        raise Unreadable(_("« {name} » est vide.").format(name=name))
    if len(filled) == 1:
        return filled[0], ()
    remark = _("« {name} » a plusieurs feuilles; seule « {sheet} » a été lue.").format(name=name, sheet=filled[0].name)
    return filled[0], (remark,)


def _sheet_records(sheet: Any) -> Iterator[Record]:
    for line, row in enumerate(sheet.iter_rows(), start=1):
        cells = [cell if isinstance(cell, str) else _as_text(cell) for cell in row]
        if any(cells):
            yield Record(line, cells)


def _as_text(cell: Any) -> str:
    """A spreadsheet's typed cell as the text that a CSV would hold. Beyond 15 digits a spreadsheet no longer knows its number."""
    match cell:
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case float():
            return f"{cell:E}" if abs(cell) >= 1e15 else repr(cell)
        case datetime() | date():
            return cell.isoformat()
        case None:
            return ""
    return str(cell)
