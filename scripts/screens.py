"""Photograph the demonstration's pages into `screens/`: each desk, in French and English, 1280 and 390 wide, light and dark.

Words after it choose desks (`equipe`) and languages (`en`); the address of a demonstration that runs already spares its start.
"""

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the tests know how to start a demonstration and a browser

from kit.i18n import LANGUAGES  # noqa: E402
from tests.browsers import launch  # noqa: E402
from tests.end_to_end.server import demonstration  # noqa: E402

PASSWORD = "demonstration-2026"
PAGES = {
    "nobody": "/sign-in /sign-in/lost /no-such-page",
    "equipe": "/ /schools/990002 /schools/990002/floor /catalogue?school=990002 /selections /envelopes /assets /tickets /me",
    "direction": "/ /approvals /selections",
    "appro": "/ /approvals /orders /orders/build /orders/BC-990-2026-00003 /coverage /flags /envelopes",
    "technique": "/ /orders /orders/BC-990-2026-00002/receive /assets /labels /tickets",
    "administration": "/ /people /people/equipe@exemple.ca /people/invite /me",
    "ministere": "/ /coverage /schools /flags /imports /imports/new /catalogue /years /search?q=tablette",
}


async def photograph(browser: Browser, address: str, desk: str, *, language: str, width: int, scheme: str) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", locale="fr-CA"
    )
    page = await context.new_page()
    await page.goto(f"{address}/sign-in?lang={language}")
    if desk != "nobody":
        await page.locator("[name=email]").fill(f"{desk}@exemple.ca")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.get_by_role("main").locator("[type=submit]").first.click()
        await page.goto(f"{address}/me")
        await page.locator(f"[name=language][value={language}]").check()
        await page.locator("form[action='/me/preferences'] [type=submit]").click()
    for path in PAGES[desk].split():
        await page.goto(address + path)
        name = path.partition("?")[0].strip("/").replace("/", "-") or "accueil"
        file = f"{desk}-{name}-{language}-{width}-{scheme}.png"
        await page.screenshot(path=ROOT / "screens" / file, full_page=True)
    await context.close()


async def photograph_all(address: str, desks: list[str], languages: list[str]) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for language, desk, width, scheme in product(languages, desks, (1280, 390), ("light", "dark")):
            await photograph(browser, address, desk, language=language, width=width, scheme=scheme)
        await browser.close()


def main(words: list[str]) -> None:
    running = [word for word in words if word.startswith("http://")]
    languages, desks = [[word for word in words if word in known] for known in (LANGUAGES, PAGES)]
    if unknown := set(words) - {*running, *languages, *desks}:
        sys.exit(f"« {', '.join(sorted(unknown))} » inconnu : choisissez parmi {', '.join([*PAGES, *LANGUAGES])}.")
    (ROOT / "screens").mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = running[0].rstrip("/") if running else stack.enter_context(demonstration(folder))
        asyncio.run(photograph_all(address, desks or list(PAGES), languages or list(LANGUAGES)))


if __name__ == "__main__":
    main(sys.argv[1:])
