"""Compile each messages.po that is newer than its messages.mo, and import Babel only then."""

from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent.parent / "src" / "app" / "translations"


def main() -> None:
    for source in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.is_file() or compiled.stat().st_mtime < source.stat().st_mtime:
            write(source, compiled)


def write(source: Path, compiled: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    for message in catalog:
        if message.pluralizable and not all(message.string or [""]):
            message.string = ""  # not translated yet: in French, instead of nothing
    half = compiled.with_suffix(".half")
    with half.open("wb") as file:
        write_mo(file, catalog)
    half.replace(compiled)


if __name__ == "__main__":
    main()
