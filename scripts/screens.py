"""Photograph the demonstration's pages into `screens/`: each desk, 1280 and 390 wide, light and dark. Words after it choose desks."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the tests know how to start a demonstration and a browser

from tests.browsers import launch  # noqa: E402
from tests.end_to_end.server import demonstration  # noqa: E402

PASSWORD = "demonstration-2026"
PAGES = {
    "equipe": "/ /schools/990002 /schools/990002/floor /catalogue?school=990002 /selections /envelopes /assets /tickets /me",
    "direction": "/ /approvals /selections",
    "appro": "/ /approvals /orders /orders/build /orders/BC-990-2026-00003 /coverage /flags /envelopes",
    "technique": "/ /orders /orders/BC-990-2026-00002/receive /assets /labels /tickets",
    "ministere": "/ /coverage /schools /flags /imports /imports/new /catalogue",
}


async def photograph(browser: Browser, address: str, desk: str, *, width: int, scheme: str) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", locale="fr-CA"
    )
    page = await context.new_page()
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("Courriel").fill(f"{desk}@exemple.ca")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").click()
    for path in PAGES[desk].split():
        await page.goto(address + path)
        name = path.partition("?")[0].strip("/").replace("/", "-") or "accueil"
        await page.screenshot(path=ROOT / "screens" / f"{desk}-{name}-{width}-{scheme}.png", full_page=True)
    await context.close()


async def photograph_all(address: str, desks: list[str]) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for desk in desks:
            for width in (1280, 390):
                for scheme in ("light", "dark"):
                    await photograph(browser, address, desk, width=width, scheme=scheme)
        await browser.close()


def main(desks: list[str]) -> None:
    if unknown := set(desks) - PAGES.keys():
        sys.exit(f"Aucun métier « {', '.join(sorted(unknown))} » : choisissez parmi {', '.join(PAGES)}.")
    (ROOT / "screens").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as address:
        asyncio.run(photograph_all(address, desks or list(PAGES)))


if __name__ == "__main__":
    main(sys.argv[1:])
