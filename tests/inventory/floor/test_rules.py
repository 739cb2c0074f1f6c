"""Floor arithmetic: each rule, each status, the worst of them, the day when orders cover."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.floor.rules import (
    Delivery,
    Rule,
    Status,
    Unit,
    applies,
    assess,
    latest_count_day,
    oldest_count_day,
    overall,
    required,
)

DAY = date(2026, 11, 24)
ROBOTS = Rule(unit=Unit.pupils, quantity=1, per_pupils=12)
LAB = Rule(unit=Unit.building, quantity=1)
FLEET = Rule(unit=Unit.pupils, quantity=1, per_pupils=5)


@pytest.mark.parametrize(
    ("rule", "counted", "deliveries", "needed", "gap", "on_order", "left", "status"),
    [
        (ROBOTS, 14, [], 12, 0, 0, 0, Status.met),
        (LAB, 0, [Delivery(1, date(2027, 2, 20))], 1, 1, 1, 0, Status.on_order),
        (FLEET, 23, [Delivery(4, date(2027, 3, 12))], 29, 6, 4, 2, Status.below),
    ],
)
def test_the_table_of_the_desk(
    rule: Rule,
    counted: int,
    deliveries: list[Delivery],
    needed: int,
    gap: int,
    on_order: int,
    left: int,
    status: Status,
) -> None:
    found = assess(required(rule, pupils=144, buildings=1), counted, deliveries, day=DAY)
    assert (found.required, found.gap, found.on_order, found.left, found.status) == (
        needed,
        gap,
        on_order,
        left,
        status,
    )
    assert found.expected == (deliveries[0].expected_on if deliveries else None)


@pytest.mark.parametrize(("pupils", "needed"), [(0, 0), (1, 1), (5, 1), (6, 2), (143, 29), (145, 29), (146, 30)])
def test_a_rule_per_pupils_rounds_up_once(pupils: int, needed: int) -> None:
    assert required(FLEET, pupils=pupils, buildings=9) == needed


def test_two_for_five_pupils_is_not_twice_one_for_five() -> None:
    assert required(Rule(unit=Unit.pupils, quantity=2, per_pupils=5), pupils=6, buildings=1) == 3


@pytest.mark.parametrize(("buildings", "needed"), [(1, 2), (3, 6)])
def test_a_rule_per_building_counts_each(buildings: int, needed: int) -> None:
    assert required(Rule(unit=Unit.building, quantity=2), pupils=None, buildings=buildings) == needed


def test_a_rule_per_school_asks_the_same_of_all() -> None:
    assert required(Rule(unit=Unit.school, quantity=4), pupils=None, buildings=0) == 4


def test_missing_is_not_zero() -> None:
    assert required(FLEET, pupils=None, buildings=1) is None
    assert required(LAB, pupils=144, buildings=0) is None
    assert assess(None, 30, [], day=DAY).status is Status.not_assessable


def test_a_rule_may_say_that_its_minimum_stands_for_a_missing_headcount() -> None:
    rule = Rule(unit=Unit.pupils, quantity=3, per_pupils=5, minimum_stands=True)
    assert required(rule, pupils=None, buildings=1) == 3


def test_a_rule_for_schools_of_some_size_leaves_the_smaller_out_and_cannot_assess_the_unknown() -> None:
    rule = Rule(unit=Unit.school, quantity=1, minimum_pupils=100)
    assert [applies(rule, pupils) for pupils in (99, 100, None)] == [False, True, True]
    assert required(rule, pupils=None, buildings=1) is None
    assert applies(LAB, None) and applies(LAB, 0)


@pytest.mark.parametrize(
    ("needed", "counted", "on_order", "exempt"),
    list(product((None, 0, 3), (0, 3, 5), (0, 2, 3), (False, True))),
)
def test_every_status_from_every_figure(needed: int | None, counted: int, on_order: int, exempt: bool) -> None:
    found = assess(needed, counted, [Delivery(on_order, None)], day=DAY, exempt=exempt).status
    if exempt:
        assert found is Status.exempt
    elif needed is None:
        assert found is Status.not_assessable
    elif counted >= needed:
        assert found is Status.met
    elif counted + on_order >= needed:
        assert found is Status.on_order
    else:
        assert found is Status.below


def test_late_deliveries_cover_nothing_undated_and_todays_do() -> None:
    late = assess(6, 0, [Delivery(6, DAY - timedelta(days=9))], day=DAY)
    assert (late.status, late.on_order, late.late, late.late_since) == (Status.below, 0, 6, date(2026, 11, 15))
    assert assess(6, 0, [Delivery(6, DAY)], day=DAY).status is Status.on_order
    undated = assess(6, 0, [Delivery(6, None)], day=DAY)
    assert (undated.status, undated.expected) == (Status.on_order, None)


def test_the_promised_day_is_that_of_the_delivery_which_covers_the_gap() -> None:
    march, april, may = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)
    deliveries = [Delivery(5, may), Delivery(2, april), Delivery(4, march), Delivery(9, None)]
    assert assess(6, 0, deliveries, day=DAY).expected == april
    assert assess(4, 0, deliveries, day=DAY).expected == march
    assert assess(11, 0, deliveries, day=DAY).expected == may
    assert assess(12, 0, deliveries, day=DAY).expected is None
    assert assess(0, 0, deliveries, day=DAY).expected == march


def test_the_overall_status_is_the_worst_and_leaves_the_exempt_out() -> None:
    for several in product(Status, repeat=3):
        found = overall(several)
        kept = [status for status in several if status is not Status.exempt]
        order = ["below", "on_order", "not_assessable", "met"]
        assert found == (min(kept, key=order.index) if kept else Status.exempt)
    assert overall([]) is None


@pytest.mark.parametrize(
    ("day", "latest", "oldest"),
    [
        (date(2026, 9, 29), date(2025, 9, 30), date(2024, 9, 30)),
        (date(2026, 9, 30), date(2026, 9, 30), date(2025, 9, 30)),
        (date(2026, 11, 24), date(2026, 9, 30), date(2025, 9, 30)),
        (date(2027, 3, 12), date(2026, 9, 30), date(2025, 9, 30)),
    ],
)
def test_a_headcount_serves_until_that_of_the_next_year_but_one(day: date, latest: date, oldest: date) -> None:
    assert (latest_count_day(day), oldest_count_day(day)) == (latest, oldest)


@given(
    needed=st.none() | st.integers(0, 40),
    counted=st.integers(0, 40),
    deliveries=st.lists(
        st.builds(
            Delivery, st.integers(0, 20), st.none() | st.dates(DAY - timedelta(days=20), DAY + timedelta(days=20))
        )
    ),
)
def test_the_figures_of_a_standing_agree_with_each_other(
    needed: int | None, counted: int, deliveries: list[Delivery]
) -> None:
    found = assess(needed, counted, deliveries, day=DAY)
    assert found.on_order + found.late == sum(delivery.quantity for delivery in deliveries)
    assert (found.late == 0) == (found.late_since is None)
    assert found.gap is None if needed is None else found.gap == max(needed - counted, 0)
    assert found.expected is None or found.expected >= DAY
    assert (found.left > 0) == (found.status is Status.below)
    more = assess(needed, counted + 1, deliveries, day=DAY)
    order = [Status.below, Status.on_order, Status.met]
    if needed is not None:  # one more never makes it worse
        assert order.index(more.status) >= order.index(found.status)
