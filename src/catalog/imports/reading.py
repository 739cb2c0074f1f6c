"""A catalogue file (TOML: arrays of tables) read into entries that know the line they stand on."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kit.encodings import Unreadable
from kit.i18n import _

LARGEST = 10 << 20
# In the order in which they are taken: an entry may name what stands anywhere in the file.
SECTIONS = ("suppliers", "contracts", "products", "prices", "trainings", "bundles")

_HEADER = re.compile(r"""\s*\[\[\s*["']?([\w-]+)["']?\s*(\.?)""")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*[=.]""")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(slots=True)
class Entry:
    """One `[[section]]` of a file: its values as written, and the lines of the entry and of its keys."""

    file: str
    section: str
    line: int
    values: Mapping[str, Any]
    key_lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        return self.key_lines.get(key, self.line)


def read_catalogue(name: str, content: bytes) -> tuple[list[Entry], list[str]]:
    """The entries of a file and remarks on sections that are not ours. Raises Unreadable: then nothing of it is taken."""
    text = _text(name, content)
    try:
        found = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = _("ligne {line}, colonne {column}").format(line=place[1], column=place[2]) if place else _("à la fin")
        raise Unreadable(
            _("« {name} » n'est pas du TOML lisible ({where}). Corrigez cet endroit; rien n'a été pris.").format(
                name=name, where=where
            )
        ) from error
    except RecursionError as error:
        raise Unreadable(_("« {name} » est emboîté trop profondément.").format(name=name)) from error
    entries, remarks = [], []
    places = _places(text)
    for section, items in found.items():
        if section not in SECTIONS:
            remarks.append(
                _("« {name} » : section « {section} » inconnue, laissée de côté.").format(name=name, section=section)
            )
            continue
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Unreadable(
                _("« {name} » : écrivez [[{section}]] devant chaque entrée.").format(name=name, section=section)
            )
        lines = places[section]
        for index, item in enumerate(items):
            # An array written inline (`prices = [{…}]`) has no header of its own.
            line, keys = lines[index] if len(lines) == len(items) else (lines[0][0] if lines else 1, {})
            entries.append(Entry(name, section, line, item, keys))
    if not entries:
        raise Unreadable(
            _("« {name} » ne contient aucune entrée de catalogue. Sections attendues : {sections}.").format(
                name=name, sections=", ".join(f"[[{section}]]" for section in SECTIONS)
            )
        )
    return entries, remarks


def _text(name: str, content: bytes) -> str:
    if len(content) > LARGEST:
        raise Unreadable(_("« {name} » dépasse 10 Mo.").format(name=name))
    if not content.strip():
        raise Unreadable(_("« {name} » est vide.").format(name=name))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            _("« {name} » n'est pas en UTF-8 (ligne {line}). Enregistrez-le en UTF-8, puis recommencez.").format(
                name=name, line=line
            )
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _places(text: str) -> dict[str, list[tuple[int, dict[str, int]]]]:
    """Where each `[[section]]` stands, and the keys below it; tomllib says neither. Lines inside long strings are skipped."""
    places: dict[str, list[tuple[int, dict[str, int]]]] = defaultdict(list)
    keys: dict[str, int] = {}
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := _HEADER.match(line):
            if not header[2]:  # `[[bundles.lines]]` stays inside its bundle
                keys = {}
                places[header[1]].append((number, keys))
        elif key := _KEY.match(line):
            keys.setdefault(key[1], number)
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return places
