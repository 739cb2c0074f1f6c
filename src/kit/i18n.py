"""Words and figures in the reader's language. French is the source; English comes from a catalogue of translations.

`_("Panier soumis.")` translates at once, in the language of the moment; `lazy(...)` marks what `_` translates later.
Sentences with figures: `_("Il manque {gap} $.").format(gap=...)`, plural `n_("{n} bien", "{n} biens", n).format(n=n)`.
French is written with ordinary spaces: the no-break spaces that its typography wants are set here, on the way out.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations, find
from pathlib import Path

from babel.dates import get_month_names

from kit.clock import MONTREAL

LANGUAGES = ("fr", "en")
NBSP = "\u00a0"
MINUS = "\u2212"
_AMOUNT = re.compile(rf"([+{MINUS}]?)\d{{1,3}}(?: \d{{3}})*,\d\d \$")  # `+1 234,56 $`
_DAY = re.compile(r"([1-3]?\d)(?:er)? (\w+) (\d{4})")  # `1er mai 2026`

_language: ContextVar[str] = ContextVar("language", default="fr")
_folders: list[Path] = []


class _French(NullTranslations):
    """The source strings themselves. In French 0 and 1 are singular (0,5 too), unlike gettext's own rule."""

    def gettext(self, message: str) -> str:
        return typography(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return typography(msgid1 if abs(n) < 2 else msgid2)


@lru_cache(maxsize=4096)
def typography(text: str) -> str:
    """French text with no-break spaces inside « » and before : % $, where it has ordinary ones."""
    return re.sub(r" (?=[:%$»](?!\w))|(?<=«) ", NBSP, text)


def add_translations(folder: Path) -> None:
    """Add a gettext folder (`<folder>/en/LC_MESSAGES/messages.mo`). What it lacks is shown in French."""
    if folder not in _folders:
        _folders.append(folder)
        _translations.cache_clear()


@lru_cache
def _translations(language: str) -> NullTranslations:
    found: NullTranslations = _French()
    if language != "fr":
        for folder in _folders:
            if path := find("messages", str(folder), [language]):
                with Path(path).open("rb") as file:
                    catalogue = GNUTranslations(file)
                catalogue.add_fallback(found)
                found = catalogue
    return found


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak `fr` or `en` inside the block; French for any other value."""
    token = _language.set(language if language in LANGUAGES else "fr")
    try:
        yield
    finally:
        _language.reset(token)


def set_language(language: str) -> None:
    """Speak `fr` or `en` until the end of this task (a request); French for any other value."""
    _language.set(language if language in LANGUAGES else "fr")


def current_language() -> str:
    """`fr` or `en`."""
    return _language.get()


def preferred_language(header: str) -> str | None:
    """`fr` or `en`, the one that an Accept-Language header weighs the most (the first of equals); None where it names neither."""
    named = re.findall(r"\b(fr|en)(?:-\w+)*\s*(?:;\s*q=(\d(?:\.\d+)?))?\s*(?:,|$)", header.lower())
    weights: dict[str, float] = {}
    for language, weight in named:
        weights.setdefault(language, float(weight or 1))
    return max(weights, key=weights.__getitem__) if any(weights.values()) else None


def name_sql(*tables: str) -> str:
    """SQL of the name of the first of these rows that there is, in the reader's language; French where it has no English."""
    english = _language.get() == "en"
    names = [f"nullif({table}.name_en, ''), {table}.name" if english else f"{table}.name" for table in tables]
    return f"coalesce({', '.join(names)})"


def lazy(text: str) -> str:
    """Mark a text for translation and give it back untouched; whoever shows it calls `_` on it."""
    return text


def lazy_n(singular: str, plural: str) -> tuple[str, str]:
    """Mark the two forms of what `n_(*pair, n)` translates later."""
    return singular, plural


def _(text: str) -> str:
    """The text in the language of the moment."""
    return _translations(_language.get()).gettext(text) if text else ""


def n_(singular: str, plural: str, n: int) -> str:
    """The form for `n`, unformatted: 0 and 1 are singular in French, 1 alone in English."""
    return _translations(_language.get()).ngettext(singular, plural, n)


def kept(sentence: str, **figures: object) -> str:
    """A sentence to store, in French whoever acts; `again` says it to each reader."""
    with use_language("fr"):
        return _(sentence).format(**figures)


def again(stored: str, sentences: Iterable[str | tuple[str, str]]) -> str:
    """A stored sentence in the reader's language where it was `kept` from one of these; what a person wrote, as they wrote it.

    A pair is a singular and its plural, of `n`. The amounts and days in a sentence are written anew too.
    """
    if _language.get() == "fr":
        return stored
    forms = [(form, each) for each in sentences for form in ((each,) if isinstance(each, str) else each)]
    for form, each in sorted(forms, key=lambda pair: len(pair[0]), reverse=True):  # no last word is another's figure
        if found := _made_of(form).fullmatch(stored.replace(NBSP, " ")):
            figures = found.groupdict()
            said = _(each) if isinstance(each, str) else n_(*each, int(re.sub(r"\D", "", figures.get("n", "1"))))
            return said.format(**{name: _figure(value, sentences) for name, value in figures.items()})
    return stored


def _figure(value: str, sentences: Iterable[str | tuple[str, str]]) -> str:
    """What stands in a stored sentence: an amount, a day, a sentence of its own, a word, or something as it is."""
    if amount := _AMOUNT.fullmatch(value):
        return amount[1] + money(int(re.sub(r"\D", "", value)))
    months = {name: month for month, name in _month_names("fr").items()}
    if (day := _DAY.fullmatch(value)) and day[2] in months:
        with suppress(ValueError):  # 31 février
            return date_long(date(int(day[3]), months[day[2]], int(day[1])))
    return _(again(value, sentences))


@lru_cache
def _made_of(sentence: str) -> re.Pattern[str]:
    """What a sentence looks like once its figures are in it; `n` is a whole number."""
    parts = re.split(r"{(\w+)}", sentence)
    figure = {"n": r"(?P<n>\d[\d ]*)"}
    return re.compile(
        "".join(figure.get(part, f"(?P<{part}>.+)") if at % 2 else re.escape(part) for at, part in enumerate(parts))
    )


def number(value: int | Decimal | float, *, decimals: int | None = None) -> str:
    """`1 234,5` in French, `1,234.5` in English; `decimals` fixes how many are shown."""
    text = f"{abs(value):,}" if decimals is None else f"{abs(value):,.{decimals}f}"
    if _language.get() == "fr":
        text = text.replace(",", NBSP).replace(".", ",")
    return MINUS + text if value < 0 else text


def money(cents: int) -> str:
    """Integer cents as `1 234,56 $` in French, `$1,234.56` in English."""
    text = number(Decimal(abs(cents)) / 100, decimals=2)
    text = f"{text}{NBSP}$" if _language.get() == "fr" else f"${text}"
    return MINUS + text if cents < 0 else text


def percent(ratio: float | Decimal, *, decimals: int = 0) -> str:
    """A ratio (1 is the whole) as `87 %` in French, `87%` in English."""
    text = number(ratio * 100, decimals=decimals)
    return f"{text}{NBSP}%" if _language.get() == "fr" else f"{text}%"


def date_long(day: date | datetime) -> str:
    """`4 septembre 2026` (`1er` for the first) or `September 4, 2026`; an instant is read on a Montréal wall."""
    if isinstance(day, datetime):
        day = day.astimezone(MONTREAL).date()
    if _language.get() == "fr":
        first = "1er" if day.day == 1 else str(day.day)
        return f"{first}{NBSP}{_month(day)}{NBSP}{day.year}"
    return f"{_month(day)}{NBSP}{day.day},{NBSP}{day.year}"


def _month(day: date) -> str:
    return _month_names(_language.get())[day.month]


@lru_cache
def _month_names(language: str) -> dict[int, str]:
    """Kept: the library looks its data up anew each time, which a list of thousands of dates would pay for."""
    return {month: str(name) for month, name in get_month_names("wide", locale=language).items()}


def clock_time(instant: datetime) -> str:
    """`13 h 30` (`5 h` on the hour) or `1:30 p.m.`, in Montréal."""
    local = instant.astimezone(MONTREAL)
    if _language.get() == "fr":
        return f"{local.hour}{NBSP}h" + (f"{NBSP}{local.minute:02}" if local.minute else "")
    return f"{local.hour % 12 or 12}:{local.minute:02}{NBSP}{'a.m.' if local.hour < 12 else 'p.m.'}"


def date_time(instant: datetime) -> str:
    """Day and hour: `4 septembre 2026, 13 h 30`."""
    return f"{date_long(instant)}, {clock_time(instant)}"
