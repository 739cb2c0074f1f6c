import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from kit.encodings import Unreadable
from kit.tabular import MissingColumns, Row, Table, columns_from, heading_key, read_table

COLUMNS = columns_from(
    [
        {
            "name": "code",
            "label": "code",
            "kind": "code",
            "digits": 6,
            "needed": True,
            "aliases": ["CD_ORGNS", "Code_Org"],
        },
        {"name": "name", "label": "nom", "kind": "text", "needed": True, "aliases": ["NOM_OFFCL", "Nom de l'école"]},
        {"name": "pupils", "label": "élèves", "kind": "integer", "aliases": ["Nbre_Eleves"]},
        {"name": "day", "label": "date", "kind": "day", "aliases": ["DT_MAJ"]},
    ]
)
TEXT = 'CD_ORGNS,NOM_OFFCL,Nbre_Eleves\n990001,École de l\'Île,105\n990002,"Pavillon A, B",\n'


def read(content: bytes | str, *, name: str = "liste.csv", **options: Any) -> tuple[Table, list[Row]]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    table = read_table(file, name, COLUMNS, **options)
    return table, list(table.rows)


def values(content: bytes | str) -> list[dict[str, Any]]:
    return [row.values for row in read(content)[1] if row.refusal is None]


TWO: list[dict[str, Any]] = [
    {"code": "990001", "name": "École de l'Île", "pupils": 105},
    {"code": "990002", "name": "Pavillon A, B", "pupils": None},
]


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(",", ";").replace("A; B", "A, B"),
        TEXT.replace(",", "\t").replace("A\t B", "A, B"),
        "sep=;\n" + TEXT.replace(",", ";").replace("A; B", "A, B"),
        "\n\n" + TEXT + "\n\n,,\n\x1a",
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", ",,\n"),
        TEXT.rstrip("\n"),
    ],
)
def test_every_dialect_gives_the_same_rows(content: bytes | str) -> None:
    assert values(content) == TWO


def test_windows_1252_is_said_aloud() -> None:
    assert any("Windows-1252" in remark for remark in read(TEXT.encode("cp1252"))[0].remarks)
    assert read(TEXT)[0].remarks == []


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("mac-roman"),
        TEXT.encode() + "990003,Théâtre,1\n".encode("cp1252"),
        TEXT.encode("utf-8").decode("cp1252").encode("utf-8"),
        TEXT.encode("utf-16")[:-1],
        b"\xef\xbb\xbf" + TEXT.encode("cp1252"),
    ],
)
def test_an_encoding_that_is_not_sure_is_refused_rather_than_guessed(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert "liste.csv" in refused.value.detail


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "vide"),
        (b"\xef\xbb\xbf\r\n", "vide"),
        (b"%PDF-1.7\n%...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"<!DOCTYPE html><html>", "page Web"),
        (b'{"type": "FeatureCollection"}', "JSON"),
        (b"\x1f\x8b\x08abc", "archive"),
        (bytes(range(256)) * 20, "texte"),
        (b"PK\x03\x04 not a zip", "classeur"),
        (b"\xd0\xcf\x11\xe0 not a workbook", "classeur"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert word in refused.value.detail


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("liste.csv", TEXT)
    with pytest.raises(Unreadable):
        read(file.getvalue())


def test_a_file_over_the_bound_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unreadable) as refused:
        read(TEXT, largest=10)
    assert "Mo" in refused.value.detail


def test_columns_are_found_by_any_of_their_names_in_any_order() -> None:
    table, rows = read("nombre,NOM DE L’ÉCOLE,extra,code org\n1,Élan,x,990001\n")
    assert rows[0].values == {"code": "990001", "name": "Élan"}
    assert table.headings == {"code": "code org", "name": "NOM DE L’ÉCOLE"}
    assert table.unknown == ["nombre", "extra"]


def test_known_columns_of_no_use_are_not_called_unknown() -> None:
    table, _rows = read("OBJECTID,CD_ORGNS,NOM_OFFCL,Autre\n1,990001,A,2\n", ignored=["ObjectID"])
    assert table.unknown == ["Autre"]


def test_the_first_name_of_a_column_wins_over_the_next() -> None:
    table, rows = read("Code_Org,CD_ORGNS,NOM_OFFCL\n990001,990002,A\n")
    assert rows[0].values["code"] == "990002"
    assert table.unknown == ["Code_Org"]


def test_a_missing_needed_column_refuses_the_file_by_name() -> None:
    with pytest.raises(MissingColumns) as refused:
        read("Nbre_Eleves,NOM_OFFCL\n1,A\n")
    assert "CD_ORGNS" in refused.value.detail
    assert "NOM_OFFCL" not in refused.value.detail
    assert refused.value.columns == ["code"]


def test_a_needed_column_that_is_there_twice_refuses_the_file() -> None:
    with pytest.raises(Unreadable) as refused:
        read("CD_ORGNS,NOM_OFFCL,cd_orgns\n990001,A,990002\n")
    assert "plusieurs colonnes" in refused.value.detail


def test_an_unused_column_that_is_there_twice_harms_nobody() -> None:
    assert read("CD_ORGNS,NOM_OFFCL,X,X\n990001,A,1,2\n")[0].unknown == ["X", "X"]


@pytest.mark.parametrize("line", ["990002,B", "990002,B,1,2", "990002,B,1,,3"])
def test_a_ragged_line_is_refused_and_the_others_go_on(line: str) -> None:
    rows = read(f"CD_ORGNS,NOM_OFFCL,Nbre_Eleves\n990001,A,1\n{line}\n990003,C,3\n")[1]
    assert [row.line for row in rows if row.refusal] == [3]
    assert [row.values["code"] for row in rows if not row.refusal] == ["990001", "990003"]
    assert "990002" in rows[1].raw


def test_a_refusal_says_line_column_value_and_reason() -> None:
    refusal = read('CD_ORGNS,NOM_OFFCL,Nbre_Eleves\n990001,"deux\nlignes",1\n990002,B,beaucoup\n')[1][1].refusal
    assert refusal is not None
    assert (refusal.line, refusal.column, refusal.value) == (4, "Nbre_Eleves", "beaucoup")
    assert refusal.reason == "Un nombre entier est attendu."


def test_a_line_has_one_refusal_its_first_and_keeps_what_was_read() -> None:
    row = read("CD_ORGNS,NOM_OFFCL,Nbre_Eleves\n990001,,beaucoup\n")[1][0]
    assert row.refusal is not None
    assert row.refusal.column == "NOM_OFFCL"
    assert row.values == {"code": "990001"}


def test_a_null_byte_refuses_its_line_alone() -> None:
    rows = read("CD_ORGNS,NOM_OFFCL\n990001,A\n990002,B\0\n990003,C\n")[1]
    assert [row.line for row in rows if row.refusal] == [3]
    assert rows[1].refusal is not None
    assert "\0" not in rows[1].refusal.value


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_without_end_is_refused_alone(end: str) -> None:
    rows = read(f"CD_ORGNS,NOM_OFFCL{end}990001,{'x' * 250_000}{end}990002,B{end}")[1]
    assert [(row.line, row.refusal is None) for row in rows] == [(2, False), (3, True)]


def test_a_quote_that_never_closes_refuses_what_it_swallowed_and_names_it() -> None:
    rows = read('CD_ORGNS,NOM_OFFCL\n990001,A\n990002,"B\n990003,C\n')[1]
    assert [row.line for row in rows if row.refusal] == [3]
    assert "990002" in rows[1].raw
    assert "990003" in rows[1].raw


def test_text_after_a_closing_quote_refuses_its_line_alone() -> None:
    rows = read('CD_ORGNS,NOM_OFFCL\n990001,"A"x\n990002,B\n')[1]
    assert [(row.line, row.refusal is None) for row in rows] == [(2, False), (3, True)]


def workbook(fill: Callable[[Any, Any], None]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        fill(book, book.add_worksheet("Liste"))
    return file.getvalue()


def test_a_workbook_gives_the_same_rows_as_a_text() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, ["CD_ORGNS", "NOM_OFFCL", "Nbre_Eleves", "DT_MAJ"])
        sheet.write_row(2, 0, [990001, "École de l'Île", 105.0])
        sheet.write_datetime(2, 3, date(2022, 12, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(4, 0, ["990002", "Pavillon A, B", "", 20221205])
        sheet.write_row(5, 0, [9.90003e20, "Trop", 1])

    table, rows = read(workbook(fill), name="liste.xlsx")
    assert [row.values for row in rows if not row.refusal] == [values | {"day": date(2022, 12, 5)} for values in TWO]
    assert [(row.line, row.refusal.column) for row in rows if row.refusal] == [(6, "CD_ORGNS")]
    assert table.remarks == []


def test_only_the_first_filled_sheet_is_read_and_that_is_said() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.hide()
        sheet.write_row(0, 0, ["rien"])
        book.add_worksheet("Vide")
        wanted = book.add_worksheet("Écoles")
        wanted.activate()
        wanted.write_row(0, 0, ["CD_ORGNS", "NOM_OFFCL"])
        wanted.write_row(1, 0, ["990001", "A"])
        book.add_worksheet("Notes").write(0, 0, "x")

    table, rows = read(workbook(fill), name="liste.xlsx")
    assert [row.values["code"] for row in rows] == ["990001"]
    assert any("Écoles" in remark for remark in table.remarks)


def test_an_empty_workbook_is_said_to_be_empty() -> None:
    with pytest.raises(Unreadable) as refused:
        read(workbook(lambda book, sheet: None), name="vide.xlsx")
    assert "vide" in refused.value.detail


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(lines: int) -> int:
        file = io.BytesIO(("CD_ORGNS,NOM_OFFCL\n" + "990001,École de l'Île\n" * lines).encode())
        tracemalloc.start()
        try:
            for _row in read_table(file, "liste.csv", COLUMNS).rows:
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(200_000) < peak(60_000) + 200_000


@pytest.mark.parametrize(
    ("one", "other"), [("CD_ORGNS", "cd orgns"), ("Année scolaire", "ANNEE_SCOLAIRE"), ("Nom (école)", "nom ecole")]
)
def test_headings_are_compared_without_accents_case_or_punctuation(one: str, other: str) -> None:
    assert heading_key(one) == heading_key(other)


def test_a_needed_column_may_have_blank_cells_where_that_is_said() -> None:
    described = [
        {"name": "pupils", "label": "élèves", "kind": "integer", "needed": True, "may_be_blank": True, "aliases": ["N"]}
    ]
    table = read_table(io.BytesIO(b"N,X\n,a\n3,b\n"), "liste.csv", columns_from(described))
    assert [row.values for row in table.rows] == [{"pupils": None}, {"pupils": 3}]
