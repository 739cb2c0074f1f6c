"""What we count on from htmx and from our own script, in a real browser under the strict content policy."""

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader
from playwright.async_api import Browser, Page, async_playwright, expect

from app.templating import STATIC_FOLDER, template_environment
from tests.browsers import launch

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
PAGE = """{% extends "base.html" %}{% block content %}
<form id="basket" action="/basket" method="post" hx-post="/basket" hx-target="#part" novalidate>
{{ ui.quantity("quantity", "Quantité : robot", 2) }}{{ ui.button("Soumettre") }}</form>
<div id="part"><p id="total" data-announce>Total 840,13 $</p></div>
<button type="button" id="broken" hx-post="/absent" hx-target="#part">Casser</button>
<button type="button" id="slow" hx-get="/slow" hx-target="#part">Attendre</button>
{% endblock %}"""


class Site:
    """A page, and what was posted to it."""

    def __init__(self) -> None:
        environment = template_environment()
        assert environment.loader is not None
        environment.loader = ChoiceLoader([environment.loader, DictLoader({"page": PAGE})])
        self.page = environment.get_template("page").render(page={"title": "Panier"}, who=None, csrf_token="t'o\"k<en")
        part = '{% import "ui.html" as ui %}{{ ui.error_summary({"quantity": "Écrivez un nombre."}) }}'
        self.refusal = environment.from_string(part).render()
        self.posts: list[dict[str, Any]] = []
        self.release = threading.Event()
        self.address = ""

    def answer(self, path: str) -> tuple[int, str, bytes]:
        if path.startswith("/static/"):
            file = STATIC_FOLDER / path.removeprefix("/static/")
            return 200, TYPES[file.suffix], file.read_bytes()
        if path == "/slow":
            self.release.wait(10)
            return 200, "text/html", b"<p id='total' data-announce>Total 420,07 $</p>"
        if path == "/basket":
            return 422, "text/html", self.refusal.encode()
        if path == "/":
            return 200, "text/html; charset=utf-8", self.page.encode()
        return 404, "text/html", b"<p>Introuvable</p>"


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = site.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            site.posts.append({"path": self.path, "body": body, "token": self.headers.get("x-csrftoken")})
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(found))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}/"
    yield found
    found.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await launch(playwright)
        yield found
        await found.close()


@pytest.fixture
async def browser_page(site: Site, browser: Browser) -> AsyncIterator[Page]:
    found = await browser.new_page()
    complaints: list[str] = []
    found.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    await found.goto(site.address)
    yield found
    await found.close()
    expected = ("Failed to load resource", "Failed to fetch")  # an answer of 4xx, a lost connection
    assert [text for text in complaints if not any(words in text for words in expected)] == []


async def test_the_token_travels_with_a_swap_and_a_refusal_is_shown_and_takes_focus(
    site: Site, browser_page: Page
) -> None:
    await browser_page.get_by_role("button", name="Un de plus").click()
    await browser_page.get_by_role("button", name="Soumettre").click()
    summary = browser_page.locator("[data-error-summary]")
    await expect(summary).to_be_focused()
    await expect(summary).to_contain_text("Écrivez un nombre.")
    assert [post["token"] for post in site.posts] == ["t'o\"k<en"]
    assert "quantity=3" in site.posts[0]["body"]
    assert browser_page.url == site.address


async def test_a_change_of_the_total_is_said_once_and_a_wait_is_named(site: Site, browser_page: Page) -> None:
    said = browser_page.locator("#status")
    await expect(said).to_have_text("")
    await browser_page.locator("#slow").click()
    await expect(said).to_have_text("Chargement…")
    await expect(said).to_have_class("status")
    site.release.set()
    await expect(said).to_have_text("Total 420,07 $")
    await expect(said).to_have_class("visually-hidden")


async def test_a_missing_part_keeps_the_page(site: Site, browser_page: Page) -> None:
    await browser_page.locator("#broken").click()
    await expect(browser_page.locator("#part")).to_contain_text("Introuvable")
    await expect(browser_page.locator("h1")).to_have_text("Panier")


async def test_a_lost_connection_is_said_and_the_page_stays(browser_page: Page) -> None:
    await browser_page.route("**/slow", lambda route: route.abort())
    await browser_page.locator("#slow").click()
    await expect(browser_page.locator("#status")).to_contain_text("n'a pas pu être chargée")
    await expect(browser_page.locator("#status")).to_have_class("status")
    await expect(browser_page.locator("#total")).to_have_text("Total 840,13 $")


async def test_without_a_script_the_number_field_does_the_job_alone(site: Site, browser: Browser) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(site.address)
    await expect(page.locator("button[data-step]")).to_have_count(2)
    await expect(page.locator("button[data-step]").first).to_be_hidden()
    await page.get_by_label("Quantité : robot", exact=True).fill("5")
    await page.get_by_role("button", name="Soumettre").click()
    await page.close()
    assert "quantity=5" in site.posts[0]["body"]
