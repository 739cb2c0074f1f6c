"""`docs/money.md` done again through the API: one invented school, from its envelope to what the next year gets, to the cent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import time_machine

from allocations.envelopes.balance import unbalanced
from allocations.envelopes.computing import compute
from kit.actor import system
from tests.end_to_end.money_page import MoneyPage
from tests.end_to_end.people import Person, hired, printed
from tests.factories import make_headcount, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")

BOARD, SCHOOL, OTHER, MEASURE, YEAR, NEXT = "990000", "990001", "990002", "OUTILS", "2026-2027", "2027-2028"
DAY = "2026-11-24"
TABLETS, ROBOTS = 1, 2  # positions of the order to alpha


@pytest.fixture
async def people(client: httpx.AsyncClient) -> AsyncIterator[dict[str, Person]]:
    """Everybody of one board, on a day of the school year that the page is about."""
    with time_machine.travel(datetime(2026, 11, 24, 15, tzinfo=UTC), tick=True):
        for school in (SCHOOL, OTHER):
            await make_school(school)
        yield {
            "team": await hired(client, "school_team", school=SCHOOL),
            "principal": await hired(client, "principal", school=SCHOOL),
            "stranger": await hired(client, "school_team", school=OTHER),
            "buyer": await hired(client, "purchasing", board=BOARD),
            "second": await hired(client, "purchasing", board=BOARD),
            "technician": await hired(client, "technician", board=BOARD),
            "admin": await hired(client, "board_admin", board=BOARD),
            "ministry": await hired(client, "ministry"),
        }


class Story:
    """The steps of the page, one after the other."""

    def __init__(self, people: dict[str, Person], page: MoneyPage) -> None:
        self.page = page
        self.team, self.principal, self.stranger = people["team"], people["principal"], people["stranger"]
        self.buyer, self.second, self.technician = people["buyer"], people["second"], people["technician"]
        self.admin, self.ministry = people["admin"], people["ministry"]
        self.envelope: dict[str, Any]
        self.other: UUID
        self.orders: dict[str, str] = {}

    async def check(self, step: str, *, year: str = YEAR) -> None:
        """The figures of the school are those of the page, they add up, and every envelope balances."""
        (found,) = (await self.team.get("/envelopes", school=SCHOOL, measure=MEASURE, year=year))["items"]
        figures = [
            found["figures"][f"{name}_cents"] for name in ("allocated", "free", "reserved", "committed", "spent")
        ]
        assert figures == self.page.amounts(step), step
        assert figures[0] == sum(figures[1:]), step
        assert await unbalanced(system()) == [], step
        for name, figure in zip(("reserved", "committed", "spent"), figures[2:], strict=True):
            rows = await self.team.get(f"/envelopes/{found['id']}/behind/{name}")
            assert sum(row["cents"] for row in rows) == figure, (step, name)
        self.envelope = found

    async def give(self) -> None:
        """The measure, its year and its rule; the school's headcount; the envelope."""
        measure = {
            "name": "Outils (exemple)",
            "kind": "investment",
            "tax_basis": "net",
            "categories": ["flotte-appareils"],
        }
        rule = {"base_cents": 2_500_00, "per_pupil_cents": 29_13, "floor_cents": 5_000_00, "levels": ["primary"]}
        await self.ministry.ask("PUT", f"/measures/{MEASURE}", measure)
        await self.ministry.ask("PUT", f"/measures/{MEASURE}/years/{YEAR}", {"rest": "carried"})
        await self.ministry.ask("PUT", f"/measures/{MEASURE}/rules/{YEAR}", rule)
        await make_headcount(SCHOOL, 137, year="2025-2026")
        given = await compute(system(), MEASURE, YEAR)
        (item,) = [item for item in given.items if item.school == SCHOOL]
        each, by_pupil = self.page.amounts("par élève")
        assert (each, by_pupil) == (rule["per_pupil_cents"], 137 * 29_13)
        base, again, least, amount = self.page.amounts("avec la base")
        assert (base, again, least, amount) == (2_500_00, by_pupil, 5_000_00, item.amount_cents)
        self.other = await self._other_envelope(given.items)
        await self.check("enveloppe")

    async def _other_envelope(self, items: Any) -> UUID:
        assert any(item.school == OTHER for item in items)
        found = await self.buyer.get("/envelopes", school=OTHER, measure=MEASURE, year=YEAR)
        return UUID(found["items"][0]["id"])

    async def choose(self) -> None:
        """The basket and its price, line by line."""
        await make_product("tablette", 393_33, supplier="alpha")
        await make_product("robot", 185_37, supplier="alpha")
        await make_product("cable", 7_07, supplier="beta", tracked=False)
        body = {"school": SCHOOL, "measure": MEASURE, "year": YEAR, "title": "Choix de l'équipe"}
        basket = await self.team.post("/selections", body, expected=201, key="panier")
        assert await self.team.post("/selections", body, expected=201, key="panier") == basket
        self.basket = basket["number"]
        for product, quantity in (("tablette", 5), ("robot", 2), ("cable", 10)):
            line = {"product": product, "quantity": quantity}
            basket = await self.team.post(f"/selections/{self.basket}/lines", line, version=basket["version"])
        price = await self.team.get(f"/selections/{self.basket}/price")
        names = ("before_tax", "gst", "qst", "total", "gst_rebate", "qst_rebate", "net")
        for row, invoice in zip(("alpha", "beta"), price["invoices"], strict=True):
            assert self.page.amounts(row) == [invoice[f"{name}_cents"] for name in names]
        assert self.page.amounts("panier") == [price[f"{name}_cents"] for name in names]
        items = {item["product"]: item for invoice in price["invoices"] for item in invoice["items"]}
        for row, product, n in (("5 tablettes", "tablette", 5), ("2 robots", "robot", 2), ("10 câbles", "cable", 0)):
            unit, before_tax, part, *units = self.page.amounts(row)
            item = items[product]
            assert (unit, before_tax, part) == tuple(
                item[f"{name}_cents"] for name in ("unit_before_tax", "before_tax", "net")
            )
            assert units == [part * i // n - part * (i - 1) // n for i in range(1, n + 1)]
        self.version = price["version"]

    async def submit_and_approve(self) -> None:
        """Two steps by amount; nobody decides twice, nobody else sees it."""
        steps = [{"role": "principal", "limit_cents": 1_500_00}, {"role": "purchasing"}]
        await self.admin.post("/delegations", {"from_day": DAY, "steps": steps}, expected=201)
        path = f"/selections/{self.basket}"
        sent = await self.team.post(f"{path}/submit", version=self.version, key="soumettre")
        assert await self.team.post(f"{path}/submit", version=self.version, key="soumettre") == sent
        await self.check("soumis")
        await self.stranger.ask("GET", path, expected=404)
        agreed = await self.principal.post(f"{path}/approve", version=sent["version"])
        assert agreed["state"] == "submitted"
        await self.principal.post(f"{path}/approve", version=agreed["version"], expected=403)
        decided = await self.buyer.post(f"{path}/approve", version=agreed["version"])
        assert decided["state"] == "approved"
        await self.check("approuvé")

    async def order(self) -> None:
        """Two orders; the one above the board's amount is authorised by a second person."""
        limit = {"before_tax_cents": 2_000_00, "from_day": DAY, "reason": "Règle interne"}
        await self.admin.post(f"/order-limits/{BOARD}", limit, expected=201)
        made = await self.buyer.post("/orders/build", expected=201, key="regrouper")
        assert await self.buyer.post("/orders/build", expected=201, key="regrouper") == made
        self.orders = {order["supplier"]: order["number"] for order in made}
        await self.check("regroupé")
        alpha, beta = self.orders["alpha"], self.orders["beta"]
        await self.buyer.post(f"/orders/{alpha}/send", expected=422)
        await self.buyer.post(f"/orders/{alpha}/ask")
        await self.buyer.post(f"/orders/{alpha}/authorise", expected=422)
        await self.second.post(f"/orders/{alpha}/authorise")
        for number in (alpha, beta):
            await self.buyer.post(f"/orders/{number}/send")
        await self.check("envoyé")

    async def receive(self) -> None:
        """Three tablets of five, one of them broken; robots and cables."""
        alpha, beta = self.orders["alpha"], self.orders["beta"]
        lines = [
            {"position": TABLETS, "quantity": 3, "serials": ["TAB-0001", "TAB-0002", "TAB-0003"]},
            {"position": ROBOTS, "quantity": 2},
        ]
        broken = {"kind": "damaged", "position": TABLETS, "quantity": 1, "note": "Écran brisé"}
        body = {"lines": lines, "issues": [broken]}
        receipt = await self.technician.post(f"/orders/{alpha}/receipts", body, expected=201, key="boite")
        assert await self.technician.post(f"/orders/{alpha}/receipts", body, expected=201, key="boite") == receipt
        self.tags = {line["position"]: line["tags"] for line in receipt["lines"]}
        cables = {"lines": [{"position": 1, "quantity": 10}]}
        await self.technician.post(f"/orders/{beta}/receipts", cables, expected=201)
        await self.check("reçu en partie")
        spent = self.envelope["figures"]["spent_cents"]
        came = [await self._line("alpha", TABLETS), await self._line("alpha", ROBOTS), await self._line("beta", 1)]
        assert self.page.amounts("reçu") == [
            *(line["charged_cents"] * line["received"] // line["quantity"] for line in came),
            spent,
        ]

    async def amend(self) -> None:
        """Alpha asks more for the two that are awaited."""
        was = await self._line("alpha", TABLETS)
        change = {"position": TABLETS, "quantity": 2, "unit_before_tax_cents": 401_50}
        body = {"lines": [change], "reason": "Alpha a changé son prix"}
        await self.buyer.post(
            f"/orders/{self.orders['alpha']}/amend", body, expected=422
        )  # above the amount: another person's
        free = self.envelope["figures"]["free_cents"]
        await self.second.post(f"/orders/{self.orders['alpha']}/amend", body)
        await self.check("modifié")
        given_up = was["charged_cents"] - was["charged_cents"] * 3 // 5
        assert self.page.amounts("reste abandonné") == [was["charged_cents"], was["charged_cents"] - given_up, given_up]
        self.new = await self._line("alpha", 3)
        printed = [self.new[f"{name}_cents"] for name in ("unit_before_tax", "before_tax", "gst", "qst")]
        *shown, gst_back, qst_back, net = self.page.amounts("nouvelle ligne")
        assert (shown, net) == (printed, self.new["charged_cents"])
        assert net == sum(printed[1:]) - gst_back - qst_back
        assert self.page.amounts("différence") == [net, given_up, free - self.envelope["figures"]["free_cents"]]

    async def send_back(self) -> None:
        """A tablet for another, a robot for its money."""
        path = f"/orders/{self.orders['alpha']}/returns"
        replaced = {"kind": "replacement", "reason": "Ne démarre pas", "tags": self.tags[TABLETS][:1]}
        back = await self.technician.post(path, replaced, expected=201, key="retour")
        assert await self.technician.post(path, replaced, expected=201, key="retour") == back
        credited = {"kind": "credit", "reason": "En trop", "tags": self.tags[ROBOTS][:1]}
        await self.technician.post(path, credited, expected=201)
        await self.check("renvoyé")
        assert self.page.amounts("tablette renvoyée") == [back["charged_cents"]]
        assert await self.buyer.get("/invoices/expected-credits") == []  # it is not invoiced yet
        spent = self.envelope["figures"]["spent_cents"]
        lines = [
            {"position": TABLETS, "quantity": 1, "serials": ["TAB-0004"]},
            {"position": 3, "quantity": 1, "serials": ["TAB-0005"]},
        ]
        await self.technician.post(f"/orders/{self.orders['alpha']}/receipts", {"lines": lines}, expected=201)
        await self.check("remplacé")
        one = self.new["charged_cents"] // 2
        assert self.page.amounts("tablettes arrivées") == [
            back["charged_cents"],
            one,
            self.envelope["figures"]["spent_cents"] - spent,
        ]

    async def invoice(self) -> None:
        """Alpha asks 2,00 $ too much for each of three tablets: another person decides. Beta's invoice matches."""
        lines = [
            {"position": TABLETS, "quantity": 3, "unit_before_tax_cents": 395_33},
            {"position": ROBOTS, "quantity": 2, "unit_before_tax_cents": 185_37},
            {"position": 3, "quantity": 1, "unit_before_tax_cents": 401_50},
        ]
        *units, before, gst, qst, total = self.page.amounts("facture d'alpha")
        assert units == [line["unit_before_tax_cents"] for line in lines]
        paper = printed(self.orders["alpha"], "A-1", lines, before, gst, qst, total)
        entered = await self.buyer.post("/invoices", paper, expected=201, key="facture")
        assert await self.buyer.post("/invoices", paper, expected=201, key="facture") == entered
        self.number = entered["invoice"]["number"]
        (difference,) = entered["differences"]
        each, more, net, correction = self.page.amounts("écart")
        assert (each, more, net) == (2_00, difference["cents"], correction)
        accept = {"outcome": "accept", "reason": "Hausse annoncée"}
        await self.buyer.post(f"/invoices/{self.number}/approve", expected=409)
        await self.buyer.post(f"/invoices/{self.number}/decide", accept, expected=403)
        spent = self.envelope["figures"]["spent_cents"]
        await self.second.post(f"/invoices/{self.number}/decide", accept)
        cables = [{"position": 1, "quantity": 10, "unit_before_tax_cents": 7_07}]
        paper = printed(self.orders["beta"], "B-1", cables, *self.page.amounts("beta")[:4])
        matched = (await self.buyer.post("/invoices", paper, expected=201))["invoice"]
        assert matched["state"] == "matched"
        await self.buyer.post(f"/invoices/{matched['number']}/approve")
        await self.check("facturé")
        assert self.envelope["figures"]["spent_cents"] - spent == correction
        for number in (self.number, matched["number"]):
            paid = await self.buyer.post(f"/invoices/{number}/pay", {"reference": "CH-1"}, key=f"payer {number}")
            assert paid["invoice"]["state"] == "paid"
            twice = await self.buyer.post(f"/invoices/{number}/pay", {"reference": "CH-2"}, expected=409)
            assert "déjà payée" in twice["detail"]

    async def credit(self) -> None:
        """The robot's credit note."""
        (expected,) = await self.buyer.get("/invoices/expected-credits")
        unit, gst, qst, total, gst_back, qst_back, net = self.page.amounts("crédit")
        assert (expected["units"], expected["cents"]) == (1, unit)
        line = {"position": ROBOTS, "quantity": 1, "unit_before_tax_cents": unit}
        paper = printed(self.orders["alpha"], "NC-1", [line], unit, gst, qst, total)
        note = paper | {"kind": "credit_note", "credits": self.number, "credit_for": "return"}
        entered = (await self.buyer.post("/invoices", note, expected=201))["invoice"]
        spent = self.envelope["figures"]["spent_cents"]
        await self.buyer.post(f"/invoices/{entered['number']}/approve")
        await self.check("crédité")
        assert net == total - gst_back - qst_back
        (given_back,) = self.page.amounts("robot rendu")
        assert given_back == spent - self.envelope["figures"]["spent_cents"]
        (entry,) = await self.buyer.get(f"/board-account/{BOARD}/{YEAR}")
        assert self.page.amounts("compte de l'organisme") == [given_back, net, entry["cents"]]
        assert await self.buyer.get("/invoices/expected-credits") == []

    async def close(self) -> None:
        """What will not come is free again. The orders are closed, and nothing is left to invoice."""
        committed = self.envelope["figures"]["committed_cents"]
        await self.buyer.post(f"/orders/{self.orders['alpha']}/close", {"reason": "N'est plus fabriquée"})
        await self.check("clos")
        assert self.page.amounts("reste libéré") == [committed]

    async def move(self) -> None:
        """Another school gives, borrows and gives back."""
        mine, theirs = self.envelope["id"], str(self.other)
        (given,), (lent,) = self.page.amounts("virement"), self.page.amounts("prêt")
        gift = {"source": theirs, "target": mine, "cents": given, "reason": "Projet commun"}
        await self.buyer.post("/reallocations/transfer", gift, expected=201)
        await self.check("viré")
        loan = {"source": mine, "target": theirs, "cents": lent, "reason": "En attendant"}
        number = (await self.buyer.post("/reallocations/lend", loan, expected=201))["number"]
        await self.check("prêté")
        await self.buyer.post(f"/reallocations/{number}/give-back", {"reason": "Rendu"})
        await self.check("rendu")

    async def end(self) -> None:
        """The year closes; the accounts say the same figures; the rest is carried over once."""
        why = {"reason": "Fin de l'exercice"}
        await self.ministry.post(f"/years/{YEAR}/close", why)
        previewed = await self.ministry.get(f"/years/{YEAR}/rest")
        assert previewed["carried_cents"] >= self.envelope["figures"]["free_cents"]
        await self.ministry.post(f"/years/{YEAR}/rest", why)
        await self.check("reporté")
        again = await self.ministry.post(f"/years/{YEAR}/rest", why)
        assert again["carried_cents"] == 0
        await self.check("exercice suivant", year=NEXT)
        accounts = await self.team.get(f"/accounts/{YEAR}", school=SCHOOL)
        (line,) = [line for line in accounts["lines"] if line["measure"] == MEASURE]
        moved, carried = self.page.amounts("virement")[0], self.page.amounts("exercice suivant")[0]
        assert (line["moved_cents"], line["carried_cents"]) == (moved, -carried)
        assert line["given_cents"] + moved - carried == line["allocated_cents"] == line["spent_cents"]
        assert line["uninvoiced_cents"] == 0

    async def _line(self, supplier: str, position: int) -> dict[str, Any]:
        lines = (await self.buyer.get(f"/orders/{self.orders[supplier]}"))["lines"]
        found: dict[str, Any] = next(line for line in lines if line["position"] == position)
        return found


async def test_every_figure_of_the_page_is_what_the_service_says(people: dict[str, Person]) -> None:
    story = Story(people, page := MoneyPage())
    for step in (
        story.give, story.choose, story.submit_and_approve, story.order, story.receive, story.amend, story.send_back,
        story.invoice, story.credit, story.close, story.move, story.end,
    ):  # fmt: skip
        await step()
    assert page.unread == set(), "rows that nothing compares"
    assert page.outside_tables() == [], "amounts outside the tables: nothing compares them"


def test_a_changed_cent_of_the_page_is_seen() -> None:
    page = MoneyPage("| soumis | 6 490,81 $ | 3 916,88 $ |\n| --- | --- |\n\nHors de la table : 1,00 $\n")
    assert page.unread == {"soumis"}
    assert page.outside_tables() == [1_00]
    assert page.amounts("soumis") == [6_490_81, 3_916_88]
    assert page.unread == set()
