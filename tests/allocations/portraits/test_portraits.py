"""The province reads its money by programme, measure, region and board; a board reads its own line."""

import io
from collections.abc import Sequence

import httpx
import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from allocations.accounts import queries as accounts
from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.measures import operations as measures
from allocations.measures.schemas import MeasureIn, MeasureYearIn
from allocations.portraits import documents, queries
from allocations.portraits.schemas import PortraitLine
from kit.actor import system
from kit.database import execute, transaction
from kit.errors import Forbidden, Invalid, NotFound
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

LAST, THIS = "2025-2026", "2026-2027"


@pytest.fixture
async def network(db: None) -> None:
    """Two boards, two regions, two programmes, two years; some reserved, some recovered, some for training."""
    await make_school()
    await make_school("990002")
    await make_school("991001", board="991000")
    async with transaction(system()):
        await execute("UPDATE school SET region = CASE code WHEN '990002' THEN '16' ELSE '06' END")
    await measures.write_measure(
        system(),
        "EX-FORM",
        MeasureIn(name="Formation", kind="operating", programme="Plan numérique", tax_basis="with_tax"),
    )
    await measures.write_year(system(), "EX-FORM", THIS, MeasureYearIn(total_cents=5_000_00, rest="lost"))
    await make_product()
    for year, cents in ((LAST, 9_000_00), (THIS, 10_000_00)):
        key = await make_envelope(cents=cents, year=year)
    await make_approved(("appareil", 1), envelope=key)
    await make_envelope("990002", 1_000_01)
    await make_envelope("991001", 2_000_00)
    training = await make_envelope("991001", 3_000_00, measure="EX-FORM")
    async with transaction(system()):
        await envelopes.recover(system(), [Move(training, 500_00, "Récupéré")])


def line(lines: Sequence[PortraitLine], level: str, code: str = "") -> PortraitLine:
    (found,) = [one for one in lines if (one.level, one.code) == (level, code)]
    return found


async def test_the_ministry_reads_every_measure_programme_region_and_board(network: None) -> None:
    found = await queries.portrait(await make_actor("ministry"))
    assert (found.years, found.board) == ([LAST, THIS], "")
    assert [(one.level, one.code or one.name) for one in found.measures] == [
        ("measure", "EX-COMBOS"), ("kind", "investment"), ("measure", "EX-FORM"), ("programme", "Plan numérique"),
        ("kind", "operating"), ("total", ""),
    ]  # fmt: skip
    combos = line(found.measures, "measure", "EX-COMBOS").years[1]
    assert (combos.budget_cents, combos.reserved_cents, combos.free_cents) == (13_000_01, 420_07, 12_579_94)
    training = line(found.measures, "measure", "EX-FORM")
    this = training.years[1]
    assert (training.tax_basis, this.announced_cents, this.budget_cents, this.available_cents) == (
        "with_tax", 5_000_00, 3_000_00, 3_000_00,
    )  # fmt: skip
    assert (this.recovered_cents, this.free_cents, this.used_ppm) == (500_00, 2_500_00, 0)
    total = line(found.measures, "total")
    assert (total.tax_basis, total.years[0].budget_cents, total.years[1].budget_cents) == ("mixed", 9_000_00, 16_000_01)
    assert {one.code: one.years[1].budget_cents for one in found.regions} == {
        "06": 15_000_00,
        "16": 1_000_01,
        "": 16_000_01,
    }
    assert {one.code: one.years[1].budget_cents for one in found.boards} == {
        "990000": 11_000_01, "991000": 5_000_00, "": 16_000_01,
    }  # fmt: skip


async def test_it_says_what_the_accounts_say(network: None) -> None:
    ministry = await make_actor("ministry")
    found, counted = await queries.portrait(ministry, [THIS]), await accounts.accounts(ministry, THIS)
    for each in counted.measures:
        (year,) = line(found.measures, "measure", each.measure).years
        assert year.available_cents - year.recovered_cents == each.allocated_cents
        assert (year.spent_cents, year.committed_cents, year.reserved_cents, year.free_cents, year.recovered_cents) == (
            each.spent_cents, each.committed_cents, each.reserved_cents, each.free_cents, each.recovered_cents,
        )  # fmt: skip


async def test_a_board_and_its_auditor_read_their_own_line_and_a_school_none(network: None) -> None:
    for role in ("purchasing", "auditor"):
        who = await make_actor(role, board="991000")
        found = await queries.portrait(who)
        assert (found.board, [one.code for one in found.boards]) == ("991000", ["991000", ""])
        assert line(found.measures, "total").years[0].budget_cents == 5_000_00
        assert all(year.announced_cents is None for one in found.measures for year in one.years)
        with pytest.raises(NotFound):
            await queries.portrait(who, board="990000")
    for school in ("990001", "991001"):
        with pytest.raises(Forbidden):
            await queries.portrait(await make_actor("principal", school=school))
    with pytest.raises(NotFound):
        await queries.portrait(await make_actor("ministry"), board="999999")


async def test_a_wrong_year_is_refused_and_a_year_of_nothing_is_nothing(network: None) -> None:
    ministry = await make_actor("ministry")
    with pytest.raises(Invalid):
        await queries.portrait(ministry, ["2026"])
    with pytest.raises(Invalid):
        await queries.portrait(ministry, [f"20{n}-20{n + 1}" for n in range(10, 21)])
    (year,) = line((await queries.portrait(ministry, ["2011-2012"])).measures, "total").years
    assert (year.budget_cents, year.used_ppm) == (0, None)


async def text_of(*, board: str | None = None) -> str:
    found, *trees = await queries.trees(system(), board=board)
    pages = PdfReader(io.BytesIO(documents.portrait(found, *trees))).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


async def test_the_pdf_is_in_french_and_rounds_large_amounts_to_thousands(network: None) -> None:
    said = await text_of()
    assert "En dollars." in said and "16 000" in said and "13 000" in said
    await make_envelope("990002", 2_000_000_00, measure="EX-FORM")
    said = await text_of()
    assert "En milliers de dollars." in said and "2 016" in said
    assert "Par région" in said and "Par organisme" in said
    assert "Par organisme" not in await text_of(board="991000")


async def test_a_network_without_money_has_its_sentence() -> None:
    assert "Aucune enveloppe" in await text_of()


@pytest.mark.parametrize("by", ["measure", "region", "board"])
async def test_the_tables_are_taken_away_exact_to_the_cent(network: None, client: httpx.AsyncClient, by: str) -> None:
    ministry = await make_actor("ministry")
    headers = {"authorization": f"Bearer {await make_token(ministry.email)}"}
    path = f"/api/v1/accounts/portrait/export?by={by}&year={LAST}&year={THIS}"
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    rows = [row.split(";") for row in answer.content.decode("utf-8-sig").splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert "16000,01" in rows[-1] and "Total" in rows[-1]
    book = (await client.get(f"{path}&format=xlsx", headers=headers)).content
    assert 16_000.01 in CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[-1]
    assert (await client.get(f"{path}&format=pdf", headers=headers)).content.startswith(b"%PDF")
    assert (await client.get(f"{path}&format=doc", headers=headers)).status_code == 422
    assert (await client.get("/api/v1/accounts/portrait/export?by=school", headers=headers)).status_code == 422


async def test_over_http_the_ministry_is_answered_and_others_are_not(network: None, client: httpx.AsyncClient) -> None:
    path = "/api/v1/accounts/portrait"
    assert (await client.get(path)).status_code == 401
    principal, ministry = await make_actor("principal", school="990001"), await make_actor("ministry")
    for who, status in ((principal, 403), (ministry, 200)):
        answer = await client.get(path, headers={"authorization": f"Bearer {await make_token(who.email)}"})
        assert answer.status_code == status
    assert answer.json()["years"] == [LAST, THIS]
