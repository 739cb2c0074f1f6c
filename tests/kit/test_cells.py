from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import cells
from kit.cells import BadCell


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("990001", "990001"), (" 990001 ", "990001"), ("990001.0", "990001"), ("990001,0", "990001"), ("990001.00", "990001"),
        ('="990001"', "990001"), ("'990001", "990001"), ("", ""), ("N/A", ""), ("\u00a0990001\u00a0", "990001"),
    ],
)  # fmt: skip
def test_a_code_comes_back_as_it_was_published(cell: str, value: str) -> None:
    assert cells.code(digits=6)(cell) == value


@pytest.mark.parametrize(
    "cell",
    ["9.90001E+05", "9,90001E+05", "9.9E5", "1E6", "99001", "9900011", "99000A", "990001.5", "٩٩٠٠٠١", "990 001"],
)
def test_a_code_that_lost_digits_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.code(digits=6)(cell)


def test_lost_leading_zeros_come_back_only_where_the_width_is_sure() -> None:
    municipality = cells.code(digits=5, may_lose=1)
    assert municipality("1023") == "01023"
    assert municipality("1023.0") == "01023"
    with pytest.raises(BadCell):
        municipality("102")
    with pytest.raises(BadCell):
        cells.code(digits=6)("1023")


def test_a_board_code_ends_in_zeros() -> None:
    board = cells.code(digits=6, ending="000")
    assert board("990000") == "990000"
    with pytest.raises(BadCell) as refused:
        board("990001")
    assert "000" in refused.value.reason


def test_a_free_code_is_kept_but_for_scientific_notation() -> None:
    assert cells.code()("XK-3.0") == "XK-3.0"
    assert cells.code()("3.0") == "3.0"
    with pytest.raises(BadCell):
        cells.code()("6.37702E+15")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("105", 105), ("1,000", 1000), ("1 000", 1000), ("1\u00a0000", 1000), ("1\u202f000", 1000), ("1\u2009234\u2009567", 1234567),
        ("12,345,678", 12345678), ("105.0", 105), ("105,0", 105), ("0", 0), ("1,000.00", 1000), ("1,00", 1),
        ("", None), ("  ", None), ("SP", None), ("sp", None), ("N/A", None), ("N/D", None), ("N/R", None), ("--", None), ("–", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_and_missing_is_not_zero(cell: str, value: int | None) -> None:
    assert cells.integer()(cell) == value


@pytest.mark.parametrize(
    "cell", ["1.000", "1.234.567", "12.5", "-3", "1,0000", "1.05E+02", "cent", "10 00", "３", "9" * 30, "3000000000"]
)
def test_a_number_that_is_doubtful_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.integer()(cell)


@given(
    st.integers(min_value=0, max_value=2_000_000_000),
    st.sampled_from([" ", ",", "\u00a0", "\u202f", "\u2009", "'", ""]),
)
def test_every_whole_number_comes_back_from_every_separator(number: int, separator: str) -> None:
    assert cells.integer()(f"{number:,}".replace(",", separator)) == number


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(cell: str) -> None:
    for make in cells.KINDS.values():
        with suppress(BadCell):
            make()(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", True),
        ("0", False),
        ("1.0", True),
        (" 0 ", False),
        ("Oui", True),
        ("NON", False),
        ("", None),
        ("N/D", None),
    ],
)
def test_a_flag_is_yes_no_or_missing(cell: str, value: bool | None) -> None:
    assert cells.flag()(cell) is value


@pytest.mark.parametrize("cell", ["2", "-1", "10", "peut-être"])
def test_a_flag_is_nothing_else(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.flag()(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("-71.17724", -71.17724), ("46,813604", 46.813604), ("8", 8.0), ("1.5E-3", 0.0015), ("", None)]
)
def test_a_decimal_takes_comma_or_point(cell: str, value: float | None) -> None:
    assert cells.decimal()(cell) == value


@pytest.mark.parametrize("cell", ["1,234,5", "nan", "inf", "1e999", "4 5", "181"])
def test_a_decimal_out_of_bounds_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.decimal(lowest=-180, highest=180)(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("20221205", date(2022, 12, 5)), ("2022-12-05", date(2022, 12, 5)), ("2022/12/05", date(2022, 12, 5)),
        ("2022-12-05T00:00:00", date(2022, 12, 5)), ("2022-12-05 00:00:00", date(2022, 12, 5)), ("20221205.0", date(2022, 12, 5)),
        ("25/04/2024", date(2024, 4, 25)), ("04/25/2024", date(2024, 4, 25)), ("04/04/2024", date(2024, 4, 4)), ("", None),
    ],
)  # fmt: skip
def test_a_date_is_read_where_it_can_mean_one_day_only(cell: str, value: date | None) -> None:
    assert cells.day()(cell) == value


@pytest.mark.parametrize("cell", ["03/04/2024", "2022-02-30", "hier", "31/31/2024", "44900"])
def test_a_date_that_can_mean_two_days_or_none_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.day()(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("2025-2026", "2025-2026"), ("2025/26", "2025-2026"), ("2099-2100", None), ("", "")]
)
def test_a_school_year_is_two_years_that_follow(cell: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(BadCell):
            cells.school_year()("2099-2101")
    else:
        assert cells.school_year()(cell) == value


def test_text_is_kept_as_written_but_for_what_cannot_be_seen() -> None:
    read = cells.text(longest=20)
    assert read(" L'Envol--Le Retour ") == "L'Envol--Le Retour"
    assert read("École\u200b de\r\nl'Île") == "École de l'Île"
    assert read("a  b") == "a  b"
    assert read("l\x92Or\x85") == "l’Or"
    assert read("--") == ""
    with pytest.raises(BadCell) as refused:
        read("x" * 21)
    assert "20 caractères" in refused.value.reason


def test_a_postal_code_loses_its_space() -> None:
    assert cells.postal_code()("g0c 2h0") == "G0C2H0"
    with pytest.raises(BadCell):
        cells.postal_code()("G0C 2H0 Rimouski")
