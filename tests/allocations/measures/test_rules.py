from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.measures.rules import Rule, check_year, covers, share_of
from kit.errors import Invalid

DAY = date(2025, 9, 30)
RULE = Rule(
    formula="max_floor_per_pupil",
    floor_cents=5_000_00,
    per_pupil_cents=29_00,
    without_headcount="floor",
    levels=frozenset({"preschool", "primary", "secondary", "adult"}),
)
NONE = Rule(
    formula="max_floor_per_pupil",
    floor_cents=5_000_00,
    per_pupil_cents=29_00,
    without_headcount="none",
    levels=frozenset({"primary"}),
    minimum_pupils=30,
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("pupils", "cents", "sentence"),
    [
        (144, 5_000_00, "144 élèves au 30 septembre 2025 × 29,00 $ = 4 176,00 $, moins que le montant minimal : 5 000,00 $."),
        (1_000, 29_000_00, "1 000 élèves au 30 septembre 2025 × 29,00 $ = 29 000,00 $."),
        (1, 5_000_00, "1 élève au 30 septembre 2025 × 29,00 $ = 29,00 $, moins que le montant minimal : 5 000,00 $."),
        (0, 5_000_00, "0 élève au 30 septembre 2025 × 29,00 $ = 0,00 $, moins que le montant minimal : 5 000,00 $."),
        (None, 5_000_00, "Effectif non connu : le montant minimal, 5 000,00 $."),
    ],
)  # fmt: skip
def test_the_larger_of_the_floor_and_so_much_a_pupil(pupils: int | None, cents: int, sentence: str) -> None:
    share = share_of(RULE, pupils=pupils, counted_on=DAY if pupils is not None else None)
    assert (share.cents, plain(share.sentence)) == (cents, sentence)


def test_a_missing_headcount_is_not_zero_pupils() -> None:
    assert share_of(NONE, pupils=None, counted_on=None).cents is None
    assert plain(share_of(NONE, pupils=None, counted_on=None).sentence) == (
        "Effectif non connu : aucune enveloppe selon la règle."
    )


@pytest.mark.parametrize(("pupils", "given"), [(29, False), (30, True), (0, False)])
def test_a_school_under_the_minimum_gets_none_and_is_told(pupils: int, given: bool) -> None:
    share = share_of(NONE, pupils=pupils, counted_on=DAY)
    assert (share.cents is not None) == given
    if not given:
        assert "sous le minimum de 30" in share.sentence


@pytest.mark.parametrize(
    ("levels", "expected"),
    [({"primary"}, True), ({"vocational"}, False), ({"vocational", "adult"}, True), (set(), False)],
)
def test_a_rule_is_for_schools_that_give_one_of_its_levels(levels: set[str], expected: bool) -> None:
    assert covers(RULE, levels) is expected


@given(st.integers(0, 20_000), st.integers(0, 10_000_000), st.integers(0, 100_000))
def test_never_less_than_the_floor_nor_than_the_pupils(pupils: int, floor: int, each: int) -> None:
    rule = Rule("max_floor_per_pupil", floor, each, "none", frozenset({"primary"}))
    cents = share_of(rule, pupils=pupils, counted_on=DAY).cents
    assert cents in (floor, each * pupils) and cents >= floor and cents >= each * pupils


@pytest.mark.parametrize("year", ["2026", "2026-2028", "2026-27", "2026-2027 ", "", "abcd-efgh"])
def test_a_school_year_is_written_in_one_way(year: str) -> None:
    with pytest.raises(Invalid, match="2026-2027"):
        check_year(year)


def test_a_right_school_year_passes() -> None:
    assert check_year("2026-2027") == "2026-2027"
