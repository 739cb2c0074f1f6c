"""Lists load, load again, load on top of another year's; refused lines leave what they are about alone."""

from datetime import date

import pytest

from kit.database import fetch_one, fetch_value
from kit.encodings import Unreadable
from tests.directory.imports.lists import board, building, headcount, load, load_text, school
from tests.directory.imports.network import MANY, boards, checksums, counts, events, open_links, row

pytestmark = pytest.mark.usefixtures("db")


async def test_the_boards_list_makes_boards_and_says_it_once() -> None:
    first = await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))
    again = await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))
    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (0, 0, 2, 0))
    assert (await row("991000", "board"))["kind"] == "Anglo"
    assert await events("991000", "board") == {"board.created": 1}


async def test_a_second_run_creates_and_changes_nothing_in_any_order() -> None:
    await boards()
    lists = {"schools": MANY, "buildings": [building(f"9901{n:02}") for n in range(1, 35)], "headcounts": [headcount()]}
    for kind in ("buildings", "schools", "headcounts"):
        await load(kind, *lists[kind])
    before = await checksums()
    for kind in ("schools", "headcounts", "buildings"):
        answer = await load(kind, *lists[kind])
        assert (answer.created, answer.changed, answer.closed, answer.refused) == (0, 0, 0, [])
    after = await checksums()
    for table in (
        "board",
        "school",
        "building",
        "school_building",
        "headcount",
        "former_name",
        "event",
        "import_change",
    ):
        assert after[table] == before[table]


async def test_the_list_of_another_year_loads_on_top() -> None:
    """Other columns, other names, other schools, other buildings, another delimiter."""
    await boards()
    await load("schools", *MANY)
    renamed = "CODE_ORGANISME;Nom de l'école;CODE_CSS;NUI;PRIMAIRE;SECONDAIRE;Directrice\n"
    lines = [f"9900{n:02};École {n};990000;9901{n:02};1;0;X" for n in range(4, 31)]
    lines += ["990001;École du Renouveau;990000;990101;1;0;X", "990002;École 2;990000;990199;1;0;X"]
    lines += ["990031;École neuve;990000;990131;1;0;X"]
    answer = await load_text("schools", renamed + "\n".join(lines), as_of=date(2025, 9, 1))
    assert (answer.read, counts(answer)) == (30, (1, 2, 27, 1))
    assert any("Directrice" in note for note in answer.notes)
    one = await row("990001")
    assert (one["name"], one["address_1"], one["preschool"]) == (
        "École du Renouveau",
        "12, rue des Pins, bureau 3",
        True,
    )
    assert (await row("990003"))["closed_on"] == date(2025, 9, 1)
    assert ("990002", "990199") in await open_links()
    assert ("990002", "990102") not in await open_links()
    assert ("990003", "990103") not in await open_links()
    former = await fetch_one("SELECT name, until, board FROM former_name WHERE kind = 'school' AND code = '990001'")
    assert tuple(former or ()) == ("École 1", date(2025, 9, 1), "990000")
    assert (await row("990102", "building"))["closed_on"] == date(2025, 9, 1)
    assert await events("990001") == {"school.created": 1, "link.created": 1, "school.changed": 1}


async def test_a_school_that_comes_back_is_reopened_and_nothing_is_lost() -> None:
    await boards()
    await load("schools", *MANY)
    await load("schools", *MANY[1:], as_of=date(2023, 9, 1))
    assert (await row("990001"))["closed_on"] == date(2023, 9, 1)
    answer = await load("schools", *MANY, as_of=date(2024, 9, 1))
    assert counts(answer) == (0, 1, 29, 0)
    assert (await row("990001"))["closed_on"] is None
    assert ("990001", "990101") in await open_links()
    happened = await events("990001")
    assert (happened["school.closed"], happened["school.reopened"], happened["link.reopened"]) == (1, 1, 1)
    assert await fetch_value("SELECT count(*) FROM school_building WHERE school = '990001'") == 1


async def test_a_line_that_could_be_anybodys_stops_all_closing() -> None:
    await boards()
    await load("schools", *MANY)
    answer = await load("schools", *MANY[1:], school("9.9E+05", "990160"), as_of=date(2023, 9, 1))
    assert (answer.closed, len(answer.refused)) == (0, 1)
    assert any("rien n'est fermé" in note for note in answer.notes)
    assert (await row("990001"))["closed_on"] is None
    assert ("990001", "990101") in await open_links()


async def test_an_unknown_board_refuses_the_line_and_makes_no_board() -> None:
    await boards()
    answer = await load("schools", school(), school("995001", board="995000"))
    assert counts(answer) == (1, 0, 0, 0)
    assert (answer.refused[0].line, answer.refused[0].column, answer.refused[0].value) == (3, "CD_CS", "995000")
    assert await row("995000", "board") is None
    assert await row("995001") is None


async def test_an_unreadable_file_changes_nothing_at_all() -> None:
    await boards()
    await load("schools", *MANY)
    before = await checksums()
    for content in (b"", b"%PDF-1.7", "CD_ORGNS,NOM_OFFCL_ORGNS\n990001,A\n", "Été,1\n".encode("mac-roman")):
        with pytest.raises(Unreadable):
            await load_text("schools", content)
    assert await checksums() == before


async def test_codes_that_a_spreadsheet_made_numbers_come_back() -> None:
    await load_text("boards", "CD_ORGNS;NOM_OFFCL\n990000.0;Essais\n")
    answer = await load_text(
        "schools",
        "CD_ORGNS;NOM_OFFCL;CD_CS;CD_IMM;CD_MUNCP_GDUNO_IMM\n990001.0;A;990000;990101,0;7005\n990002;B;9.9E+05;990102;10043\n",
    )
    assert await open_links() == {("990001", "990101")}
    assert ((await row("990101", "building"))["municipality"], (await row("990001"))["region"]) == ("07005", "01")
    assert [(refusal.line, refusal.column) for refusal in answer.refused] == [(3, "CD_CS")]
