"""Photograph the demonstration's pages into `screens/`: each desk, in French and English, 1280 and 390 wide, light and dark.

Words after it choose desks (`equipe`) and languages (`en`); the address of a demonstration that runs already spares its start.
"""

import asyncio
import re
import sys
import tempfile
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the tests know how to start a demonstration and a browser

from kit.i18n import LANGUAGES  # noqa: E402
from tests.browsers import launch  # noqa: E402
from tests.end_to_end.server import demonstration  # noqa: E402

PASSWORD = "demonstration-2026"
# « /flags>/flags/ »: the first link of /flags to an address that begins so, where only the database names it.
FOLLOW = ">"

# Desk → its addresses. tests/scripts/test_screens.py fails on a page of the route table that no desk opens.
_LISTED = {
    "nobody": """
        /sign-in /sign-in/lost /sign-in/lost?sent=1 /sign-in/new-password/absent /invitation/absent /status
        /no-such-page /l/AAAAAAAA
    """,
    "equipe": """
        / /schools /schools/990002 /schools/990002/floor /schools/990001 /schools/990001/floor /boards/990000
        /schools/990002>/buildings/ /catalogue /catalogue?school=990002
        /catalogue/bundles/premiers-pas-bee-bot?school=990002 /catalogue/products/tablette-ipad?school=990002
        /selections /selections/P-990001-2026-001 /selections/P-990001-2026-001/check /selections/P-990002-2026-001
        /selections/P-990003-2026-001 /selections/P-990003-2026-002 /selections/P-990008-2026-001
        /selections/P-990001-2025-001 /selections/P-990009-2026-001 /selections?year=2025-2026 /envelopes
        /catalogue/bundles/ruche-bee-bot?school=990002 /catalogue/bundles/equipe-spike-prime?school=990002
        /assets /assets/new /tickets /envelopes>/envelopes/ /tickets/B-990-2026-0002 /tickets/B-990-2026-0004 /me
        /approvals
    """,
    "direction": """
        / /approvals /selections /selections/P-990002-2026-001 /selections/P-990002-2026-001?do=refuse /flags
        /schools/990009 /schools/990009/floor /flags>/flags/
    """,
    "direction2": """
        /selections/P-990015-2026-001 /selections/P-990005-2026-001 /schools/990014/floor
    """,
    "appro": """
        / /approvals /selections/P-990006-2026-001 /selections/P-990015-2026-001 /orders /orders?late=true
        /orders?q=introuvable /orders?year=2025-2026 /orders/build /orders/BC-990-2026-00001
        /orders/BC-990-2026-00002 /orders/BC-990-2026-00003 /orders/BC-990-2026-00004 /orders/BC-990-2026-00005
        /orders/BC-990-2026-00006 /orders/BC-990-2026-00007 /orders/BC-990-2026-00008 /orders/BC-990-2026-00009
        /orders/BC-990-2026-00010 /orders/BC-990-2026-00011 /orders/BC-990-2026-00012 /orders/BC-990-2026-00014
        /orders/BC-990-2026-00015 /orders/BC-990-2025-00002 /receipts/BR-990-2026-00001
        /coverage /coverage/boards/990000 /flags /flags>/flags/ /envelopes /envelopes?year=2025-2026 /imports /years
    """,
    "brumes.appro": """
        /approvals /selections/P-991002-2026-002 /envelopes
    """,
    "technique": """
        / /orders /orders/BC-990-2026-00001/receive /orders/BC-990-2026-00006/receive /receipts/BR-990-2026-00002
        /receipts/BR-990-2026-00005 /assets?state=returned>/assets/990- /assets?state=void>/assets/990-
        /assets /assets?q=introuvable /assets/990-000001 /assets/new /assets?state=received>/assets/990-
        /assets?state=on_loan>/assets/990- /assets?state=out_of_service>/assets/990-
        /assets?state=in_repair>/assets/990- /assets?state=lost>/assets/990- /assets?state=stolen>/assets/990-
        /assets?state=retired>/assets/990- /assets/990-000001?do=place /assets/990-000001?do=lost /labels
        /labels?tags=990-000001 /tickets /tickets/new?asset=990-000001 /tickets/B-990-2026-0001
        /tickets/B-990-2026-0002 /tickets/B-990-2026-0003 /tickets/B-990-2026-0004 /tickets/B-990-2026-0004?do=close
        /imports
    """,
    "administration": """
        / /people /people?q=introuvable /people/equipe@exemple.ca /people/administration@exemple.ca
        /people/invite /me
    """,
    "ministere": """
        / /coverage /coverage/boards/990000 /schools /schools?q=introuvable /flags /flags>/flags/
        /coverage>/coverage/regions/ /imports/1 /imports/2 /imports/3 /imports/4 /imports/5 /imports/6 /imports/7
        /imports /imports/new /catalogue /years /envelopes /search /search?q=tablette /search?q=introuvable
    """,
    "verification": """
        / /orders/BC-990-2026-00005 /assets/990-000001 /selections /flags
    """,
}
PAGES = {desk: tuple(listed.split()) for desk, listed in _LISTED.items()}


def pages() -> list[str]:
    """Every path that is photographed, without its query; a part that only the database names ends with « / »."""
    return [one.rpartition(FOLLOW)[2].partition("?")[0] for desk in PAGES.values() for one in desk]


def file_name(desk: str, address: str) -> str:
    """What a picture of it begins with."""
    return f"{desk}-{re.sub('[^a-z0-9]+', '-', address.lower()).strip('-') or 'accueil'}"


async def sign_in(page: Page, address: str, desk: str, language: str) -> None:
    """As that desk, reading that language."""
    await page.goto(f"{address}/sign-in?lang={language}")
    if desk != "nobody":
        await page.locator("[name=email]").fill(f"{desk}@exemple.ca")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.get_by_role("main").locator("[type=submit]").first.click()
        await page.goto(f"{address}/me")
        await page.locator(f"[name=language][value={language}]").check()
        await page.locator("form[action='/me/preferences'] [type=submit]").click()


async def visit(page: Page, address: str, one: str) -> None:
    """Open an address of the list."""
    first, _follow, begins = one.partition(FOLLOW)
    await page.goto(address + first)
    if begins:
        link = page.locator(f"main a[href^='{begins}']:not([href*='?do=']):not([href='/assets/new'])").first
        await page.goto(address + str(await link.get_attribute("href", timeout=5_000)))


async def photograph(
    browser: Browser, address: str, desk: str, *, language: str, width: int, scheme: str, into: Path
) -> None:
    """Each page of a desk, whole."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", locale="fr-CA"
    )
    page = await context.new_page()
    await sign_in(page, address, desk, language)
    for one in PAGES[desk]:
        await visit(page, address, one)
        file = f"{file_name(desk, one)}-{language}-{width}-{scheme}.png"
        await page.screenshot(path=into / file, full_page=True)
    await context.close()


async def photograph_all(address: str, desks: list[str], languages: list[str], into: Path) -> None:
    """Every desk in every language, width and scheme."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for language, desk, width, scheme in product(languages, desks, (1280, 390), ("light", "dark")):
            await photograph(browser, address, desk, language=language, width=width, scheme=scheme, into=into)
        await browser.close()


def main(words: list[str]) -> None:
    """What the words chose; everything without any."""
    running = [word for word in words if word.startswith("http://")]
    languages, desks = [[word for word in words if word in known] for known in (LANGUAGES, PAGES)]
    if unknown := set(words) - {*running, *languages, *desks}:
        sys.exit(f"« {', '.join(sorted(unknown))} » inconnu : choisissez parmi {', '.join([*PAGES, *LANGUAGES])}.")
    into = ROOT / "screens"
    into.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = running[0].rstrip("/") if running else stack.enter_context(demonstration(folder))
        asyncio.run(photograph_all(address, desks or list(PAGES), languages or list(LANGUAGES), into))


if __name__ == "__main__":
    main(sys.argv[1:])
