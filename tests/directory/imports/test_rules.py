"""Lines become organisations, buildings and links; whatever cannot be is refused, and shields what it may be about."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.boards import rules as boards
from directory.buildings import rules as buildings
from directory.headcounts import rules as headcounts
from directory.headcounts.rules import Known
from directory.imports.rules import KINDS, Reading, levels_in, list_kind, open_list, too_many_closed
from directory.schools import rules as schools
from kit.encodings import Unreadable
from kit.tabular import MissingColumns, heading_key
from tests.directory.imports.lists import board, building, headcount, listed, school, source, text

BOARDS = {"990000", "991000"}


def opened(kind: str, *lines: object) -> Reading:
    return open_list(kind, [listed(kind, *lines)])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_stands_for_two_columns_of_a_list(kind: str) -> None:
    described = list_kind(kind)
    columns = [{heading_key(alias) for alias in column.aliases} for column in described.columns]
    assert sum(map(len, columns)) == len(set[str]().union(*columns))
    assert not {heading_key(heading) for heading in described.refused_with} & set[str]().union(*columns)


def test_levels_are_those_of_all_lines_together() -> None:
    reading = opened("schools", school(levels="PRESC PRIM"), school(building="990102", levels="SEC"), school("990002"))
    found = schools.merge(reading, boards=BOARDS)
    one = found.schools["990001"]
    assert (one.preschool, one.primary, one.secondary, one.vocational, one.adult) == (True, True, True, False, False)
    assert found.links == [("990001", "990101"), ("990001", "990102"), ("990002", "990101")]
    assert reading.read == 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["990001", "990002", "990003"]), st.sampled_from(["990101", "990102"]), st.booleans())
    )
)
def test_an_organisation_has_a_level_exactly_where_one_of_its_lines_has(lines: list[tuple[str, str, bool]]) -> None:
    reading = opened("schools", *(school(code, place, levels="SEC" if on else "") for code, place, on in lines))
    found = schools.merge(reading, boards=BOARDS)
    assert {code: row.secondary for code, row in found.schools.items()} == {
        code: any(on for c, _place, on in lines if c == code) for code, _place, _on in lines
    }
    assert set(found.links) == {(code, place) for code, place, _on in lines}
    assert set(found.buildings) == {place for _code, place, _on in lines}


def test_a_building_is_of_the_board_whose_digits_it_bears_else_of_its_first_school() -> None:
    reading = opened("schools", school("991001", "990101", board="991000"), school("991001", "770101", board="991000"))
    found = schools.merge(reading, boards=BOARDS)
    assert found.buildings["990101"].board == "990000"
    assert found.buildings["770101"].board == "991000"


def test_a_line_of_an_unknown_board_is_refused_and_names_board_and_column() -> None:
    reading = opened("schools", school(), school("995001", board="995000"))
    found = schools.merge(reading, boards=BOARDS)
    assert list(found.schools) == ["990001"]
    (refusal,) = reading.refused
    assert (refusal.line, refusal.column, refusal.value) == (3, "CD_CS", "995000")
    assert reading.shielded == {"995001"}


def test_an_organisation_of_two_boards_is_refused_from_its_second_line_on() -> None:
    reading = opened("schools", school(), school(building="990102", board="991000"), school("990002"))
    found = schools.merge(reading, boards=BOARDS)
    assert list(found.schools) == ["990002"]
    assert list(found.buildings) == ["990101"]
    assert [refusal.line for refusal in reading.refused] == [3]


def test_an_organisation_with_several_names_keeps_the_first_and_that_is_said() -> None:
    reading = opened("schools", school(), school(building="990102", name="École Érable (annexe)"))
    assert schools.merge(reading, boards=BOARDS).schools["990001"].name == "École de l'Érable"
    assert any("990001" in note for note in reading.notes)


def test_a_partial_list_takes_no_level_away() -> None:
    reading = opened("schools", school(levels="PRIM"))
    one = schools.merge(reading, boards=BOARDS, partial=True).schools["990001"]
    assert (one.primary, one.secondary) == (True, None)


def test_levels_in_words_serve_where_there_is_no_column_for_each() -> None:
    content = "CD_ORGNS;NOM_OFFCL;CD_CSS;ORDRE_ENS\n990001;A;990000;Préscolaire - Primaire\n990002;B;990000;\n"
    reading = open_list("schools", [source(content)])
    found = schools.merge(reading, boards=BOARDS).schools
    assert (found["990001"].primary, found["990001"].secondary) == (True, False)
    assert found["990002"].primary is None


@pytest.mark.parametrize(
    ("words", "levels"),
    [
        ("Préscolaire - Primaire - Secondaire", {"preschool", "primary", "secondary"}),
        ("Éducation aux adultes", {"adult"}),
        ("Formation professionnelle", {"vocational"}),
        ("defav_ecole_prim_public_2025-2026.csv", {"primary"}),
        ("defav_ecole_sec_public", {"secondary"}),
        ("Total", {"all"}),
        ("", set()),
    ],
)
def test_words_name_levels(words: str, levels: set[str]) -> None:
    assert levels_in(words) == levels


def test_a_refused_line_shields_its_code() -> None:
    reading = opened("schools", school(SEC="2"), school(building="990102"), school("990002"))
    assert list(schools.merge(reading, boards=BOARDS).schools) == ["990002"]
    assert (reading.shielded, reading.unnamed) == ({"990001"}, 0)


def test_a_broken_line_shields_every_code_on_it_and_one_without_any_shields_all() -> None:
    content = text(("CD_ORGNS", "NOM_OFFCL_ORGNS", "CD_CS"), [school(), school("990002")])
    reading = open_list("schools", [source(content + "990003,École sans organisme\nrien de bon\n")])
    schools.merge(reading, boards=BOARDS)
    assert (reading.shielded, reading.unnamed) == ({"990003"}, 1)


def test_a_code_in_scientific_notation_could_be_anybodys() -> None:
    reading = opened("schools", school("9.9E+05"), school("990002"))
    schools.merge(reading, boards=BOARDS)
    assert (reading.shielded, reading.unnamed) == (set(), 1)


def test_the_date_of_a_list_is_its_latest() -> None:
    reading = opened("schools", school(day="20221205"), school("990002", day="20230105"))
    schools.merge(reading, boards=BOARDS)
    assert reading.latest == date(2023, 1, 5)


def test_a_building_described_twice_alike_is_one_and_otherwise_refused() -> None:
    reading = opened("buildings", building(), building(), building("990102"), building("990102", name="Autre"))
    assert list(buildings.merge(reading, boards=BOARDS)) == ["990101"]
    assert [(refusal.line, refusal.column) for refusal in reading.refused] == [(5, "CD_IMM")]


def test_a_board_code_that_is_no_board_code_is_refused() -> None:
    reading = opened("boards", board(), board("990001"))
    assert list(boards.merge(reading)) == ["990000"]
    assert reading.refused[0].column == "CD_ORGNS"


def known(*levels: str) -> dict[str, Known]:
    return {"990001": Known("990000", frozenset(levels))}


def test_a_headcount_without_figures_is_taken_without() -> None:
    blank = {"IMSE": "", "Rang_Decile_IMSE": "", "SFR": "SP", "Rang_Decile_SFR": "N/A", "Diffusion": "NON"}
    reading = opened("headcounts", headcount(pupils="", **blank))
    (row,) = headcounts.merge(reading, schools=known("primary"), year=None).values()
    assert (row.pupils, row.imse, row.imse_rank, row.sfr, row.sfr_rank) == (None,) * 5
    assert reading.refused == []
    assert any("990001" in note for note in reading.notes)


def test_a_headcount_of_an_unknown_school_is_refused_and_said_how_to_mend() -> None:
    reading = opened("headcounts", headcount(), headcount("990999"))
    assert len(headcounts.merge(reading, schools=known("primary"), year=None)) == 1
    (refusal,) = reading.refused
    assert (refusal.line, refusal.column, refusal.value) == (3, "Code_Org", "990999")
    assert "importez" in refusal.reason


@pytest.mark.parametrize(
    ("name", "column", "gives", "level"),
    [
        ("defav_ecole_prim_public.csv", "", {"primary", "secondary"}, "primary"),
        ("defav_ecole_sec_public.csv", "", {"primary", "secondary"}, "secondary"),
        ("effectifs.csv", "Secondaire", {"primary"}, "secondary"),
        ("effectifs.csv", "Préscolaire - Primaire", {"secondary"}, "primary"),
        ("effectifs.csv", "", {"secondary", "vocational"}, "secondary"),
        ("effectifs.csv", "", {"preschool", "primary"}, "primary"),
        ("effectifs.csv", "", {"primary", "secondary"}, "all"),
        ("effectifs.csv", "", set(), "all"),
    ],
)
def test_the_level_of_a_headcount_is_the_lines_the_files_or_the_schools(
    name: str, column: str, gives: set[str], level: str
) -> None:
    content = f"Code_Org,Nbre_Eleves,Annee_Scol,Niveau\n990001,10,2025-2026,{column}\n"
    reading = open_list("headcounts", [source(content, name)])
    assert list(headcounts.merge(reading, schools=known(*gives), year=None)) == [("990001", "2025-2026", level)]


def test_a_headcount_without_a_year_anywhere_refuses_the_file() -> None:
    content = "Code_Org,Nbre_Eleves\n990001,10\n"
    with pytest.raises(Unreadable) as refused:
        headcounts.merge(open_list("headcounts", [source(content)]), schools=known("primary"), year=None)
    assert "--as-of" in refused.value.detail
    found = headcounts.merge(open_list("headcounts", [source(content)]), schools=known("primary"), year="2025-2026")
    assert list(found) == [("990001", "2025-2026", "primary")]


def test_two_figures_for_one_school_year_and_level_are_refused() -> None:
    reading = opened("headcounts", headcount(), headcount(), headcount(pupils="106"))
    headcounts.merge(reading, schools=known("primary"), year=None)
    assert [refusal.line for refusal in reading.refused] == [4]


def test_unknown_columns_are_named_and_known_useless_ones_are_not() -> None:
    content = "CD_ORGNS,NOM_OFFCL,TYPE_ORGNS,Couleur,Humeur\n990000,A,CSS,bleu,bonne\n"
    (note,) = open_list("boards", [source(content)]).notes
    assert "Couleur, Humeur" in note
    assert "TYPE_ORGNS" not in note


@pytest.mark.parametrize(("kind", "lacking"), [("boards", "CD_ORGNS"), ("schools", "CD_CS"), ("buildings", "CD_IMM")])
def test_a_missing_needed_column_is_named(kind: str, lacking: str) -> None:
    columns = ["CD_ORGNS", "NOM_OFFCL", "CD_IMM", "CD_CS"]
    wanted = [
        column for column in columns if column != lacking and not (kind == "boards" and column in ("CD_CS", "CD_IMM"))
    ]
    with pytest.raises(MissingColumns) as refused:
        open_list(kind, [source(",".join(wanted) + "\n")])
    assert lacking in refused.value.detail


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("boards", "schools"),
        ("boards", "headcounts"),
        ("buildings", "schools"),
        ("schools", "buildings"),
        ("schools", "headcounts"),
    ],
)
def test_a_list_of_another_kind_is_refused_as_a_whole(kind: str, other: str) -> None:
    lines = {"schools": school(), "headcounts": headcount(), "buildings": building()}
    with pytest.raises(Unreadable):
        open_list(kind, [listed(other, lines[other])])


def test_files_of_one_list_share_their_columns_and_name_themselves_in_refusals() -> None:
    one = source(
        text(
            ("CD_ORGNS", "NOM_OFFCL", "CD_CS", "SITE_WEB"),
            [{"CD_ORGNS": "990001", "NOM_OFFCL": "A", "CD_CS": "990000"}],
        ),
        "a.csv",
    )
    other = source("CD_ORGNS,NOM_OFFCL,CD_CS\n990002,B,995000\n", "b.csv")
    reading = open_list("schools", [one, other])
    assert list(schools.merge(reading, boards=BOARDS).schools) == ["990001"]
    assert "website" not in reading.given
    assert [(refusal.file, refusal.line) for refusal in reading.refused] == [("b.csv", 2)]


@pytest.mark.parametrize(
    ("closed", "before", "too_many"),
    [(0, 0, False), (1, 10, False), (1, 9, True), (274, 2745, False), (275, 2745, True)],
)
def test_a_tenth_may_close_and_no_more(closed: int, before: int, too_many: bool) -> None:
    assert too_many_closed(closed, before) is too_many
