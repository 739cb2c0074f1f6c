"""Days as a file writes them; figures that hold together."""

from datetime import date

import pytest

from allocations.supplier_files.rules import DayOrder, check_figures, day_order, day_reader
from kit.cells import BadCell


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["5/15/2020", "3/4/2020"], DayOrder.month_first),
        (["15/5/2020", "3/4/2020"], DayOrder.day_first),
        (["3/4/2020", "2020-05-15", ""], None),
        (["15/5/2020", "5/15/2020"], None),
    ],
)
def test_the_days_of_a_file_show_their_order(texts: list[str], order: DayOrder | None) -> None:
    assert day_order(texts) == order


def test_a_day_is_read_in_the_file_s_order_and_never_guessed() -> None:
    assert day_reader(DayOrder.month_first)("3/4/2020") == date(2020, 3, 4)
    assert day_reader(DayOrder.day_first)("3/4/2020") == date(2020, 4, 3)
    assert day_reader(None)("2020-05-15") == date(2020, 5, 15) and day_reader(None)("") is None
    for order, text in ((None, "3/4/2020"), (DayOrder.month_first, "15/5/2020"), (DayOrder.day_first, "31/2/2020")):
        with pytest.raises(BadCell):
            day_reader(order)(text)


def test_more_sent_than_ordered_is_refused_and_a_missing_figure_is_not_zero() -> None:
    check_figures({"ordered": 5, "outstanding": 2, "completed": 3})
    check_figures({"ordered": 5, "outstanding": None, "completed": 3})
    check_figures({"ordered": None, "outstanding": 2, "completed": 3})
    with pytest.raises(BadCell):
        check_figures({"ordered": 5, "outstanding": 2, "completed": 4})
