"""Lists load, load again, load on top of another year's; are staged, applied, found stale, taken back. Nothing is deleted."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from directory.imports import operations, queries
from directory.imports.rules import BatchClosed, NoSuchBatch, NotTheLast, OlderList, StaleBatch
from kit.actor import Actor, Scope, system
from kit.clock import today
from kit.database import fetch, fetch_one, fetch_value
from kit.encodings import Unreadable
from kit.errors import Forbidden
from tests.directory.imports.lists import (
    board,
    building,
    headcount,
    listed,
    load,
    load_text,
    school,
    source,
)
from tests.factories import make_actor

pytestmark = pytest.mark.usefixtures("db")

TABLES = (
    "board", "school", "building", "school_building", "headcount", "former_name", "import_batch", "import_change",
    "event", "number_series",
)  # fmt: skip


async def checksums() -> dict[str, str]:
    """What every table says, to the row."""
    return {
        table: await fetch_value(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
        for table in TABLES
    }


async def row(code: str, table: str = "school") -> Any:
    return await fetch_one(f"SELECT * FROM {table} WHERE code = $1", code)


async def open_links() -> set[tuple[str, str]]:
    rows = await fetch("SELECT school, building FROM school_building WHERE closed_on IS NULL")
    return {(found["school"], found["building"]) for found in rows}


async def events(subject: str, kind: str = "school") -> list[str]:
    rows = await fetch("SELECT what FROM event WHERE subject_kind = $1 AND subject = $2 ORDER BY id", kind, subject)
    return [found["what"] for found in rows]


def counts(answer: Any) -> tuple[int, int, int, int]:
    return answer.created, answer.changed, answer.unchanged, answer.closed


MANY = [school(f"9900{n:02}", f"9901{n:02}", name=f"École {n}") for n in range(1, 31)]


async def boards() -> None:
    await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))


async def test_the_boards_list_makes_boards_and_says_it_once() -> None:
    first = await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))
    again = await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))
    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (0, 0, 2, 0))
    assert (await row("991000", "board"))["kind"] == "Anglo"
    assert await events("991000", "board") == ["board.created"]


async def test_a_school_has_levels_buildings_addresses_coordinates_and_region() -> None:
    await boards()
    answer = await load("schools", school(levels="PRIM"), school(building="990102", levels="SEC", town="99005"))
    assert (answer.read, counts(answer)) == (2, (1, 0, 0, 0))
    made = await row("990001")
    assert (made["name"], made["board"], made["address_1"]) == (
        "École de l'Érable",
        "990000",
        "12, rue des Pins, bureau 3",
    )
    assert [made[level] for level in ("preschool", "primary", "secondary", "vocational", "adult")] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert (made["region"], made["listed_on"]) == ("01", date(2022, 12, 5))
    place = await row("990102", "building")
    assert (place["region"], place["longitude"], place["described_by"]) == ("10", -68.5, "schools")
    assert await open_links() == {("990001", "990101"), ("990001", "990102")}
    assert await events("990001") == ["school.created", "link.created", "link.created"]


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


@pytest.mark.parametrize("order", [("schools", "buildings"), ("buildings", "schools")])
async def test_schools_and_buildings_load_in_any_order(order: tuple[str, str]) -> None:
    """The buildings list describes; the schools list adds what it needs; a school follows its building's region."""
    await boards()
    lists: dict[str, list[Any]] = {
        "schools": [school(town="10043"), school("990002", "990109", town="66023")],
        "buildings": [building(name="Le Grand Érable", town="66023"), building("990108")],
    }
    for kind in order:
        assert (await load(kind, *lists[kind])).refused == []
    assert (await row("990101", "building"))["name"] == "Le Grand Érable"
    assert (await row("990101", "building"))["described_by"] == "buildings"
    assert (await row("990001"))["region"] == "06"
    assert (await row("990109", "building"))["closed_on"] is None
    assert await open_links() == {("990001", "990101"), ("990002", "990109")}
    for kind in order:
        assert (await load(kind, *lists[kind])).changed == 0


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
    assert await events("990001") == ["school.created", "link.created", "school.changed"]


async def test_a_school_that_comes_back_is_reopened_and_nothing_is_lost() -> None:
    await boards()
    await load("schools", *MANY)
    await load("schools", *MANY[1:], as_of=date(2023, 9, 1))
    assert (await row("990001"))["closed_on"] == date(2023, 9, 1)
    answer = await load("schools", *MANY, as_of=date(2024, 9, 1))
    assert counts(answer) == (0, 1, 29, 0)
    assert (await row("990001"))["closed_on"] is None
    assert ("990001", "990101") in await open_links()
    assert (await events("990001"))[-2:] == ["school.reopened", "link.reopened"]
    assert await fetch_value("SELECT count(*) FROM school_building WHERE school = '990001'") == 1


async def test_without_accept_a_list_waits_and_accept_applies_it_with_the_same_counts() -> None:
    await boards()
    staged = await load("schools", *MANY, accept=False)
    assert (staged.state, await fetch_value("SELECT count(*) FROM school")) == ("staged", 0)
    assert staged.batch is not None
    applied = await operations.accept(system(), staged.batch)
    assert (applied.state, applied.batch, counts(applied), applied.read) == (
        "applied",
        staged.batch,
        counts(staged),
        30,
    )
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 30
    with pytest.raises(BatchClosed):
        await operations.accept(system(), staged.batch)


async def test_a_batch_is_stale_once_the_network_has_moved() -> None:
    await boards()
    first = await load("schools", *MANY, accept=False)
    second = await load("schools", *MANY[1:], accept=False)
    await operations.accept(system(), second.batch or 0)
    before = await fetch_value("SELECT count(*) FROM school")
    for _again in range(2):
        with pytest.raises(StaleBatch):
            await operations.accept(system(), first.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school") == before
    assert (await queries.one(system(), first.batch or 0)).state == "stale"


async def test_an_import_that_changes_nothing_makes_no_batch_stale() -> None:
    await boards()
    await load("schools", *MANY)
    staged = await load("schools", *MANY[:-1], accept=False, as_of=date(2023, 1, 1))
    await load("schools", *MANY)
    await load("headcounts", headcount())
    assert (await operations.accept(system(), staged.batch or 0)).closed == 1


async def test_an_unknown_batch_is_not_found() -> None:
    with pytest.raises(NoSuchBatch):
        await operations.accept(system(), 4_000)


async def test_a_dry_run_writes_nothing_and_counts_the_same() -> None:
    await boards()
    await load("schools", *MANY[:20])
    before = await checksums()
    tried = await load("schools", *MANY[5:], dry_run=True, as_of=date(2023, 9, 1))
    assert await checksums() == before
    assert (tried.state, tried.batch, counts(tried)) == ("dry_run", None, (10, 0, 15, 5))
    staged = await load("schools", *MANY[5:], accept=False, as_of=date(2023, 9, 1))
    assert counts(staged) == counts(tried)


async def test_over_a_tenth_closing_waits_for_a_person_even_with_accept() -> None:
    await boards()
    await load("schools", *MANY)
    answer = await load("schools", *MANY[4:], as_of=date(2023, 9, 1))
    assert (answer.state, answer.closed) == ("staged", 4)
    assert any("10\u00a0%" in note for note in answer.notes)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 30
    await operations.accept(system(), answer.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 26


async def test_a_partial_list_closes_nothing_and_takes_nothing_away() -> None:
    await boards()
    await load("schools", *MANY, school("990001", "990150", levels="SEC"))
    answer = await load(
        "schools", school("990001", "990151", name="École 1", levels="PRIM"), accept=False, partial=True
    )
    assert (answer.state, counts(answer)) == ("applied", (0, 1, 0, 0))
    one = await row("990001")
    assert (one["primary"], one["secondary"], one["preschool"]) == (True, True, True)
    assert {place for code, place in await open_links() if code == "990001"} == {"990101", "990150", "990151"}


async def test_an_older_list_over_a_newer_is_refused() -> None:
    await boards()
    await load("schools", *MANY, as_of=date(2024, 9, 1))
    before = await checksums()
    with pytest.raises(OlderList) as refused:
        await load("schools", *MANY)
    assert "2024-09-01" in refused.value.detail
    assert await checksums() == before
    assert (await load("buildings", building(day="20200101"))).state == "applied"  # another list has a date of its own


@time_machine.travel("2026-11-24T15:00:00Z", tick=False)
async def test_a_list_is_dated_by_the_option_else_itself_else_today() -> None:
    assert (await load("boards", board())).listed_on == date(2026, 11, 24)
    assert (await load("schools", school())).listed_on == date(2022, 12, 5)
    assert (await load("schools", school(), as_of=date(2023, 1, 1))).listed_on == date(2023, 1, 1)


async def test_a_refused_line_neither_changes_nor_closes_its_school_nor_takes_its_building() -> None:
    await boards()
    await load("schools", *MANY, school("990001", "990150"))
    answer = await load(
        "schools", *MANY[2:], school("990001", name="Renommée", SEC="peut-être"), school("990001", "990177"),
        as_of=date(2023, 9, 1),
    )  # fmt: skip
    assert [(refusal.line, refusal.column, refusal.value) for refusal in answer.refused] == [(30, "SEC", "peut-être")]
    assert (answer.state, answer.closed) == ("applied", 1)
    one = await row("990001")
    assert (one["name"], one["closed_on"]) == ("École 1", None)
    assert {place for code, place in await open_links() if code == "990001"} == {"990101", "990150"}
    assert await row("990177", "building") is None
    assert (await row("990002"))["closed_on"] == date(2023, 9, 1)


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


async def test_a_schools_list_never_changes_a_building_that_a_buildings_list_described() -> None:
    await boards()
    await load("buildings", building(name="Le Grand Érable"))
    await load("schools", school(NOM_IMM="Érable", town="66023"))
    place = await row("990101", "building")
    assert (place["name"], place["municipality"], place["version"]) == ("Le Grand Érable", "10043", 1)


async def test_a_schools_list_changes_a_building_that_only_it_described() -> None:
    await boards()
    await load("schools", school())
    await load("schools", school(NOM_IMM="Nouveau nom"), as_of=date(2023, 9, 1))
    assert (await row("990101", "building"))["name"] == "Nouveau nom"
    assert await fetch_value("SELECT name FROM former_name WHERE kind = 'building'") == "Pavillon 990101"


async def test_a_building_closes_with_its_list_unless_a_school_is_in_it() -> None:
    await boards()
    await load("schools", school())
    await load("buildings", building(), *(building(f"9902{n:02}") for n in range(30)))
    answer = await load("buildings", *(building(f"9902{n:02}") for n in range(1, 30)), as_of=date(2023, 9, 1))
    assert answer.closed == 1
    assert (await row("990101", "building"))["closed_on"] is None
    assert (await row("990200", "building"))["closed_on"] == date(2023, 9, 1)
    assert any("1 immeuble" in note for note in answer.notes)
    back = await load("schools", school(), school("990002", "990200"), as_of=date(2023, 9, 1))
    assert back.created == 1
    assert (await row("990200", "building"))["closed_on"] is None


async def test_the_region_is_that_of_the_buildings_and_of_the_exception_never_of_the_board() -> None:
    await boards()
    kawawa = school("990003", "990103", town="99065")
    await load(
        "schools", school(town="66023"), school("990002", "990102", town="99005"), kawawa,
        school("990004", "990104", town="24000"), school("990005", "", CD_MUNCP_GDUNO_ORGNS="65005"),
    )  # fmt: skip
    regions = {found["code"]: found["region"] for found in await fetch("SELECT code, region FROM school")}
    assert regions == {"990001": "06", "990002": "10", "990003": "09", "990004": None, "990005": "13"}


async def test_buildings_in_several_regions_give_that_of_the_own_address_else_of_most() -> None:
    await boards()
    far = [school("990001", f"99011{n}", town="66023", CD_MUNCP_GDUNO_ORGNS="10043") for n in range(3)]
    near = school("990001", "990120", town="10043")
    elsewhere = [school("990002", f"99013{n}", town="65005", CD_MUNCP_GDUNO_ORGNS="10043") for n in range(2)]
    await load(
        "schools", *far, near, *elsewhere, school("990002", "990140", town="66023", CD_MUNCP_GDUNO_ORGNS="10043")
    )
    assert ((await row("990001"))["region"], (await row("990002"))["region"]) == ("01", "13")


async def test_an_unknown_municipality_is_said() -> None:
    await boards()
    answer = await load("buildings", building(town="24000"))
    assert any("24000" in note for note in answer.notes)
    assert (await row("990101", "building"))["region"] is None


async def test_codes_that_a_spreadsheet_made_numbers_come_back() -> None:
    await load_text("boards", "CD_ORGNS;NOM_OFFCL\n990000.0;Essais\n")
    answer = await load_text(
        "schools",
        "CD_ORGNS;NOM_OFFCL;CD_CS;CD_IMM;CD_MUNCP_GDUNO_IMM\n990001.0;A;990000;990101,0;7005\n990002;B;9.9E+05;990102;10043\n",
    )
    assert await open_links() == {("990001", "990101")}
    assert ((await row("990101", "building"))["municipality"], (await row("990001"))["region"]) == ("07005", "01")
    assert [(refusal.line, refusal.column) for refusal in answer.refused] == [(3, "CD_CS")]


async def test_headcounts_are_kept_by_year_and_level_and_missing_is_not_zero() -> None:
    await boards()
    await load("schools", *MANY)
    lines = [headcount(), headcount("990002", "1,000"), headcount("990003", "", IMSE="SP"), headcount("990999")]
    answer = await load("headcounts", *lines, accept=False)
    assert (answer.state, answer.read, counts(answer), len(answer.refused)) == ("applied", 4, (3, 0, 0, 0), 1)
    rows = await fetch("SELECT school, level, counted_on, pupils, imse, board FROM headcount ORDER BY school")
    assert [tuple(found) for found in rows] == [
        ("990001", "primary", date(2025, 9, 30), 105, 10.4, "990000"),
        ("990002", "primary", date(2025, 9, 30), 1000, 10.4, "990000"),
        ("990003", "primary", date(2025, 9, 30), None, None, "990000"),
    ]
    again = await load("headcounts", headcount(pupils="110"), headcount(year="2024-2025"))
    assert counts(again) == (1, 1, 0, 0)
    assert (await events("990001"))[-3:] == ["headcount.created", "headcount.changed", "headcount.created"] or (
        sorted((await events("990001"))[-2:]) == ["headcount.changed", "headcount.created"]
    )


async def test_a_figure_without_a_column_stays_as_it_was() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    content = "Code_Org,Nbre_Eleves,Annee_Scol\n990001,110,2025-2026\n"
    await operations.import_list(system(), "headcounts", [source(content, "effectifs_primaire.csv")])
    assert tuple(await fetch_one("SELECT pupils, imse_rank FROM headcount") or ()) == (110, 9)


async def test_a_batch_taken_back_leaves_everything_as_before_and_closes_what_it_made() -> None:
    await boards()
    await load("schools", *MANY)
    before = await fetch("SELECT code, name, region, closed_on, listed_on FROM school ORDER BY code")
    links = await open_links()
    changed = [school("990002", "990199", name="Renommée"), *MANY[2:], school("990040", "990140")]
    answer = await load("schools", *changed, as_of=date(2023, 9, 1))
    assert (answer.state, counts(answer)) == ("applied", (1, 1, 28, 1))
    undone = await operations.undo(system(), answer.batch or 0)
    assert undone.state == "undone"
    assert (
        await fetch("SELECT code, name, region, closed_on, listed_on FROM school WHERE code <> '990040' ORDER BY code")
        == before
    )
    assert await open_links() == links
    assert (await row("990040"))["closed_on"] == today()
    assert (await row("990199", "building"))["closed_on"] == today()
    with pytest.raises(BatchClosed):
        await operations.undo(system(), answer.batch or 0)
    assert counts(await load("schools", *changed, as_of=date(2023, 9, 1))) == (0, 2, 28, 1)


async def test_only_the_last_batch_can_be_taken_back() -> None:
    await boards()
    first = await load("schools", *MANY)
    second = await load("buildings", building())
    with pytest.raises(NotTheLast) as refused:
        await operations.undo(system(), first.batch or 0)
    assert refused.value.later == second.batch
    await operations.undo(system(), second.batch or 0)
    await operations.undo(system(), first.batch or 0)
    assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 0


async def test_headcounts_taken_back_lose_their_figures_only() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    answer = await load("headcounts", headcount(pupils="110"), headcount(year="2024-2025"))
    await operations.undo(system(), answer.batch or 0)
    rows = await fetch("SELECT year, pupils, imse FROM headcount ORDER BY year")
    assert [tuple(found) for found in rows] == [("2024-2025", None, None), ("2025-2026", 105, 10.4)]


async def test_a_school_that_changes_boards_takes_its_links_and_headcounts_along() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    await load("schools", school(board="991000"), as_of=date(2023, 9, 1))
    assert (await row("990001"))["board"] == "991000"
    assert await fetch_value("SELECT board FROM school_building") == "991000"
    assert await fetch_value("SELECT board FROM headcount") == "991000"


async def test_the_ministry_may_import_and_nobody_else() -> None:
    await boards()
    ministry = await make_actor("ministry")
    assert (await operations.import_list(ministry, "schools", [listed("schools", school())], accept=True)).created == 1
    assert await fetch_value("SELECT actor_name FROM event WHERE what = 'school.created'") == ministry.name
    for role, board_code, code in (("board_admin", "990000", None), ("principal", None, "990001")):
        who = await make_actor(role, board=board_code, school=code)
        with pytest.raises(Forbidden):
            await operations.import_list(who, "schools", [listed("schools", school())])
        with pytest.raises(Forbidden):
            await queries.batches(who, limit=10)
    with pytest.raises(Forbidden):
        await operations.accept(Actor(scope=Scope.board, name="essai", board="990000"), 1)


async def test_every_change_has_its_event_with_before_after_and_why() -> None:
    await boards()
    answer = await load("schools", school())
    await load("schools", school(name="Nouveau nom", SITE_WEB_ORGNS="www.exemple.ca"), as_of=date(2023, 9, 1))
    changed = await fetch_one("SELECT * FROM event WHERE what = 'school.changed'")
    assert changed is not None
    assert (changed["board"], changed["school"], changed["actor"]) == ("990000", "990001", "system")
    assert '"name": "École de l\'Érable"' in changed["before"]
    assert '"website": "www.exemple.ca"' in changed["after"]
    assert "address_1" not in changed["after"]
    assert "2023-09-01" in changed["why"]
    made = await fetch_value("SELECT count(*) FROM event WHERE why LIKE $1", f"%lot {answer.batch}")
    assert made == await fetch_value(
        "SELECT count(*) FROM import_change c JOIN import_batch b ON b.id = c.batch WHERE b.number = $1", answer.batch
    )


async def test_a_batch_shows_what_it_changes_page_by_page() -> None:
    await boards()
    answer = await load("schools", *MANY, accept=False)
    seen, after = [], None
    while True:
        found = await queries.changes(system(), answer.batch or 0, limit=25, after=after)
        seen += [(change.record, change.key, change.action) for change in found.items]
        if (after := found.next) is None:
            break
    assert len(seen) == len(set(seen)) == 90
    assert seen == sorted(seen)
    listed_batches = await queries.batches(system(), limit=1)
    assert listed_batches.items[0].number == answer.batch
    assert listed_batches.next is not None


async def test_a_list_in_the_future_of_todays_is_taken_as_dated() -> None:
    await boards()
    ahead = today() + timedelta(days=30)
    assert (await load("schools", school(), as_of=ahead)).listed_on == ahead
