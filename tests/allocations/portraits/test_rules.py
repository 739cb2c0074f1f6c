"""Every column of a portrait adds up, exactly and as it is rounded, whatever the data."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.accounts.rules import Unbalanced
from allocations.portraits import rules
from allocations.portraits.rules import (
    COLUMNS,
    Cell,
    Node,
    apportioned,
    by_board,
    by_measure,
    by_region,
    check,
    lines,
    rounded,
    used,
)

YEARS = ("2024-2025", "2025-2026", "2026-2027")
MEASURES = {  # code → kind, programme, basis
    "M1": ("investment", "Plan numérique", "net"),
    "M2": ("investment", "Plan numérique", "net"),
    "M3": ("investment", "", "with_tax"),
    "M4": ("operating", "", "net"),
    "M5": ("operating", "Formation", "before_tax"),
}
cents = st.integers(0, 10**11)


@st.composite
def cell(draw: st.DrawFn) -> Cell:
    measure = draw(st.sampled_from(sorted(MEASURES)))
    kind, programme, basis = MEASURES[measure]
    carried = draw(st.integers(-(10**9), 10**9))  # what goes to the next year is taken off
    spent, committed, reserved, free, recovered = (draw(cents) for _ in range(5))
    available = spent + committed + reserved + free + recovered
    board, region = draw(st.sampled_from(["711000", "712000", "990000"])), draw(st.sampled_from(["", "06", "16"]))
    return Cell(
        year=draw(st.sampled_from(YEARS)), measure=measure, measure_name=measure, programme=programme, kind=kind, tax_basis=basis,
        board=board, board_name=board, region=region, region_name=region, budget_cents=available - carried, carried_cents=carried,
        available_cents=available, spent_cents=spent, committed_cents=committed, reserved_cents=reserved, free_cents=free,
        recovered_cents=recovered,
    )  # fmt: skip


announced = st.dictionaries(
    st.tuples(st.sampled_from(sorted(MEASURES)), st.sampled_from(YEARS)), st.integers(1, 10**11)
)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from nodes(part)


def adds_up(tree: Node) -> None:
    for node in nodes(tree):
        if not node.parts:
            continue
        for at, amounts in enumerate(node.years):
            for name, value in amounts.items():
                known = [part.years[at][name] for part in node.parts if part.years[at][name] is not None]
                assert value == (sum(filter(None, known)) if known or name in COLUMNS else None), (node.level, name)


@given(st.lists(cell(), max_size=25), announced, st.sampled_from([100, 100_000]))
def test_every_column_adds_up_exactly_and_rounded(
    cells: list[Cell], known: dict[tuple[str, str], int], unit: int
) -> None:
    for one in cells:
        check(one)
    for tree in (by_measure(cells, YEARS, known), by_region(cells, YEARS), by_board(cells, YEARS)):
        adds_up(tree)
        shown = rounded(tree, unit=unit)
        adds_up(shown)
        for exact, printed in zip(nodes(tree), nodes(shown), strict=True):
            for before, after in zip(exact.years, printed.years, strict=True):
                for name, value in before.items():
                    if value is None:
                        assert after[name] is None
                    else:
                        assert abs(after[name] * unit - value) < unit  # type: ignore[operator]
        for at, year in enumerate(YEARS):
            for name in COLUMNS:
                assert tree.years[at][name] == sum(getattr(one, name) for one in cells if one.year == year)


@given(st.lists(cell(), max_size=25))
def test_every_row_is_what_became_of_what_was_available(cells: list[Cell]) -> None:
    for line in lines(by_measure(cells, YEARS)):
        for year in line.years:
            became = (
                year.spent_cents,
                year.committed_cents,
                year.reserved_cents,
                year.free_cents,
                year.recovered_cents,
            )
            assert year.budget_cents + year.carried_cents == year.available_cents == sum(became)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30), st.booleans(), st.sampled_from([100, 100_000]))
def test_shares_add_up_to_a_sum_that_was_rounded_either_way(parts: list[int], up: bool, unit: int) -> None:
    whole = -(-sum(parts) // unit) if up else sum(parts) // unit
    shares = apportioned(parts, whole, unit=unit)
    assert sum(shares) == whole
    assert all(abs(share * unit - part) < unit for share, part in zip(shares, parts, strict=True))


def test_the_published_balance_of_2018_2019_is_read_as_it_was_printed() -> None:
    """Lines of 9,535 + 265 + 32,530 + 12,670 = 55,000 k$; 54,691 k$ were spent, 99,44 %."""
    shares = apportioned([953_500_000, 26_500_000, 3_253_000_000, 1_267_000_000], 55_000, unit=100_000)
    assert shares == [9_535, 265, 32_530, 12_670]
    assert used({"available_cents": 5_500_000_000, "spent_cents": 5_469_100_000}) == 994_382


def test_a_cell_that_does_not_balance_is_never_published() -> None:
    wrong = Cell(
        year=YEARS[0], measure="M1", measure_name="", programme="", kind="investment", tax_basis="net", board="990000",
        board_name="", region="", region_name="", budget_cents=100, available_cents=100, spent_cents=99,
    )  # fmt: skip
    with pytest.raises(Unbalanced):
        rules.check(wrong)


def test_a_share_of_nothing_is_no_share() -> None:
    assert used({"available_cents": 0, "spent_cents": 0}) is None
