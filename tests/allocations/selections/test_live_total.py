"""The running total of a basket in a browser: said once, never lost, whatever the speed of the network."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from allocations.selections import decisions, operations, queries
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from kit.actor import Actor
from tests.factories import make_actor, make_building, make_bundle, make_envelope, make_product, make_school
from tests.in_browser import browser as launched
from tests.in_browser import browsing

pytestmark = pytest.mark.browser

SPOKEN = """() => { window.spoken = []; const region = document.getElementById("status");
new MutationObserver(() => window.spoken.push(region.textContent)).observe(region, {childList: true}) }"""

# Once the new width has been painted: the frame before it may still hold a scroll bar.
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def overflow(page: Page) -> int:
    """Pixels that the page is wider than its window, once it has settled in it: a busy machine takes a moment."""
    for _n in range(20):
        if (pixels := await page.evaluate(OVERFLOW)) == 0:
            break
        await page.wait_for_timeout(100)
    return int(pixels)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as found:
        yield found


@pytest.fixture
async def team(client: httpx.AsyncClient) -> Actor:
    await make_school("990001", name="École de la Clé")
    await make_building("990801", name="Pavillon A")
    await make_product("tablette", 393_00)
    await make_bundle("combo", ("tablette", 1))
    await make_envelope(cents=2_150_00)
    return await make_actor(
        "school_team", school="990001", email="une.adresse.professionnelle.fort.longue@ecole.exemple.ca"
    )


@pytest.fixture
async def basket(team: Actor) -> SelectionOut:
    made = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    line = NewLine(bundle="combo", quantity=1, building="990801")
    return await operations.put_line(team, made.number, line, version=made.version)


async def test_a_change_by_keyboard_speaks_the_new_total_once_and_keeps_the_focus(
    browser: Browser, client: httpx.AsyncClient, team: Actor, basket: SelectionOut
) -> None:
    async with browsing(browser, client, team) as page:
        await page.goto(f"/selections/{basket.number}")
        await page.evaluate(SPOKEN)
        more = page.get_by_role("button", name="Un de plus")
        await more.focus()
        for _ in range(4):  # quick ones are one change
            await page.keyboard.press("Enter")
        total = page.locator("#total")
        await expect(total).to_have_text("Total 2\u00a0100,33\u00a0$. Il resterait 49,67\u00a0$.")
        await expect(page.locator(".line-cost")).to_have_text("2\u00a0100,33\u00a0$")
        await expect(more).to_be_focused()
        assert await page.evaluate("window.spoken") == ["Total 2 100,33 $. Il resterait 49,67 $."]
        await page.keyboard.press("Enter")
        await expect(total).to_have_text("Total 2\u00a0520,39\u00a0$. Il manque 370,39\u00a0$, taxes nettes comprises.")
        await expect(page.locator(".line-cost")).to_contain_text("Entre si vous retirez 1 unité")


async def test_a_change_made_while_another_is_on_its_way_is_neither_lost_nor_refused(
    browser: Browser, client: httpx.AsyncClient, team: Actor, basket: SelectionOut
) -> None:
    async def slowly(route: Route) -> None:
        await asyncio.sleep(0.8 if route.request.method == "POST" else 0)
        await route.fallback()

    async with browsing(browser, client, team) as page:
        await page.route("**/selections/*", slowly)
        await page.goto(f"/selections/{basket.number}")
        more = page.get_by_role("button", name="Un de plus")
        await more.click()
        await page.wait_for_timeout(700)
        await more.click()
        await expect(page.locator("#total")).to_contain_text("Total 1\u00a0260,19\u00a0$.")
        await expect(page.locator(".notice")).to_have_count(0)
    assert (await queries.one(team, basket.number)).lines[0].quantity == 3


async def test_a_wrong_quantity_is_said_aloud_and_what_was_saved_stays(
    browser: Browser, client: httpx.AsyncClient, team: Actor, basket: SelectionOut
) -> None:
    async with browsing(browser, client, team) as page:
        await page.goto(f"/selections/{basket.number}")
        await page.locator("input[type=number]").fill("0")
        await expect(page.get_by_role("alert")).to_contain_text("la quantité va de 1 à 10\u00a0000")
        await expect(page.locator("#total")).to_contain_text("Total 420,07\u00a0$.")
    assert (await queries.one(team, basket.number)).version == basket.version


async def test_the_pages_of_a_school_have_no_fault_that_axe_finds_and_never_scroll_sideways(
    browser: Browser, client: httpx.AsyncClient, team: Actor, basket: SelectionOut
) -> None:
    other = await operations.draft(team, NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027"))
    other = await operations.put_line(team, other.number, NewLine(bundle="combo"), version=other.version)
    other = await decisions.submit(team, other.number, version=other.version)
    paths = [
        "/", "/schools/990001", "/catalogue", "/catalogue/bundles/combo", "/catalogue/products/tablette", "/envelopes",
        f"/envelopes/{basket.envelope}", "/selections", f"/selections/{basket.number}",
        f"/selections/{basket.number}/check", f"/selections/{other.number}",
    ]  # fmt: skip
    director = await make_actor("principal", school="990001")
    async with browsing(browser, client, team) as page, browsing(browser, client, director) as decides:
        for shown, path in [*((page, path) for path in paths), (decides, "/approvals"), (decides, paths[-1])]:
            answer = await shown.goto(path)
            assert answer is not None and answer.status == 200, path
            for scheme in ("light", "dark"):
                await shown.emulate_media(
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",  # a colour on its way to another would be measured
                )
                found = await Axe().run(shown, options={"resultTypes": ["violations"]})
                assert found.response["violations"] == [], (path, scheme)
            for width in (390, 320, 1280):
                await shown.set_viewport_size({"width": width, "height": 900})
                assert await overflow(shown) == 0, (path, width)
