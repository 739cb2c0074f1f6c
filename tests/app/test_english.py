"""Every page, form and problem as somebody reads it whose language is English: no sentence of the catalogue is left in French."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote

import httpx
import pytest

from kit.actor import system
from kit.database import execute, transaction
from kit.i18n import use_language
from kit.pages import FLASH
from scripts import translations
from tests.app.examples import request_of
from tests.app.routes import routes
from tests.app.walking import rightful, send, undone
from tests.app.world import SECRET, World, make_world

# What the people of the world wrote themselves, in words that the catalogue has too.
WRITTEN = re.compile(rf"Panier {SECRET}|(Autre organisme|Organisme) du lot|Organisme {SECRET}")
LONG = 14  # characters: a literal part of a sentence this long, found anywhere, is French


@pytest.fixture(scope="module")
async def world(pool: None) -> AsyncIterator[World]:
    async with undone():
        made = await make_world()
        async with transaction(system()):
            await execute("UPDATE person SET language = 'en'")
        yield made


class Read(HTMLParser):
    """What a page says to a person: texts, and attributes that are read aloud or shown. A part in another language is left out."""

    ATTRIBUTES = (
        "alt",
        "aria-label",
        "placeholder",
        "title",
        "data-none",
        "data-one",
        "data-many",
        "data-loading",
        "data-failed",
    )
    VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "col"}

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.texts: list[str] = []
        self.open: list[bool] = [False]  # for each element that is open: whether what is in it is not to be read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        silent = self.open[-1] or tag in ("script", "style") or given.get("lang", "en") != "en"
        if not silent or tag == "html":
            self.texts += [text for name in self.ATTRIBUTES if (text := given.get(name))]
        if tag not in self.VOID:
            self.open.append(silent and tag != "html")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open[-1]:
            self.texts.append(data)


def read(page: str) -> Read:
    reader = Read()
    reader.feed(page)
    return reader


@cache
def _french() -> list[tuple[str, re.Pattern[str] | None]]:
    """(the longest literal part, the whole sentence where that part is too short to tell by itself) of each French text."""
    found: list[tuple[str, re.Pattern[str] | None]] = []
    for french, english in translations.pairs(translations.english()):
        parts = re.split(r"{[^{}]*}", french)
        literal = max((part.strip() for part in parts), key=len)
        if french == english or len(literal) < 3:
            continue
        if len(literal) >= LONG and " " in literal and literal.lower() not in english.lower():
            found.append((literal, None))
        else:
            found.append((literal, re.compile(".+?".join(map(re.escape, parts)), re.DOTALL)))
    return found


@cache
def french_in(text: str) -> str:
    """The French of the catalogue that a text holds; empty where it holds none."""
    plain = " ".join(text.replace("\u00a0", " ").split())
    for literal, whole in _french():
        if literal in plain and (whole is None or whole.fullmatch(plain)):
            return literal
    return ""


def said_in(answer: httpx.Response) -> Iterator[str]:
    """What a person reads of an answer: a page, a table that they take with them, the sentence left for the next page."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "text/html":
        page = read(WRITTEN.sub("", answer.text))
        assert page.language == "en" or not page.texts
        yield from page.texts
    elif kind == "text/csv":
        yield from answer.content.decode("utf-8-sig").splitlines()[0].split(";")
    if flash := answer.cookies.get(FLASH):
        yield from (text for _kind, text in json.loads(unquote(flash)))


def test_french_is_seen_where_it_is() -> None:
    with use_language("fr"):
        assert french_in("Aucun bien.") and french_in("Panier P-1 soumis. 3,00 $ sont réservés.")
    assert french_in("Il manque\u00a0: Aucun rôle en vigueur ici") and not french_in("Basket submitted.")
    page = read('<html lang="en"><p>One <b lang="fr">École</b> two<img alt="Three"></p><script>Quatre</script>')
    assert page.language == "en"
    assert [text for text in page.texts if text.strip()] == ["One ", " two", "Three"]


async def test_every_page_and_form_is_in_english(world: World) -> None:
    """As the rightful person: what is read, what a form answers, what is taken along."""
    found: dict[str, list[str]] = {}
    for route in (route for route in routes() if not (route.is_api or route.public)):
        if str(route) == "POST /me/preferences":  # its form chooses French
            continue
        async with undone():
            answer = await send(route, await request_of(route, world), rightful(route, world))
        if left := [text.strip() for text in said_in(answer) if french_in(text)]:
            found[str(route)] = left
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)


async def test_every_problem_of_the_api_is_in_english(world: World) -> None:
    found = {}
    for route in (route for route in routes() if route.is_api):
        async with undone():
            answer = await send(route, await request_of(route, world), world.others["a stranger of another board"])
        if answer.status_code >= 400:
            problem = answer.json()
            texts = [problem["title"], problem["detail"], *map(str, problem.get("errors", {}).values())]
            if left := [text for text in texts if french_in(text)]:
                found[str(route)] = left
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
