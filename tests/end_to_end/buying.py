"""A board of the network in a trial of the money loop: who acts for it, what its schools buy, and what each envelope must say."""

from collections import defaultdict
from typing import Any, NamedTuple

from allocations.envelopes.balance import unbalanced
from kit.actor import system
from tests.end_to_end import by_hand
from tests.end_to_end.people import Person

YEAR, DAY = "2026-2027", "2026-11-24"
NET, SHARED = "ESSAI-NET", "ESSAI-TTC"
BASIS = {NET: "net", SHARED: "with_tax"}
PRODUCTS = {
    "tablette": (393_33, "alpha"),
    "robot": (185_37, "alpha"),
    "cable": (7_07, "beta"),
    "trousse": (81_15, "beta"),
}


class Bought(NamedTuple):
    """A line of a basket, and what its envelope is charged for it."""

    school: str
    measure: str
    product: str
    quantity: int
    cents: int


class Board:
    """Those who act for a board, what its schools bought, and what each envelope must say."""

    def __init__(self, code: str, people: dict[str, Person], schools: list[str]) -> None:
        self.code, self.people, self.schools = code, people, schools
        self.bought: dict[tuple[str, str], list[Bought]] = {}  # (basket, supplier) → its lines, in order
        self.reserved: dict[tuple[str, str], int] = defaultdict(int)
        self.committed: dict[tuple[str, str], int] = defaultdict(int)
        self.spent: dict[tuple[str, str], int] = defaultdict(int)
        self.orders: dict[str, str] = {}  # supplier → order
        self.credited = self.dearer = 0  # positions of the order to alpha

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    def spend(self, line: dict[str, Any], cents: int) -> None:
        """Cents of an order line go from committed to spent."""
        key = line["school"], line["measure"]
        self.committed[key] -= cents
        self.spent[key] += cents

    async def lines(self, supplier: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.buyer.get(f"/orders/{self.orders[supplier]}"))["lines"]
        return found

    async def line(self, supplier: str, position: int) -> dict[str, Any]:
        return next(line for line in await self.lines(supplier) if line["position"] == position)

    async def figures(self, year: str = YEAR) -> dict[tuple[str, str], dict[str, int]]:
        """By school and measure, as the board reads them."""
        found = await self.buyer.get("/envelopes", year=year, limit="500")
        assert found["next"] is None
        return {(row["school"], row["measure"]): row["figures"] for row in found["items"]}

    async def check(self) -> None:
        """Each envelope of the board says what was worked out; all of the network balances."""
        for key, figures in (await self.figures()).items():
            said = [figures[f"{name}_cents"] for name in ("reserved", "committed", "spent")]
            assert said == [self.reserved[key], self.committed[key], self.spent[key]], key
            assert figures["allocated_cents"] == figures["free_cents"] + sum(said)
        assert await unbalanced(system()) == []


async def choose_and_approve(board: Board) -> None:
    """A basket a school, of both suppliers; above 600,00 $ two persons agree."""
    steps = [{"role": "principal", "limit_cents": 600_00}, {"role": "purchasing"}]
    await board.admin.post("/delegations", {"from_day": DAY, "steps": steps}, expected=201)
    decided_by_two = 0
    for place, school in enumerate(board.schools):
        measure = (NET, SHARED)[place % 2]
        basket = await board.team.post(
            "/selections", {"school": school, "measure": measure, "year": YEAR}, expected=201
        )
        number = basket["number"]
        wanted = {"tablette": (place + 1) % 3, "robot": 1 + place % 2, "cable": 1 + place % 7, "trousse": 1}
        for product, quantity in wanted.items():
            if quantity:
                line = {"product": product, "quantity": quantity}
                basket = await board.team.post(f"/selections/{number}/lines", line, version=basket["version"])
        total = 0
        for supplier in ("alpha", "beta"):
            lines = [(p, q) for p, q in wanted.items() if q and PRODUCTS[p][1] == supplier]
            shares = by_hand.charged([PRODUCTS[p][0] * q for p, q in lines], BASIS[measure])
            board.bought[number, supplier] = [
                Bought(school, measure, product, quantity, cents)
                for (product, quantity), cents in zip(lines, shares, strict=True)
            ]
            total += sum(shares)
        sent = await board.team.post(f"/selections/{number}/submit", version=basket["version"], key=number)
        assert await board.team.post(f"/selections/{number}/submit", version=basket["version"], key=number) == sent
        assert sent["charged_cents"] == total
        said = await board.principal.post(f"/selections/{number}/approve", version=sent["version"])
        if total > 600_00:
            assert said["state"] == "submitted"
            said = await board.buyer.post(f"/selections/{number}/approve", version=said["version"])
            decided_by_two += 1
        assert said["state"] == "approved"
        board.reserved[school, measure] += total
    assert 0 < decided_by_two < len(board.schools)


async def order(board: Board) -> None:
    """All baskets become one order a supplier; the larger one is authorised by another person than its maker."""
    limit = {"before_tax_cents": 5_000_00, "from_day": DAY, "reason": "Règle interne"}
    await board.admin.post(f"/order-limits/{board.code}", limit, expected=201)
    made = await board.buyer.post("/orders/build", expected=201, key="regrouper")
    assert [order["supplier"] for order in made] == ["alpha", "beta"]
    await board.buyer.post("/orders/build", expected=422)  # nothing is left to do
    for order in made:
        if order["before_tax_cents"] > 5_000_00:
            await board.buyer.post(f"/orders/{order['number']}/ask")
            await board.second.post(f"/orders/{order['number']}/authorise")
        sent = await board.buyer.post(f"/orders/{order['number']}/send")
        assert sent["order"]["state"] == "sent"
    assert made[0]["before_tax_cents"] > 5_000_00 > made[1]["before_tax_cents"]
    board.orders = {order["supplier"]: order["number"] for order in made}
    board.committed, board.reserved = board.reserved, defaultdict(int)


async def receive_and_return(board: Board) -> None:
    """All but a unit of every third line comes, one broken. A device is replaced, another sent back for its money."""
    tags: dict[int, list[str]] = {}
    for supplier, number in board.orders.items():
        lines = await board.lines(supplier)
        for line in lines:
            bought = next(one for one in board.bought[line["selection"], supplier] if one.product == line["product"])
            assert (line["quantity"], line["charged_cents"], line["school"]) == (
                bought.quantity,
                bought.cents,
                bought.school,
            )
        come = {line["position"]: line["quantity"] - (line["position"] % 3 == 0) for line in lines}
        some = [{"position": place, "quantity": n} for place, n in come.items() if n]
        broken = {"kind": "damaged", "position": next(p for p in come if p % 3 == 0), "quantity": 1, "note": "Brisé"}
        came = {"lines": some, "issues": [broken]}
        receipt = await board.technician.post(f"/orders/{number}/receipts", came, expected=201, key=f"boite {supplier}")
        again = await board.technician.post(f"/orders/{number}/receipts", came, expected=201, key=f"boite {supplier}")
        assert again == receipt
        for line in lines:
            board.spend(line, line["charged_cents"] * come[line["position"]] // line["quantity"])
        if supplier == "alpha":
            tags = {line["position"]: line["tags"] for line in receipt["lines"] if len(line["tags"]) > 1}
    await board.check()
    replaced, credited = sorted(tags)[:2]
    path = f"/orders/{board.orders['alpha']}/returns"
    body: dict[str, Any] = {"kind": "replacement", "reason": "Défectueux", "tags": tags[replaced][:1]}
    back = await board.technician.post(path, body, expected=201, key="retour")
    assert await board.technician.post(path, body, expected=201, key="retour") == back
    line = await board.line("alpha", replaced)
    board.spend(
        line,
        line["charged_cents"] * line["received"] // line["quantity"]
        - line["charged_cents"] * (line["received"] + 1) // line["quantity"],
    )
    await board.check()
    again = {"lines": [{"position": replaced, "quantity": 1, "serials": [f"REMPL-{board.code}"]}]}
    await board.technician.post(f"/orders/{board.orders['alpha']}/receipts", again, expected=201)
    board.spend(line, back["charged_cents"])
    body = {"kind": "credit", "reason": "En trop", "tags": tags[credited][:1]}
    await board.technician.post(path, body, expected=201)
    board.credited, board.dearer = credited, replaced
