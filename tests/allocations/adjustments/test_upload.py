import io
from pathlib import Path

import pytest

from allocations.adjustments import queries, releasing
from allocations.adjustments.operations import upload
from allocations.adjustments.rules import NoColumn, NoSuchUpload
from allocations.adjustments.schemas import UploadAnswer
from allocations.envelopes import operations as envelopes
from allocations.envelopes import queries as envelope_queries
from allocations.envelopes.rules import Figures, Move
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value
from kit.errors import Forbidden, Invalid, NotFound
from kit.exports import xlsx_file
from tests.factories import give_role, make_actor, make_envelope, make_person, make_school

pytestmark = pytest.mark.usefixtures("db")
YEAR = "2026-2027"


async def send(
    text: str, *, who: Actor | None = None, dry_run: bool = False, codes: dict[str, str] | None = None
) -> UploadAnswer:
    return await upload(
        who or system(), "EX-COMBOS", YEAR, io.BytesIO(text.encode()), "ajustements.csv", reason="Décision du comité",
        codes=codes, dry_run=dry_run,
    )  # fmt: skip


async def schools() -> None:
    """Two schools with an envelope of 1 000 $, the second of which has used 700 $; one without; one of another board."""
    for code in ("990001", "990002", "990003"):
        await make_school(code)
    await make_school("991001", board="991000")
    await make_envelope("990001", 1_000_00)
    used = await make_envelope("990002", 1_000_00)
    await envelopes.reserve(system(), [Move(used, 700_00, "Panier")])
    await make_envelope("991001", 1_000_00)


async def figures(school: str) -> Figures:
    return (await envelope_queries.of_measure(system(), school, "EX-COMBOS", YEAR)).figures


async def test_each_line_is_asked_applied_and_answered() -> None:
    await schools()
    done = await send(
        "Code;Changement;Montant\n990001;250,50;\n990002;-500;\n990003;;2 000,00\n990009;10;\n990001;1;2\n990001;;\n990001;0;\nX;Y;\n"
    )
    assert [(line.outcome, line.status, line.asked_cents, line.applied_cents) for line in done.results] == [
        ("applied", 200, 250_50, 250_50), ("partial", 200, -500_00, -300_00), ("applied", 200, 2_000_00, 2_000_00),
        ("unknown", 404, None, 0), ("refused", 422, None, 0), ("refused", 422, None, 0), ("unchanged", 200, 0, 0),
        ("refused", 422, None, 0),
    ]  # fmt: skip
    assert (done.lines, done.applied, done.partial, done.unchanged, done.unknown, done.refused) == (8, 2, 1, 1, 1, 3)
    assert done.results[1].sentence.replace("\u00a0", " ").replace("\u2212", "-") == (
        "-300,00 $ appliqué sur -500,00 $ : 700,00 $ sont déjà réservés, engagés ou dépensés."
    )
    assert await figures("990001") == Figures(1_250_50)
    assert await figures("990002") == Figures(700_00, 700_00)
    assert await figures("990003") == Figures(2_000_00)
    rows = await fetch("SELECT kind, allocated_cents, reason FROM ledger_entry WHERE about_kind = 'upload' ORDER BY id")
    assert [(row["kind"], row["allocated_cents"]) for row in rows] == [
        ("adjustment", 250_50), ("adjustment", -300_00), ("adjustment", 2_000_00),
    ]  # fmt: skip
    assert "Décision du comité" in rows[0]["reason"]
    assert done.results[0].raw == "990001\n250,50\n"


async def test_a_second_run_of_the_same_file_changes_nothing() -> None:
    await schools()
    first = await send("Code,Changement\n990001,100\n")
    again = await send("Code,Changement\n990001,100\n")
    assert (again.repeated, again.number, again.results) == (True, first.number, first.results)
    assert await figures("990001") == Figures(1_100_00)
    assert not (await send("Code,Changement\n990001,101\n")).repeated


async def test_a_rehearsal_writes_nothing_and_says_the_same() -> None:
    await schools()
    text = "Code,Changement\n990001,100\n990003,5\n990002,-900\n"
    rehearsed = await send(text, dry_run=True)
    assert await fetch_value("SELECT count(*) FROM adjustment_upload") == 0
    assert await figures("990001") == Figures(1_000_00)
    done = await send(text)
    assert rehearsed.results == done.results and rehearsed.applied_cents == done.applied_cents == -195_00


async def test_two_lines_of_a_school_follow_each_other() -> None:
    await schools()
    done = await send("Code,Changement,Montant\n990002,-250,\n990002,-250,\n990003,10,\n990003,,4\n990003,-9,\n")
    assert [(line.before_cents, line.applied_cents) for line in done.results] == [
        (1_000_00, -250_00), (750_00, -50_00), (0, 10_00), (10_00, -6_00), (4_00, -4_00),
    ]  # fmt: skip
    assert await figures("990002") == Figures(700_00, 700_00)
    assert await figures("990003") == Figures(0)


async def test_a_workbook_is_read_as_well() -> None:
    await schools()
    book = io.BytesIO(xlsx_file(["Code_Org", "Allocation"], [["990001", 1500]]))
    done = await upload(system(), "EX-COMBOS", YEAR, book, "a.xlsx", reason="Essai")
    assert (done.applied, await figures("990001")) == (1, Figures(1_500_00))


async def test_an_officer_changes_their_own_board_and_knows_no_other() -> None:
    await schools()
    officer = await make_actor("purchasing", board="991000")
    done = await send("Code,Changement\n991001,1\n990001,1\n", who=officer)
    assert [line.outcome for line in done.results] == ["applied", "unknown"]
    assert [row.number for row in (await queries.listing(officer)).items] == [done.number]
    other = await make_actor("purchasing", board="990000")
    assert (await queries.listing(other)).items == []
    with pytest.raises(NoSuchUpload):
        await queries.one(other, done.number)
    with pytest.raises(NoSuchUpload):
        await releasing.release(other, done.number)


@pytest.mark.parametrize("role", ["school_team", "principal", "technician", "auditor", "ministry"])
async def test_nobody_else_may_upload(role: str) -> None:
    await schools()
    where = {"school": "990001"} if role in ("school_team", "principal") else {"board": "990000"}
    who = await make_actor(role, **({} if role == "ministry" else where))
    with pytest.raises(Forbidden):
        await send("Code,Changement\n990001,1\n", who=who)
    assert await figures("990001") == Figures(1_000_00)


async def test_what_cannot_be_a_file_of_adjustments_changes_nothing() -> None:
    await schools()
    with pytest.raises(NoColumn, match="Changement"):
        await send("Code,Nom\n990001,A\n")
    with pytest.raises(NotFound, match="15081"):
        await upload(system(), "15081", YEAR, io.BytesIO(b"Code,delta\n1,1\n"), "a.csv", reason="Essai")
    with pytest.raises(Invalid, match="raison"):
        await upload(system(), "EX-COMBOS", YEAR, io.BytesIO(b"Code,delta\n1,1\n"), "a.csv", reason="  ")
    await execute("UPDATE school SET closed_on = '2026-07-01' WHERE code = '990001'")
    assert [line.outcome for line in (await send("Code,delta\n990001,1\n")).results] == ["refused"]


async def test_schools_are_told_when_the_upload_is_released_and_once() -> None:
    await schools()
    email = await make_person()
    await give_role(email, "principal", school="990001")
    done = await send("Code,Changement\n990001,60\n990001,40\n990003,5\n990002,0\n")
    assert (done.state, await fetch_value("SELECT count(*) FROM outbox")) == ("held", 0)

    released = await releasing.release(system(), done.number)

    assert (released.messages, released.nobody_to_tell, released.upload.state) == (1, ["990003"], "released")
    (message,) = await fetch("SELECT recipient, subject, body, board FROM outbox")
    assert (message["recipient"], message["board"]) == (email, "990000")
    assert message["subject"].replace("\u00a0", " ") == "Enveloppe 2026-2027 : +100,00 $"
    assert "1\u00a0100,00\u00a0$" in message["body"]
    assert (await releasing.release(system(), done.number)).messages == 0
    assert await fetch_value("SELECT count(*) FROM outbox") == 1


async def test_a_measure_of_boards_takes_their_codes_and_no_schools() -> None:
    await schools()
    await execute("UPDATE measure SET holder = 'board'")
    done = await send("Organisme,Montant\n990000,500\n990001,500\n")
    assert [(line.outcome, line.board, line.school) for line in done.results] == [
        ("applied", "990000", None), ("unknown", "", None),
    ]  # fmt: skip


# What the uploads of a national programme look like: its codes of schools (one of two columns) stand for ours, its units for dollars.
OURS = {"123456": "990001", "12345678": "990002", "345678": "990003"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("allocation-upload-1", [("applied", 1_00), ("applied", 2_00)]),
        ("allocation-upload-2", [("applied", -990_00), ("partial", -300_00)]),
        ("allocation-upload-3", [("applied", -990_00), ("applied", 2_00)]),
        ("allocation_upload", [("applied", 1_00), ("applied", 2_00), ("applied", 5_00), ("unknown", 0)]),
        ("allocation_upload_with_negative_deltas", [("applied", -999_00), ("applied", -2_00)]),
        ("allocation_upload_with_positive_deltas", [("applied", -999_00), ("applied", 2_00)]),
        ("allocation_upload_with_unknown_schools", [("applied", 1_00), ("unknown", 0)]),
    ],
)
async def test_real_uploads_are_taken_line_by_line(
    shared_data: Path, name: str, expected: list[tuple[str, int]]
) -> None:
    await schools()
    text = (shared_data / "uk-devices" / f"{name}.csv").read_text()
    done = await send(text, codes=OURS)
    assert [(line.outcome, line.applied_cents) for line in done.results] == expected
    assert (await send(text, codes=OURS)).repeated
    kept = (await queries.lines(system(), done.number)).items
    assert [line.raw.split("\n") for line in kept] == [line.split(",") for line in text.splitlines()[1:]]
