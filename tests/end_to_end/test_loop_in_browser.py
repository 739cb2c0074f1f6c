"""The loop of the demonstration in a real browser: four desks, from a school that lacks robots to robots at work in it."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browsers import launch
from tests.end_to_end.server import demonstration

pytestmark = pytest.mark.browser

SCHOOL, BUNDLE, PASSWORD = "990002", "Premiers pas avec Bee-Bot", "demonstration-2026"
LIFTED = "Plancher atteint\u00a0: 4 robots pour 4 requis."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demonstration(tmp_path_factory.mktemp("démo")) as found:
        yield found


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await launch(playwright)
        yield found
        await found.close()


class Desk:
    """A person at a browser; whatever the console complains of fails the test at the end."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.complaints = page, address, list[str]()
        page.on(
            "console",
            lambda message: self.complaints.append(f"{message.text} {page.url}") if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str) -> None:
        await self.page.goto(self.address + path)

    async def press(self, name: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("main").get_by_role("button", name=name).click()

    async def follow(self, name: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    async def reads(self, text: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_role("main")).to_contain_text(text)


async def sit_down(browser: Browser, address: str, who: str) -> Desk:
    """Sign in as one of the demonstration's people."""
    desk = Desk(await (await browser.new_context(locale="fr-CA")).new_page(), address)
    await desk.open("/")
    await desk.page.get_by_label("Courriel").fill(f"{who}@exemple.ca")
    await desk.page.get_by_label("Mot de passe").fill(PASSWORD)
    await desk.press("Se connecter")
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("Mon travail")
    return desk


async def test_a_school_below_its_floor_is_lifted_above_it(browser: Browser, address: str, tmp_path: Path) -> None:
    team = await sit_down(browser, address, "equipe")
    basket = await _choose(team)
    principal = await sit_down(browser, address, "direction")
    await _approve(principal, basket)
    buyer = await sit_down(browser, address, "appro")
    order = await _order(buyer, basket)
    await team.open(f"/schools/{SCHOOL}/floor")
    await team.reads("En voie d'atteindre le plancher")
    technician = await sit_down(browser, address, "technique")
    tags = await _receive(technician, order, tmp_path)
    await team.open(f"/schools/{SCHOOL}/floor")
    await team.reads(LIFTED)
    await _report(team, technician, tags[0])
    for desk in (team, principal, buyer, technician):
        assert desk.complaints == []
        await desk.page.context.close()


async def _choose(team: Desk) -> str:
    """From what is lacking to a submitted basket; its number."""
    await team.open(f"/schools/{SCHOOL}")
    await team.reads("Il manque 4 robots à votre école pour atteindre le plancher.")
    await team.follow("Voir ce qui manque")
    await team.follow("Choisir de quoi combler l'écart")
    card = team.page.locator(".card").filter(has_text=BUNDLE)
    await expect(card).to_contain_text("Ramène l'écart de 4 à 2.")
    await card.get_by_role("button", name="Ajouter au panier").click()
    basket = (await team.page.get_by_role("heading", level=1).inner_text()).split()[-1]
    await team.press(re.compile("^Un de plus"))
    await team.reads("630,63\u00a0$")  # twice 295,00 $ before taxes, priced as one invoice
    await team.follow("Vérifier le panier")
    await team.press("Soumettre à la direction")
    await team.reads(re.compile(rf"{basket} soumis\. 630,63.\$ sont réservés\."))
    return basket


async def _approve(principal: Desk, basket: str) -> None:
    await principal.open("/approvals")
    await principal.follow(re.compile(basket))
    await principal.press("Approuver")
    await principal.reads("Panier approuvé. Il passe à l'organisme.")


async def _order(buyer: Desk, basket: str) -> str:
    """Group this basket alone, send; the order's number."""
    await buyer.open("/orders/build")
    for box in await buyer.page.get_by_role("checkbox").all():
        label = await box.evaluate(
            "e => (e.getAttribute('aria-label') || '') + ' ' + e.closest('tr,li,div,label').innerText"
        )
        await box.set_checked(basket in label)
    await buyer.reads(
        "1 panier devient 1 bon de commande."
    )  # what is seen is what is made: else the page shows it first
    await buyer.press(re.compile("^Créer"))
    order = await _number(buyer, r"BC-990-\d{4}-\d{5}")
    await buyer.open(f"/orders/{order}")
    await buyer.press("Envoyer au fournisseur")
    await buyer.reads(re.compile(rf"{order} envoyé\. 630,63.\$ engagés sur 1 enveloppe\."))
    await expect(buyer.page.get_by_role("button", name="Annuler l'envoi")).to_be_visible()
    return order


async def _receive(technician: Desk, order: str, folder: Path) -> list[str]:
    """Receive all with serials, print the labels and read them back, put into service; the tags."""
    await technician.open(f"/orders/{order}/receive")
    await technician.page.get_by_label("Numéros de série").press_sequentially("BB-1\nBB-2\nBB-3\nBB-4\n")
    await technician.page.get_by_label("Unités reçues").last.fill("2")  # the mats, which are counted and not tagged
    await technician.press("Vérifier la réception")
    await technician.press("Terminer la réception")
    await technician.reads("4 biens créés")
    tags = re.findall(r"990-\d{6}", await technician.page.get_by_role("main").inner_text())
    async with technician.page.expect_download() as waiting:
        await technician.press(re.compile("Imprimer les 4 étiquettes"))
    sheet = folder / "étiquettes.pdf"
    await (await waiting.value).save_as(sheet)
    codes = [
        code.text
        for page in pypdfium2.PdfDocument(sheet)
        for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    ]
    assert len({code for code in codes if "/L/" in code.upper()}) == 4
    await technician.press("Mettre en service")
    await technician.reads("en service")
    return sorted(set(tags))


async def _report(team: Desk, technician: Desk, tag: str) -> None:
    """The team reports a broken robot; the floor sees it; the technician closes the ticket and it is back."""
    await team.open(f"/tickets/new?asset={tag}")
    await team.page.get_by_label("Qu'est-ce qui ne va pas?").fill("Roue bloquée")
    await team.page.get_by_label(re.compile("hors service")).first.check()
    await team.press("Ouvrir le billet")
    ticket = await _number(team, r"B-990-\d{4}-\d{4}")
    await team.open(f"/schools/{SCHOOL}/floor")
    await team.reads("il manque 1 robot")
    await technician.open(f"/tickets/{ticket}?do=close")
    await technician.page.get_by_label(re.compile("Réponse")).fill("Roue remplacée.")
    await technician.page.get_by_label(
        re.compile("sert de nouveau|retourne en service|revient en service")
    ).first.check()
    await technician.press("Fermer le billet")
    await technician.reads("Fermé")
    await team.page.reload()
    await team.reads(LIFTED)


async def _number(desk: Desk, pattern: str) -> str:
    await desk.reads(re.compile(pattern))
    found = re.search(pattern, await desk.page.get_by_role("main").inner_text())
    assert found
    return found[0]
