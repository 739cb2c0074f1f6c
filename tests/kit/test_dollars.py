import pytest

from kit.cells import BadCell, dollars


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("1 234,56 $", 123456), ("-1234.5", -123450), ("", None), ("n/d", None), ("12", 1200), ("\u22123", -300), ("+4", 400),
        ("1 000", 100000), ("1\u00a0000\u00a0000,10", 100000010), ("$5", 500), ("0,01", 1),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_cent(cell: str, cents: int | None) -> None:
    assert dollars()(cell) == cents


@pytest.mark.parametrize(
    "cell", ["1,234", "1.234", "1,234.56", "1.2.3", "abc", "1,234,567", "1e5", "99999999999999", "--5", "1,2,"]
)
def test_an_amount_that_may_be_two_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        dollars()(cell)
