"""The accounts of a year add up, are read by whom they concern, and are signed as they were read."""

import io
from datetime import date
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader

from allocations.accounts import documents, operations, queries, reports
from allocations.accounts.rules import NotSigned, NotSigning
from allocations.accounts.schemas import Amounts, NewTraining
from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.orders import operations as orders
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.years import operations as years
from directory.people.actors import actor_of_person
from kit.actor import Actor, system
from kit.database import execute, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import give_role, make_actor, make_approved, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

YEAR = "2026-2027"


@pytest.fixture
async def envelope(db: None) -> UUID:
    """Three devices ordered and one received of 10 000,00 $; a basket approved; 500,00 $ taken back. Another board has its own."""
    await make_school()
    await make_school("990002")
    await make_school("991001", board="991000")
    await make_product()
    key = await make_envelope(cents=10_000_00)
    await make_envelope("990002", cents=1_000_00)
    await make_envelope("991001", cents=2_000_00)
    buyer, technician = [await make_actor(role, board="990000") for role in ("purchasing", "technician")]
    number = await make_approved(("appareil", 3), envelope=key)
    (order,) = await orders.build(buyer, selections=[number])
    await orders.send(buyer, order.number)
    await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await make_approved(("appareil", 1), envelope=key)
    async with transaction(system()):
        await envelopes.recover(system(), [Move(key, 500_00, "Récupéré")])
    return key


def amounts(line: Amounts) -> dict[str, int]:
    return {name.removesuffix("_cents"): value for name in Amounts.__struct_fields__ if (value := getattr(line, name))}


async def test_a_school_s_accounts_say_what_came_and_what_became_of_it(envelope: UUID) -> None:
    found = await queries.accounts(await make_actor("principal", school="990001"), YEAR)
    assert (found.school, found.name, found.state) == ("990001", "École 990001", "open")
    (line,) = found.lines
    assert amounts(line) == {
        "given": 10_000_00, "recovered": 500_00, "allocated": 9_500_00, "reserved": 420_07, "committed": 840_13,
        "spent": 420_06, "uninvoiced": 420_06, "free": 7_819_74, "unspent": 9_079_94,
    }  # fmt: skip
    assert [(each.category, each.ordered, each.received) for each in found.quantities] == [("flotte-appareils", 3, 1)]
    assert amounts(found.measures[0]) == amounts(line)


async def test_a_board_reads_its_schools_and_the_province_its_boards(envelope: UUID) -> None:
    board = await queries.accounts(await make_actor("purchasing", board="990000"), YEAR)
    assert [(line.school, line.allocated_cents) for line in board.lines] == [("990001", 9_500_00), ("990002", 1_000_00)]
    assert board.measures[0].allocated_cents == 10_500_00
    province = await queries.accounts(await make_actor("ministry"), YEAR)
    assert [(line.board, line.school, line.allocated_cents) for line in province.lines] == [
        ("990000", "", 10_500_00),
        ("991000", "", 2_000_00),
    ]


async def test_a_principal_of_two_schools_reads_a_line_each_not_the_board_s(envelope: UUID) -> None:
    await make_envelope(await make_school("990003"), 9_000_00)
    principal = await make_actor("principal", school="990001")
    await give_role(principal.email, "principal", school="990002")

    found = await queries.accounts(await actor_of_person(principal.email), YEAR)

    assert (found.name, [line.school for line in found.lines]) == ("Vos écoles", ["990001", "990002"])


async def test_nobody_reads_a_neighbour_s(envelope: UUID) -> None:
    stranger = await make_actor("purchasing", board="991000")
    assert {line.board for line in (await queries.accounts(stranger, YEAR)).lines} == {"991000"}
    for place in ({"board": "990000"}, {"school": "990001"}, {"board": "991000", "school": "990001"}):
        with pytest.raises(NotFound):
            await queries.accounts(stranger, YEAR, **place)
    with pytest.raises(NotFound):
        await queries.accounts(await make_actor("principal", school="990002"), YEAR, school="990001")
    with pytest.raises(Invalid):
        await queries.accounts(stranger, "2026-2028")


async def signers() -> tuple[Actor, Actor, Actor]:
    return (
        await make_actor("principal", school="990001"),
        await make_actor("purchasing", board="990000"),
        await make_actor("ministry"),
    )


async def test_each_signs_in_turn_what_was_read_and_a_later_change_shows(envelope: UUID) -> None:
    principal, buyer, ministry = await signers()
    school = await queries.accounts(principal, YEAR)
    board = await queries.accounts(buyer, YEAR)
    with pytest.raises(NotSigning):
        await operations.attest(principal, YEAR, "990001", digest=school.digest)
    await years.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    with pytest.raises(Stale, match="Rien n'a été signé"):
        await operations.attest(principal, YEAR, "990001", digest="0" * 64)
    attested = await operations.attest(principal, YEAR, "990001", digest=school.digest)
    assert [(each.step, each.person_name) for each in attested.signatures] == [("attest", principal.name)]
    with pytest.raises(NotSigned):
        await operations.receive(ministry, YEAR, "990000", digest=board.digest)
    for _press in range(2):
        signed = await operations.sign(buyer, YEAR, "990000", digest=board.digest)
    assert (signed.schools_attested, signed.schools) == (1, 2)
    received = await operations.receive(ministry, YEAR, "990000", digest=board.digest)
    assert [(each.step, each.differences) for each in received.signatures] == [("sign", []), ("receive", [])]

    async with transaction(system()):
        await envelopes.recover(system(), [Move(envelope, 100_00, "Récupéré encore")])
    (mark,) = (await queries.accounts(principal, YEAR)).signatures
    assert {(each.figure, each.now_cents - each.signed_cents) for each in mark.differences} == {
        ("recovered_cents", 100_00),
        ("allocated_cents", -100_00),
        ("free_cents", -100_00),
        ("unspent_cents", -100_00),
    }


async def test_only_the_right_person_signs(envelope: UUID) -> None:
    principal, buyer, ministry = await signers()
    await years.begin_closing(system(), YEAR, reason="Fin de l'exercice")
    digest = (await queries.accounts(buyer, YEAR)).digest
    for who in (principal, ministry, system(), await make_actor("auditor", board="990000")):
        with pytest.raises(Forbidden):
            await operations.sign(who, YEAR, "990000", digest=digest)
    with pytest.raises(NotFound):
        await operations.sign(await make_actor("purchasing", board="991000"), YEAR, "990000", digest=digest)
    with pytest.raises(Forbidden):
        await operations.attest(buyer, YEAR, "990001", digest=digest)
    with pytest.raises(Forbidden):
        await operations.attest(system(), YEAR, "990001", digest=digest)


async def test_trainings_done_are_counted_without_names(envelope: UUID) -> None:
    principal = await make_actor("principal", school="990001")
    async with transaction(system()):
        await execute(
            "INSERT INTO training (code, category, kind, name) VALUES ('auto-essai', 'flotte-appareils', 'self_training', 'Essai')"
        )
    done = NewTraining(school="990001", training="auto-essai", held_on=date(2026, 10, 2), persons=7)
    assert (await operations.record_training(principal, done)).year == YEAR
    (line,) = (await queries.accounts(principal, YEAR)).trainings
    assert (line.training, line.ordered, line.persons) == ("auto-essai", 0, 7)
    with pytest.raises(Invalid, match="Aucune formation"):
        await operations.record_training(
            principal, NewTraining(school="990001", training="absente", held_on=date(2026, 10, 2), persons=7)
        )
    with pytest.raises(Forbidden):
        await operations.record_training(await make_actor("principal", school="990002"), done)


async def test_the_pdf_is_in_french_and_says_the_same(envelope: UUID) -> None:
    found = await queries.accounts(await make_actor("purchasing", board="990000"), YEAR)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(documents.accounts(found))).pages)
    for said in (
        "Comptes de l'exercice 2026-2027",
        "10\u00a0500,00\u00a0$",
        "École 990002 (990002)",
        "Aucune signature.",
    ):
        assert said.replace("\u00a0", " ") in text.replace("\u00a0", " "), text


async def test_by_the_api_strangers_get_nothing_and_files_hold_the_lines(
    client: httpx.AsyncClient, envelope: UUID
) -> None:
    path = f"/api/v1/accounts/{YEAR}"
    assert (await client.get(path)).status_code == 401
    buyer = await make_actor("purchasing", board="990000")
    headers = {"authorization": f"Bearer {await make_token(buyer.email)}"}
    assert (await client.get(f"{path}?board=991000", headers=headers)).status_code == 404
    assert (await client.get(path, headers=headers)).json()["measures"][0]["allocated_cents"] == 10_500_00
    taken = await client.get(f"{path}/export", headers=headers)
    assert "990001;École 990001;EX-COMBOS" in taken.content.decode("utf-8-sig") and "9500,00" in taken.text
    for kind, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        assert (await client.get(f"{path}/export?format={kind}", headers=headers)).content.startswith(start)
    assert (await client.get(f"{path}/export?format=doc", headers=headers)).status_code == 422


async def test_a_corrected_report_is_joined_while_a_year_is_open_for_its_accounts_and_signed_again(
    client: httpx.AsyncClient, envelope: UUID
) -> None:
    principal, buyer, ministry = await signers()
    text = ("rapport-corrige.txt", "Trois robots de plus, reçus en mai.".encode())
    with pytest.raises(NotSigning):
        await reports.attach(buyer, YEAR, *text, board="990000")
    await years.close(system(), YEAR, reason="Comptes reçus", anyway=True)
    with pytest.raises(NotSigning):
        await reports.attach(buyer, YEAR, *text, board="990000")
    await years.report(system(), YEAR, reason="Une correction")
    before = await queries.accounts(buyer, YEAR)
    await operations.sign(buyer, YEAR, "990000", digest=before.digest)
    await operations.receive(ministry, YEAR, "990000", digest=before.digest)

    kept = [await reports.attach(buyer, YEAR, *text, board="990000") for _twice in range(2)]
    assert kept[0] == kept[1] and kept[0].name == text[0]
    found = await queries.accounts(buyer, YEAR)
    assert found.digest != before.digest and [one.name for one in found.reports] == [text[0]]
    assert [(one.step, one.differences, one.reports_since) for one in found.signatures] == [
        ("sign", [], [text[0]]), ("receive", [], [text[0]]),
    ]  # fmt: skip
    with pytest.raises(Stale):
        await operations.sign(buyer, YEAR, "990000", digest=before.digest)
    with pytest.raises(NotSigned):
        await operations.receive(ministry, YEAR, "990000", digest=found.digest)
    signed = await operations.sign(buyer, YEAR, "990000", digest=found.digest)
    assert [(one.step, one.reports_since) for one in signed.signatures] == [("sign", []), ("receive", [text[0]])]
    pages = PdfReader(io.BytesIO(documents.accounts(found))).pages
    assert text[0] in "\n".join(page.extract_text() for page in pages)

    for who in (principal, ministry, await make_actor("auditor", board="990000")):
        with pytest.raises(Forbidden):
            await reports.attach(who, YEAR, *text, board="990000")
    stranger = await make_actor("purchasing", board="991000")
    with pytest.raises(NotFound):
        await reports.one(stranger, YEAR, kept[0].id, board="990000")
    with pytest.raises(NotFound):
        await reports.one(principal, YEAR, kept[0].id, school="990001")
    path = f"/api/v1/accounts/{YEAR}/schools/990001/reports"
    assert (await client.post(path, files={"file": text})).status_code == 401
    headers = {"authorization": f"Bearer {await make_token(principal.email)}"}
    made = await client.post(path, files={"file": text}, headers=headers)
    assert made.status_code == 201
    taken = await client.get(f"{path}/{made.json()['id']}", headers=headers)
    assert taken.content == text[1] and "rapport-corrige.txt" in taken.headers["content-disposition"]
