"""Which encoding a text file is really in: UTF-8, Windows-1252, or UTF-16 with its mark. Never a silent wrong guess.

Bytes that are not UTF-8 are taken for Windows-1252 only when nothing speaks against it: an old Macintosh's é is Windows' Ž, and a
file pasted together from two encodings holds é both as one byte and as two.
"""

import codecs
import re
from typing import BinaryIO, NamedTuple

from kit.errors import Refused
from kit.i18n import _, lazy

CHUNK = 1 << 16

# Windows-1252 leaves five bytes without meaning; the other seven are letters that no French or English list holds (Ž ž Š š ƒ ˆ ‰),
# where the old Macintosh encoding has é û ä ö É à â.
_NOT_WINDOWS = re.compile(rb"[\x81\x83\x88\x89\x8a\x8d\x8e\x8f\x90\x9a\x9d\x9e]")
_TWO_BYTE_LETTER = re.compile(rb"[\xc3][\x80-\xbf]")
_TWICE_ENCODED = re.compile(rb"\xc3\x83[\xc2-\xef]")
_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\v\f\r\x1a")

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", lazy("un PDF")),
    (b"\x89PNG", lazy("une image")),
    (b"\xff\xd8\xff", lazy("une image")),
    (b"GIF8", lazy("une image")),
    (b"\x1f\x8b", lazy("une archive")),
    (b"7z\xbc\xaf", lazy("une archive")),
    (b"Rar!", lazy("une archive")),
    (b"\x7fELF", lazy("un programme")),
    (b"MZ", lazy("un programme")),
    (b"SQLite format 3", lazy("une base de données")),
    (b"{\\rtf", lazy("un document")),
    (b"{", lazy("un fichier JSON")),
    (b"[", lazy("un fichier JSON")),
    (b"<", lazy("une page Web ou un fichier XML")),
)


class Unreadable(Refused):
    """The file as a whole cannot be taken; nothing of it is."""

    title = lazy("Fichier illisible")
    sentence = lazy("Ce fichier ne peut pas être lu.")


class Text(NamedTuple):
    """What `detect` found: the codec, whether anybody should be told, and where the text starts."""

    codec: str
    remark: str
    start: int


def detect(file: BinaryIO, name: str) -> Text:
    """The encoding of the whole of `file`, read in chunks. Raises Unreadable for what is no text, or no text of one encoding."""
    file.seek(0)
    head = file.read(CHUNK)
    _refuse_other_kinds(head, name)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _check_utf16(file, name)
        return Text("utf-16", "", 0)
    if len(head.translate(None, _CONTROL)) < 0.9 * len(head):
        raise Unreadable(_("« {name} » n'est pas un fichier de texte; attendu : CSV ou XLSX.").format(name=name))
    marked = head.startswith(codecs.BOM_UTF8)
    file.seek(len(codecs.BOM_UTF8) if marked else 0)
    if not _scan(file, name):
        return Text("utf-8", "", len(codecs.BOM_UTF8) if marked else 0)
    if marked:
        raise Unreadable(
            _("« {name} » se dit en UTF-8 mais n'en est pas; il est abîmé ou coupé. Exportez-le de nouveau.").format(
                name=name
            )
        )
    remark = _("« {name} » a été lu en Windows-1252; vérifiez les accents.").format(name=name)
    return Text("cp1252", remark, 0)


def _scan(file: BinaryIO, name: str) -> bool:
    """Whether the rest of the file is Windows-1252 (it is UTF-8 otherwise). Raises Unreadable when it is neither."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, foreign, mixed, tail = True, False, False, b""
    while True:
        chunk = file.read(CHUNK)
        seen = tail + chunk
        if _TWICE_ENCODED.search(seen):
            raise Unreadable(
                _(
                    "Les accents de « {name} » ont été encodés deux fois (Ã© au lieu de é). Exportez-le de nouveau."
                ).format(name=name)
            )
        foreign = foreign or _NOT_WINDOWS.search(seen) is not None
        mixed = mixed or _TWO_BYTE_LETTER.search(seen) is not None
        if valid:
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                valid = False
        if not chunk:
            break
        tail = chunk[-3:]
    if valid:
        return False
    if foreign or mixed:
        raise Unreadable(
            _(
                "L'encodage de « {name} » n'est ni UTF-8 ni Windows-1252. Enregistrez-le en UTF-8, puis réessayez."
            ).format(name=name)
        )
    return True


def _check_utf16(file: BinaryIO, name: str) -> None:
    """A spreadsheet's « Unicode text »."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(_("« {name} » est abîmé ou coupé. Exportez-le de nouveau.").format(name=name)) from error


def _refuse_other_kinds(head: bytes, name: str) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Unreadable(_("« {name} » est vide.").format(name=name))
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for signature, what in _SIGNATURES:
        if start.startswith(signature):
            raise Unreadable(_("« {name} » est {what}; attendu : CSV ou XLSX.").format(name=name, what=_(what)))
