"""Pages as a person without scripts meets them: what is read, the forms that are there, what a form sends."""

import re
from html import unescape
from html.parser import HTMLParser

import httpx

from kit.actor import Actor
from tests.factories import make_session


async def sign_in(client: httpx.AsyncClient, who: Actor) -> None:
    """From now on this browser is theirs."""
    client.cookies.clear()
    client.cookies.set("session", await make_session(who.email), domain="test.local")


def seen(answer: httpx.Response) -> str:
    """The words of a page, spaces made plain."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def forms(answer: httpx.Response) -> dict[str, dict[str, str | list[str]]]:
    """Address → the fields of its form, filled as the page fills them."""
    reader = _Forms()
    reader.feed(answer.text)
    return reader.found


async def submit(
    client: httpx.AsyncClient, shown: httpx.Response, action: str, **typed: str | list[str]
) -> httpx.Response:
    """Fill and send a form of a page, as a browser would."""
    return await client.post(action, data=forms(shown)[action] | typed)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | list[str]]] = {}
        self.fields: dict[str, str | list[str]] | None = None
        self.text = ""  # the textarea or select that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.fields = self.found.setdefault(given.get("action") or "", {})
        elif self.fields is None:
            return
        elif tag == "input" and (name := given.get("name")):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._add(name, given.get("value") or "")
        elif tag in ("textarea", "select") and (name := given.get("name")):
            self.text, self.fields[name] = name, ""
        elif tag == "option" and "selected" in given:
            self.fields[self.text] = given.get("value") or ""

    def _add(self, name: str, value: str) -> None:
        assert self.fields is not None
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        else:
            self.fields[name] = [*(before if isinstance(before, list) else [before]), value]

    def handle_data(self, data: str) -> None:
        if self.fields is not None and self.text and self.lasttag == "textarea":
            self.fields[self.text] = str(self.fields[self.text]) + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self.text = ""
        if tag == "form":
            self.fields = None
