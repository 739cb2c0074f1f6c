"""The whole loop on the published network, as programs of board 711000 and of its school 711009 walk it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from kit import embedded
from tests.end_to_end.server import Caller, command, serving

MEASURE, YEAR, SCHOOL, BOARD = "EX-COMBOS", "2026-2027", "711009", "711000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose server runs for the module, so that each command does not start it again."""
    made = tmp_path_factory.mktemp("données")
    with embedded.server(made):
        yield made


@pytest.mark.parametrize("kind", ["boards", "schools", "buildings", "headcounts"])
def test_a_broken_file_of_each_kind_is_refused_in_a_sentence(folder: Path, tmp_path: Path, kind: str) -> None:
    broken = tmp_path / "liste.csv"
    broken.write_text("Nom;Ville\nÉcole;Exemple\n", encoding="utf-8")
    told = command(folder, "import", kind, str(broken), "--accept", expected=1)
    assert told["created"] == 0
    assert told["refused"]
    assert told["refused"][0]["reason"].endswith(".")


def test_the_published_files_give_their_counts_and_a_second_run_changes_nothing(
    shared_data: Path, folder: Path
) -> None:
    files = {
        "boards": ("meq/boards_2016-04-14.csv", {"created": 72}, 0),
        "schools": ("meq/pps_public_ecole_2022-12-05.csv", {"read": 5358, "created": 2745}, 0),
        "buildings": ("meq/pps_public_immeuble_2022-12-05.csv", {"read": 4664}, 0),
        "headcounts": ("imse/defav_ecole_prim_public_2025-2026_extrait.csv", {"created": 74}, 1),
    }
    for kind, (name, counts, code) in files.items():
        told = command(folder, "import", kind, str(shared_data / name), "--accept", expected=code)
        assert counts.items() <= told.items()
        assert len(told["refused"]) == (8 if kind == "headcounts" else 0)
    for kind, (name, _counts, code) in files.items():
        again = command(folder, "import", kind, str(shared_data / name), "--accept", expected=code)
        assert (again["created"], again["changed"], again["closed"]) == (0, 0, 0)
    scan = command(folder, "floor", "scan")
    assert scan["assessed"] == 2567 == sum(scan["by_status"].values())
    computed = command(folder, "envelopes", "compute", "--measure", MEASURE, "--year", YEAR)
    assert computed["created"] == 2567
    command(folder, "import", "catalogue", "--starter")
    _walk(folder)


def _token(folder: Path, email: str, role: str) -> str:
    command(folder, "user", "add", email, "--name", f"Essai {role}", "--role", role)
    made = command(
        folder, "token", "create", "--email", email, "--name", "essai", "--scope", "read", "--scope", "write"
    )
    return str(made["token"])


def _walk(folder: Path) -> None:
    tokens = {
        role: _token(
            folder, f"{role}@exemple.ca", f"{role}:{SCHOOL if role in ('school_team', 'principal') else BOARD}"
        )
        for role in ("school_team", "principal", "technician", "purchasing")
    }
    with serving(folder) as address, ExitStack() as stack:
        team, principal, technician, buyer = (stack.enter_context(Caller(address, tokens[role])) for role in tokens)
        gap = _gap(team)
        assert gap["counted"] == 0
        assert gap["required"] == 29  # 144 pupils, one device for five, rounded up

        basket = team.post("/selections", {"school": SCHOOL, "measure": MEASURE, "year": YEAR}, expected=201)
        number = basket["number"]
        assert number == "P-711009-2026-001"
        tablet = _tablet(team)
        line = {"product": tablet["code"], "quantity": 6}
        basket = team.post(f"/selections/{number}/lines", line, read=basket)
        price = team.get(f"/selections/{number}/price")
        assert price["net_cents"] == 2_520_39
        submitted = team.post(f"/selections/{number}/submit", read=basket, key="soumettre-1")
        assert team.post(f"/selections/{number}/submit", read=basket, key="soumettre-1") == submitted
        team.post(f"/selections/{number}/approve", expected=403, read=submitted)
        approved = principal.post(f"/selections/{number}/approve", read=submitted)
        assert approved["state"] == "approved"

        (order,) = buyer.post("/orders/build", expected=201)
        sent = buyer.post(f"/orders/{order['number']}/send")
        assert sent["order"]["net_cents"] == 2_520_39
        buyer.post(f"/orders/{order['number']}/promise", {"expected_on": "2030-03-12"})
        assert _gap(team)["on_order"] == 6

        receive = {"lines": [{"position": 1, "quantity": 4, "serials": ["DMPX-1", "DMPX-2"]}]}
        receipt = technician.post(f"/orders/{order['number']}/receipts", receive, expected=201, key="boite-1")
        assert technician.post(f"/orders/{order['number']}/receipts", receive, expected=201, key="boite-1") == receipt
        tags = receipt["lines"][0]["tags"]
        assert tags == [f"711-00000{n}" for n in (1, 2, 3, 4)]
        assert len(_codes(technician.post("/labels", {"tags": tags, "start_at": 7}))) == 4
        technician.post("/assets/into-service", {"tags": tags})
        assert (_gap(team)["counted"], _gap(team)["on_order"]) == (4, 2)

        ticket = team.post(
            "/tickets",
            {"asset": tags[0], "subject": "Écran noir", "description": "Ne s'allume plus.", "out_of_service": True},
            expected=201,
        )
        assert _gap(team)["counted"] == 3
        assert [row["tag"] for row in technician.get("/assets", q="dmpx-1")["items"]] == [tags[0]]
        technician.post(f"/tickets/{ticket['number']}/close", {"answer": "Pile remplacée.", "returns_to_service": True})
        assert _gap(team)["counted"] == 4

        (envelope,) = team.get("/envelopes", school=SCHOOL)["items"]
        figures = envelope["figures"]
        assert figures["spent_cents"] == 2_520_39 * 4 // 6
        assert figures["committed_cents"] == 2_520_39 - figures["spent_cents"]
        assert sum(figures[f"{name}_cents"] for name in ("free", "reserved", "committed", "spent")) == 5_000_00


def _gap(caller: Caller) -> dict[str, Any]:
    """How the school stands in devices."""
    rules = caller.get(f"/floor/schools/{SCHOOL}")["rules"]
    return next(rule for rule in rules if rule["category"] == "flotte-appareils")


def _tablet(caller: Caller) -> dict[str, Any]:
    """The tablet at 393,00 $ of the starter catalogue (the price that a board paid, `domain.md` 1.5)."""
    found = caller.get("/products", q="tablette", limit=50)["items"]
    return next(row for row in found if row["prices"][0]["before_tax_cents"] == 393_00)


def _codes(sheet: bytes) -> list[str]:
    """What a scanner reads on the printed sheet."""
    pages = pypdfium2.PdfDocument(sheet)
    return [code.text for page in pages for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())]
