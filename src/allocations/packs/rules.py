"""The accountability pack as a set of files: safe names, the same bytes from the same data, a checksum of each. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import msgspec

from kit.errors import Refused
from kit.i18n import _, lazy

SUMS = "sommes.txt"
LONGEST = 80  # of a name, in signs: with its folder it fits every file system

# Packed already: to deflate them again costs time and gains nothing.
_PACKED = (".pdf", ".png", ".jpg", ".webp", ".docx", ".xlsx", ".ods", ".odt")


class NoRoom(Refused):
    status = 503
    title = lazy("Espace épuisé")
    sentence = lazy(
        "Il ne reste pas assez d'espace sur le serveur pour préparer ce dossier. Demandez à la personne qui exploite le service"
        " de faire de la place, puis réessayez."
    )


class Entry(msgspec.Struct, frozen=True):
    """A file of the pack: where it is, its bytes counted, the SHA-256 of its content in hexadecimal."""

    path: str
    size: int
    sha256: str


def safe(name: str) -> str:
    """A part of a path that every system reads alike: ASCII letters, digits, `-`, `_`, `.`; never hidden, `..` or nothing."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    plain = re.sub(r"\.{2,}", ".", plain).strip(".-_")
    stem, dot, ending = plain.rpartition(".")
    if dot and stem and len(ending) <= 8:
        return f"{stem[: LONGEST - 1 - len(ending)]}.{ending}"
    return plain[:LONGEST] or "fichier"


class Archive:
    """A ZIP written straight to a file: no clock, no owner, one way to pack; so the same contents give the same bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.entries: list[Entry] = []
        self._zip = ZipFile(file, "w", allowZip64=True)
        self._taken: set[str] = set()

    def add(self, path: str, content: bytes) -> Entry:
        """Pack a file; where its name is taken (whatever the case), it gets a number."""
        stem, dot, ending = path.rpartition(".")
        number = 1
        while path.lower() in self._taken:
            number += 1
            path = f"{stem}-{number}.{ending}" if dot else f"{ending}-{number}"
        self._taken.add(path.lower())
        info = ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
        info.create_system, info.external_attr = 3, 0o644 << 16
        info.compress_type = ZIP_STORED if path.lower().endswith(_PACKED) else ZIP_DEFLATED
        self._zip.writestr(info, content)
        entry = Entry(path, len(content), hashlib.sha256(content).hexdigest())
        self.entries.append(entry)
        return entry

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """End the ZIP with the sums of all its files; a broken one only lets go of the file."""
        if error is None:
            self.add(SUMS, sums(self.entries))
            self._zip.close()
        else:
            with suppress(OSError):
                self._zip.close()


def sums(entries: Sequence[Entry]) -> bytes:
    """The checksums as `sha256sum -c` reads them, the size of each file in a line of remark above its own."""
    lines = [
        _("# Taille (en octets) et SHA-256 de chaque fichier de ce dossier, sauf celui-ci."),
        _("# Pour vérifier : sha256sum -c {file}").format(file=SUMS),
    ]
    for each in sorted(entries, key=lambda entry: entry.path):
        lines += [f"# {each.size}", f"{each.sha256}  {each.path}"]
    return ("\n".join(lines) + "\n").encode()


def archive_name(*, year: str, measure: str, place: str) -> str:
    """`dossier-2026-2027-EX-COMBOS-711001.zip`"""
    return f"dossier-{year}-{safe(measure)}-{safe(place)}.zip"
