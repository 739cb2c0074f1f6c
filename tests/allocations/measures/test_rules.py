from datetime import date

import pytest

from allocations.measures.rules import (
    Days,
    TooLate,
    check_code,
    check_commit_day,
    check_year,
    last_commit,
    spending_over,
)
from kit.errors import Invalid


@pytest.mark.parametrize(
    "year", ["2026", "2026-2028", "2026-27", "2026-2027 ", "", "abcd-efgh", "0000-0001", "٢٠٢٦-٢٠٢٧"]
)
def test_a_school_year_is_written_in_one_way(year: str) -> None:
    with pytest.raises(Invalid, match="2026-2027"):
        check_year(year)


def test_a_right_school_year_passes() -> None:
    assert check_year("2026-2027") == "2026-2027"


@pytest.mark.parametrize("code", ["50767", "EX-COMBOS", "15081"])
def test_a_code_is_as_the_ministry_prints_it(code: str) -> None:
    assert check_code(code) == code


@pytest.mark.parametrize("code", ["", "a", "combos", "5 0767", "X" * 21, "É1"])
def test_anything_else_is_no_code(code: str) -> None:
    with pytest.raises(Invalid, match="code"):
        check_code(code)


def days(commit: date | None, spend: date | None) -> Days:
    return Days("50767", "2026-2027", commit, spend)


def test_money_may_be_promised_on_the_last_day_and_not_on_the_next() -> None:
    ends = days(date(2027, 3, 31), date(2027, 6, 30))
    check_commit_day(ends, date(2027, 3, 31))
    with pytest.raises(TooLate, match=r"31.mars.2027") as refused:
        check_commit_day(ends, date(2027, 4, 1))
    assert refused.value.figures == {"measure": "50767", "year": "2026-2027", "last_day": "2027-03-31"}


def test_what_may_no_longer_be_spent_may_not_be_promised_either() -> None:
    assert last_commit(days(None, date(2027, 6, 30))) == date(2027, 6, 30)
    assert last_commit(days(None, None)) is None
    check_commit_day(days(None, None), date(2099, 1, 1))


def test_spending_is_over_the_day_after_the_last() -> None:
    ends = days(None, date(2027, 6, 30))
    assert not spending_over(ends, date(2027, 6, 30)) and spending_over(ends, date(2027, 7, 1))
    assert not spending_over(days(date(2027, 1, 1), None), date(2099, 1, 1))
