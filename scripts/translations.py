"""Bring the English catalogue up to date with the French sentences of `src`, then compile it.

New sentences arrive untranslated, those that are gone leave, the rest stays as it was; the file is sorted and names no line,
so that a change to it shows a change of words. Exits 1 and lists what is left to translate.
Usage: python scripts/translations.py [--check]    (--check: only say what is left, write nothing)
"""

import io
import re
import runpy
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
ENGLISH = SOURCE / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"

KEYWORDS = DEFAULT_KEYWORDS | {"lazy": None, "kept": None, "n_": (1, 2), "lazy_n": (1, 2)}  # what kit.i18n calls them


def words_of_columns(file: IO[bytes], *_: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """How babel reads `columns.toml`: the titles of lists and the labels of their columns."""
    for number, line in enumerate(file.read().decode().splitlines(), start=1):
        if found := re.fullmatch(r'(?:title|label) = "(.+)"', line):
            yield number, None, found[1], []


METHODS: list[tuple[str, Any]] = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/columns.toml", words_of_columns),
]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "extensions": "jinja2.ext.i18n, jinja2.ext.do"}}
HEADER = """\
# English of the pages, the errors and the mails. French is the source (kit.i18n). To bring this file up to date with it:
# `make translations`, then write what is missing.
msgid ""
msgstr ""
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


class TwoPlurals(Exception):
    """One singular with two plurals: a catalogue would keep only the last of them."""


def sentences() -> Catalog:
    """Every French sentence of the program and its templates, without a translation; raises TwoPlurals."""
    found = Catalog()
    for file, line, message, _comments, _context in extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS):
        known = found.get(message[0] if isinstance(message, tuple) else message)
        if known and isinstance(message, tuple) and known.pluralizable and known.id != message:
            raise TwoPlurals(f"{file}:{line} : {known.id} et {message}")
        found.add(message)
    return found


def english() -> Catalog:
    """The catalogue as it is in the repository."""
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def up_to_date() -> Catalog:
    """The catalogue with today's sentences: nothing guessed, nothing obsolete kept."""
    catalogue = english()
    catalogue.update(sentences(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The catalogue as the file holds it."""
    text = io.BytesIO()
    text.write(HEADER.encode())
    write_po(text, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return text.getvalue()


def pairs(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Each French text beside its English one, empty where it has none; both forms of a plural."""
    for message in catalogue:
        if message.id:
            french = [message.id] if isinstance(message.id, str) else message.id
            english = [message.string] if isinstance(message.string, str) else message.string or ()
            known = ["" if message.fuzzy else text for text in english]
            yield from zip_longest(french, known[: len(french)], fillvalue="")


def untranslated(catalogue: Catalog) -> list[str]:
    """The French texts that have no English."""
    return [french for french, english in pairs(catalogue) if not english]


def main() -> int:
    catalogue = up_to_date()
    if "--check" not in sys.argv:
        ENGLISH.write_bytes(written(catalogue))
        runpy.run_path(str(ROOT / "scripts" / "compile_translations.py"), run_name="__main__")
    left = untranslated(catalogue)
    for sentence in left:
        print(f"à traduire : {sentence}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
