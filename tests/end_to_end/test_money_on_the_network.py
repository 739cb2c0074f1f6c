"""The loop of money on the published network: two measures, forty baskets of two boards, orders, goods, papers, the year's end.

Every total is worked out a second time by `by_hand`, from headcounts, prices and quantities alone.
"""

import csv
import hashlib
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from allocations.envelopes.balance import unbalanced
from allocations.envelopes.computing import compute
from allocations.envelopes.schemas import Computed
from allocations.reallocations import pools
from app.doctor import money
from app.doctor.findings import State
from directory.imports.operations import import_list
from directory.imports.rules import SourceFile
from kit.actor import system
from tests.end_to_end import by_hand
from tests.end_to_end.buying import (
    BASIS,
    NET,
    PRODUCTS,
    SHARED,
    YEAR,
    Board,
    choose_and_approve,
    order,
    receive_and_return,
)
from tests.end_to_end.money_page import cents
from tests.end_to_end.people import Person, hired, printed
from tests.factories import give_role, make_product

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.real_files]

NEXT = "2027-2028"
BOARDS = ("711000", "712000")
TOTAL = 10_000_000_01  # of the measure that is shared out
LEVELS = ["preschool", "primary", "secondary", "adult"]
FILES = {
    "boards": "meq/boards_2016-04-14.csv",
    "schools": "meq/pps_public_ecole_2022-12-05.csv",
    "headcounts": "imse/defav_ecole_prim_public_2025-2026_extrait.csv",
}


@pytest.fixture
async def network(shared_data: Path, client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The published schools and headcounts, on a day of the year that is lived."""
    with time_machine.travel(datetime(2026, 11, 24, 15, tzinfo=UTC), tick=True):
        for kind, name in FILES.items():
            with (shared_data / name).open("rb") as file:
                await import_list(system(), kind, [SourceFile(Path(name).name, file)], accept=True)
        for code, (cents, supplier) in PRODUCTS.items():
            await make_product(code, cents, supplier=supplier, tracked=code in ("tablette", "robot"))
        yield client


async def test_the_loop_of_two_boards_is_exact_to_the_cent(network: httpx.AsyncClient) -> None:
    ministry = await hired(network, "ministry")
    given = await _allocate(ministry)
    boards = [await _board(network, code, given) for code in BOARDS]
    for board in boards:
        await choose_and_approve(board)
        await board.check()
        await order(board)
        await board.check()
        await receive_and_return(board)
        await board.check()
        await _invoice_and_close(board)
        await board.check()
        await _move(board)
    mine, neighbour = boards
    basket = next(number for number, _supplier in neighbour.bought)
    await mine.team.ask("GET", f"/selections/{basket}", expected=404)
    for path in ("/envelopes", "/selections", "/orders", "/invoices"):
        seen = await mine.team.get(path, limit="500")
        assert {row["board"] for row in seen["items"]} == {mine.code}, path
    await _end(ministry, boards)
    assert [finding.state for finding in await money.balance()] == [State.ok]


async def _allocate(ministry: Person) -> dict[str, Computed]:
    """Two measures for every school: base and so much a pupil, at least a floor; and a total shared out by pupils."""
    body: dict[str, Any] = {"kind": "investment", "categories": ["flotte-appareils"]}
    rules: dict[str, dict[str, Any]] = {
        NET: {"base_cents": 2_500_00, "per_pupil_cents": 29_13, "floor_cents": 5_000_00},
        SHARED: {"formula": "pro_rata", "base_cents": 1_000_00, "floor_cents": 1_500_00},
    }
    ends: dict[str, dict[str, Any]] = {NET: {"rest": "carried"}, SHARED: {"rest": "recovered", "total_cents": TOTAL}}
    given = {}
    for measure, rule in rules.items():
        await ministry.ask("PUT", f"/measures/{measure}", body | {"name": measure, "tax_basis": BASIS[measure]})
        await ministry.ask("PUT", f"/measures/{measure}/years/{YEAR}", ends[measure])
        await ministry.ask("PUT", f"/measures/{measure}/rules/{YEAR}", rule | {"levels": LEVELS})
        given[measure] = await compute(system(), measure, YEAR)
        assert (await compute(system(), measure, YEAR)).unchanged == given[measure].created == 2567
    for item in given[NET].items:
        by_pupils = 2_500_00 + 29_13 * (item.pupils or 0)
        assert item.amount_cents == max(5_000_00, by_pupils), item.school
    assert given[NET].total_cents == sum(item.amount_cents for item in given[NET].items)
    shared = {item.school: item for item in given[SHARED].items}
    assert sum(item.amount_cents for item in shared.values()) == TOTAL
    above = [item for item in shared.values() if item.amount_cents > 1_500_00]
    rest = TOTAL - 1_000_00 * len(above) - 1_500_00 * (len(shared) - len(above))
    assert [item.amount_cents - 1_000_00 for item in above] == by_hand.parted(
        rest, [item.pupils or 0 for item in above]
    )
    assert all(cents(item.sentence) == [1_000_00, rest, item.amount_cents] for item in above), (
        "the arithmetic is said as it is"
    )
    return given


async def _board(client: httpx.AsyncClient, code: str, given: dict[str, Computed]) -> Board:
    """Twenty schools, those of a known size first: one team and one principal for all of them."""
    items = [item for item in given[NET].items if item.board == code]
    schools = [
        item.school for item in sorted(items, key=lambda item: (item.pupils is None, item.school)) if item.school
    ]
    chosen = schools[:20]
    people = {
        name: await hired(client, role, board=code)
        for name, role in (
            ("buyer", "purchasing"),
            ("second", "purchasing"),
            ("technician", "technician"),
            ("admin", "board_admin"),
        )
    }
    for name, role in (("team", "school_team"), ("principal", "principal")):
        people[name] = await hired(client, role, school=chosen[0])
        for school in chosen[1:]:
            await give_role(people[name].email, role, school=school)
    board = Board(code, people, chosen)
    figures = await board.figures()
    assert len(figures) == 2 * len(items)
    for measure, computed in given.items():
        for item in computed.items:
            if item.board == code:
                assert figures[item.school or "", measure]["allocated_cents"] == item.amount_cents
    return board


async def _invoice_and_close(board: Board) -> None:
    """One line costs 2,00 $ more a unit: somebody decides. The unit sent back is credited, the papers paid, the rest given up."""
    papers = []
    for supplier, number in board.orders.items():
        lines = [line for line in await board.lines(supplier) if line["received"]]
        asked = [
            {
                "position": line["position"],
                "quantity": line["received"],
                "unit_before_tax_cents": line["unit_before_tax_cents"]
                + (2_00 if (supplier, line["position"]) == ("alpha", board.dearer) else 0),
            }
            for line in lines
        ]
        paper = await _enter(board, number, f"F-{supplier}", asked)
        papers.append(paper["invoice"]["number"])
        if supplier == "beta":
            assert (paper["invoice"]["state"], paper["differences"]) == ("matched", [])
            await board.buyer.post(f"/invoices/{papers[-1]}/approve")
            continue
        dearer = next(line for line in lines if line["position"] == board.dearer)
        (difference,) = paper["differences"]
        assert difference["cents"] == 2_00 * dearer["received"]
        await board.buyer.post(f"/invoices/{papers[-1]}/approve", expected=409)
        decision = {"outcome": "accept", "reason": "Annoncé par écrit"}
        await board.buyer.post(f"/invoices/{papers[-1]}/decide", decision, expected=403)
        await board.second.post(f"/invoices/{papers[-1]}/decide", decision)
        key = dearer["school"], dearer["measure"]
        board.spent[key] += by_hand.cent(difference["cents"] * by_hand.COSTS[BASIS[dearer["measure"]]])
    await board.check()
    line = await board.line("alpha", board.credited)
    asked = [{"position": board.credited, "quantity": 1, "unit_before_tax_cents": line["unit_before_tax_cents"]}]
    about = {"kind": "credit_note", "credits": papers[0], "credit_for": "return"}
    note = await _enter(board, board.orders["alpha"], "NC-1", asked, **about)
    assert note["invoice"]["state"] == "matched"
    await board.buyer.post(f"/invoices/{note['invoice']['number']}/approve")
    board.spent[line["school"], line["measure"]] -= line["charged_cents"] // line["quantity"]
    await board.check()
    for paper in papers:
        await board.buyer.post(f"/invoices/{paper}/pay", {"reference": "CH-1"}, key=f"payer {paper}")
    for number in board.orders.values():
        await board.buyer.post(f"/orders/{number}/close", {"reason": "Ne vient plus"})
    board.committed.clear()
    assert (await board.buyer.get("/invoices/uninvoiced"))["items"] == []
    cents = [entry["cents"] for entry in await board.buyer.get(f"/board-account/{board.code}/{YEAR}")]
    assert sum(map(abs, cents)) <= len(board.bought), "rounding alone is a cent or so a basket and supplier"


async def _enter(board: Board, order: str, number: str, lines: list[dict[str, Any]], **about: str) -> dict[str, Any]:
    before = sum(line["quantity"] * line["unit_before_tax_cents"] for line in lines)
    gst, qst = by_hand.taxes(before)
    paper = printed(order, number, lines, before, gst, qst, before + gst + qst) | about
    entered: dict[str, Any] = await board.buyer.post("/invoices", paper, expected=201, key=number)
    assert await board.buyer.post("/invoices", paper, expected=201, key=number) == entered
    return entered


async def _move(board: Board) -> None:
    """A transfer stays; a loan comes back; a shared measure lends what a basket lacks, and takes it back when it is withdrawn."""
    before = await board.figures()
    first, second, last = board.schools[0], board.schools[1], board.schools[-2]
    ids = {
        row["school"]: row["id"]
        for row in (await board.buyer.get("/envelopes", year=YEAR, measure=NET, limit="500"))["items"]
    }
    pair = {"source": ids[first], "target": ids[second], "reason": "Projet commun"}
    await board.buyer.post("/reallocations/transfer", pair | {"cents": 123_45}, expected=201)
    loan = await board.buyer.post("/reallocations/lend", pair | {"cents": 200_01}, expected=201)
    await board.buyer.post(f"/reallocations/{loan['number']}/give-back", {"reason": "Rendu", "cents": 1})
    await board.buyer.post(f"/reallocations/{loan['number']}/give-back", {"reason": "Rendu"})
    await board.buyer.ask("PUT", f"/pools/{board.code}/{NET}/{YEAR}", {"shared": True, "reason": "Mise en commun"})
    basket = await board.team.post("/selections", {"school": last, "measure": NET, "year": YEAR}, expected=201)
    path, line = f"/selections/{basket['number']}", {"product": "tablette", "quantity": 30}
    basket = await board.team.post(f"{path}/lines", line, version=basket["version"])
    fit = (await board.team.get(f"{path}/price"))["fit"]
    sent = await board.team.post(f"{path}/submit", version=basket["version"])
    (wanted,) = by_hand.charged([30 * 393_33], "net")
    assert (fit["fits"], fit["lent_cents"]) == (True, wanted - before[last, NET]["free_cents"])
    lent = (await board.figures())[last, NET]
    assert (lent["reserved_cents"], lent["free_cents"]) == (wanted, 0)
    assert lent["allocated_cents"] - before[last, NET]["allocated_cents"] == wanted - before[last, NET]["free_cents"]
    assert await unbalanced(system()) == []
    await board.team.post(f"{path}/withdraw", version=sent["version"])
    await pools.settle_all(system())
    after = await board.figures()
    moved = {key: after[key]["allocated_cents"] - before[key]["allocated_cents"] for key in after}
    assert {key: cents for key, cents in moved.items() if cents} == {(first, NET): -123_45, (second, NET): 123_45}
    await board.check()


async def _end(ministry: Person, boards: list[Board]) -> None:
    """The year closes; what is free is carried over or recovered, once; the accounts say the same of the whole network."""
    spent = {m: sum(cents for board in boards for (_s, of), cents in board.spent.items() if of == m) for m in BASIS}
    before = {line["measure"]: line for line in (await ministry.get(f"/accounts/{YEAR}"))["measures"]}
    assert {m: before[m]["spent_cents"] for m in BASIS} == spent
    assert before[SHARED]["allocated_cents"] == TOTAL
    school, why = boards[0].schools[0], {"reason": "Fin de l'exercice"}
    await ministry.post(f"/years/{YEAR}/begin-closing", why)
    accounts = await boards[0].principal.get(f"/accounts/{YEAR}", school=school)
    await boards[1].principal.ask("GET", f"/accounts/{YEAR}", query={"school": school}, expected=404)
    await boards[0].principal.post(f"/accounts/{YEAR}/schools/{school}/attest", {"digest": accounts["digest"]})
    await ministry.post(f"/years/{YEAR}/close", why)
    preview = await ministry.get(f"/years/{YEAR}/rest")
    wanted = (before[NET]["allocated_cents"] - spent[NET], TOTAL - spent[SHARED])
    assert (preview["carried_cents"], preview["recovered_cents"], preview["waiting"]) == (*wanted, 0)
    done = await ministry.post(f"/years/{YEAR}/rest", why)
    assert (done["carried_cents"], done["recovered_cents"]) == wanted
    again = await ministry.post(f"/years/{YEAR}/rest", why)
    assert (again["carried_cents"], again["recovered_cents"]) == (0, 0)
    after = await ministry.get(f"/accounts/{YEAR}")
    for total in after["measures"]:
        lines = [line for line in after["lines"] if line["measure"] == total["measure"]]
        for figure in (
            "given_cents",
            "moved_cents",
            "carried_cents",
            "recovered_cents",
            "allocated_cents",
            "spent_cents",
        ):
            assert sum(line[figure] for line in lines) == total[figure]
        assert (total["free_cents"], total["allocated_cents"]) == (0, spent[total["measure"]])
    await _portrait(ministry, boards, spent, wanted)
    await _pack(boards[0])
    for board in boards:
        await board.check()
        (total,) = [line for line in (await ministry.get(f"/accounts/{NEXT}"))["measures"] if line["measure"] == NET]
        assert total["allocated_cents"] == wanted[0]


async def _portrait(ministry: Person, boards: list[Board], spent: dict[str, int], ended: tuple[int, int]) -> None:
    """The balance of the network adds up in each of its three tables, and says what was carried over and recovered."""
    portrait = await ministry.ask("GET", "/accounts/portrait", query={"year": YEAR})
    by_measure = {line["code"]: line["years"][0] for line in portrait["measures"] if line["level"] == "measure"}
    assert {code: money["spent_cents"] for code, money in by_measure.items()} == spent
    assert (-by_measure[NET]["carried_cents"], by_measure[SHARED]["recovered_cents"]) == ended
    totals = [table[-1]["years"][0] for table in (portrait["measures"], portrait["regions"], portrait["boards"])]
    assert all(total["spent_cents"] == sum(spent.values()) for total in totals)
    assert all(total["budget_cents"] == totals[0]["budget_cents"] for total in totals)
    by_board = {
        line["code"]: line["years"][0]["spent_cents"] for line in portrait["boards"] if line["level"] == "board"
    }
    assert all(by_board[board.code] == sum(board.spent.values()) for board in boards)


async def _pack(board: Board) -> None:
    """A school's pack: every file is the one that its sums say, and its ledger adds up to the envelope."""
    school = next(school for school, measure in board.spent if measure == NET)
    (envelope,) = (await board.team.get("/envelopes", school=school, measure=NET, year=YEAR))["items"]
    with zipfile.ZipFile(BytesIO(await board.team.file(f"/accounts/pack/{envelope['id']}"))) as pack:
        sums = [line.split("  ") for line in pack.read("sommes.txt").decode().splitlines() if not line.startswith("#")]
        assert {name for _sum, name in sums} == set(pack.namelist()) - {"sommes.txt"}
        assert all(hashlib.sha256(pack.read(name)).hexdigest() == written for written, name in sums)
        ledger = pack.read("08-grand-livre/ecritures.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(ledger), delimiter=";"))
    added = [
        sum(int(row[name].replace(",", "")) for row in rows) for name in ("Alloué", "Réservé", "Engagé", "Dépensé")
    ]
    assert added == [envelope["figures"][f"{name}_cents"] for name in ("allocated", "reserved", "committed", "spent")]
    assert added[-1] == board.spent[school, NET]
