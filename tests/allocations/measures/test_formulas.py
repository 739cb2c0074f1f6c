from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from allocations.measures.formulas import (
    Body,
    FloorsOverTotal,
    Rule,
    covers,
    own_part,
    shares,
    weight_of,
)
from allocations.measures.parting import pro_rata
from kit.money import MILLION

DAY = date(2025, 9, 30)
RULE = Rule(
    formula="max_floor_per_pupil",
    floor_cents=5_000_00,
    per_pupil_cents=29_00,
    without_headcount="floor",
    levels=frozenset({"preschool", "primary", "secondary", "adult"}),
)
RANKED = replace(
    RULE, base_cents=1_000_00, floor_cents=0, rank_of="imse", weights={8: 1_100_000, 9: 1_200_000}, unranked_ppm=500_000
)


def school(pupils: int | None, *, rank: int | None = None, rule: Rule = RULE) -> Body:
    return Body(pupils, DAY if pupils is not None else None, (pupils or 0) * weight_of(rule, rank), rank)


def said(rule: Rule, *bodies: Body, total: int | None = None) -> list[tuple[int | None, str]]:
    found, _left = shares(rule, bodies, total=total)
    return [(share.cents, share.sentence.replace("\u00a0", " ")) for share in found]


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
    assert said(RULE, school(pupils)) == [(cents, sentence)]


def test_a_base_a_weight_and_a_cap_are_said_with_the_amount() -> None:
    rule = replace(RANKED, cap_cents=40_000_00)
    assert said(rule, school(100, rank=9, rule=rule), school(100, rank=3, rule=rule), school(100, rule=rule)) == [
        (4_480_00, "1 000,00 $ de base + 100 élèves au 30 septembre 2025 × 1,2 (rang 9) × 29,00 $ = 4 480,00 $."),
        (3_900_00, "1 000,00 $ de base + 100 élèves au 30 septembre 2025 × 1 (rang 3) × 29,00 $ = 3 900,00 $."),
        (2_450_00, "1 000,00 $ de base + 100 élèves au 30 septembre 2025 × 0,5 (sans rang) × 29,00 $ = 2 450,00 $."),
    ]
    ((cents, sentence),) = said(rule, school(2_000, rank=9, rule=rule))
    assert cents == 40_000_00 and sentence.endswith("= 70 600,00 $, plus que le montant maximal : 40 000,00 $.")


def test_a_flat_amount_needs_no_headcount() -> None:
    rule = replace(RULE, base_cents=15_000_00, floor_cents=0, per_pupil_cents=0, without_headcount="none")
    assert said(rule, school(None), school(12)) == [(15_000_00, "Montant de base : 15 000,00 $.")] * 2


def test_the_boards_own_part_is_said_to_the_cent() -> None:
    rule = replace(RULE, own_share_ppm=334_000)
    (share,), _left = shares(rule, [school(1_001)])
    assert (share.cents, share.own_cents) == (29_029_00, 9_695_69)
    assert share.sentence.replace("\u00a0", " ").endswith(
        "Dont 19 333,31 $ du ministère (66,6 %) et 9 695,69 $ de l'organisme (33,4 %)."
    )


def test_a_missing_headcount_is_not_zero_pupils() -> None:
    assert said(replace(RULE, without_headcount="none"), school(None)) == [
        (None, "Effectif non connu : aucune enveloppe selon la règle.")
    ]


@pytest.mark.parametrize(("pupils", "given"), [(29, False), (30, True), (0, False)])
def test_a_school_under_the_minimum_gets_none_and_is_told(pupils: int, given: bool) -> None:
    ((cents, sentence),) = said(replace(RULE, minimum_pupils=30), school(pupils))
    assert (cents is not None) == given
    assert given or "sous le minimum de 30" in sentence


def test_a_board_is_said_with_its_schools_that_are_not_counted() -> None:
    board = Body(1_500, DAY, 1_800 * MILLION, schools=4, uncounted=1)
    ((cents, sentence),) = said(RANKED, board)
    assert cents == 53_200_00
    assert sentence == (
        "1 000,00 $ de base + 1 500 élèves au 30 septembre 2025 (pondérés selon le rang : 1 800) × 29,00 $ = 53 200,00 $."
        " 1 école sans effectif connu n'y est pas."
    )


def test_a_total_is_parted_by_pupils_and_the_cents_add_up() -> None:
    rule = replace(RULE, formula="pro_rata", floor_cents=0, without_headcount="none")
    found = said(rule, school(100), school(100), school(100), school(None), total=100_00)
    assert [cents for cents, _sentence in found] == [33_34, 33_33, 33_33, None]
    assert found[0][1] == "100 élèves au 30 septembre 2025 sur 300, de 100,00 $ à partager = 33,34 $."


def test_floors_and_caps_of_a_parted_total_are_said() -> None:
    rule = replace(RULE, formula="pro_rata", floor_cents=10_00, cap_cents=60_00)
    assert said(rule, school(1), school(900), school(99), school(None), total=100_00) == [
        (10_00, "1 élève au 30 septembre 2025 sur 1 000, de 100,00 $ à partager : le montant minimal, 10,00 $."),
        (60_00, "900 élèves au 30 septembre 2025 sur 1 000, de 100,00 $ à partager : le montant maximal, 60,00 $."),
        (20_00, "99 élèves au 30 septembre 2025 sur 99, de 20,00 $ à partager = 20,00 $."),
        (10_00, "Effectif non connu : le montant minimal, 10,00 $."),
    ]


def test_floors_that_are_more_than_the_total_are_refused_with_both() -> None:
    rule = replace(RULE, formula="pro_rata", floor_cents=60_00)
    with pytest.raises(FloorsOverTotal) as refused:
        shares(rule, [school(1), school(2)], total=100_00)
    assert refused.value.figures == {"floors_cents": 120_00, "total_cents": 100_00}


@pytest.mark.parametrize(
    ("levels", "expected"),
    [({"primary"}, True), ({"vocational"}, False), ({"vocational", "adult"}, True), (set(), False)],
)
def test_a_rule_is_for_schools_that_give_one_of_its_levels(levels: set[str], expected: bool) -> None:
    assert covers(RULE, levels) is expected


MONEY = st.integers(0, 10_000_000)
PUPILS = st.integers(0, 20_000)


@given(PUPILS, MONEY, MONEY, st.integers(0, 100_000), st.none() | MONEY, st.integers(0, 3 * MILLION))
def test_base_and_pupils_between_the_floor_and_the_cap(
    pupils: int, base: int, floor: int, each: int, above: int | None, weight: int
) -> None:
    cap = None if above is None else max(base, floor) + above
    rule = replace(
        RANKED, base_cents=base, floor_cents=floor, per_pupil_cents=each, cap_cents=cap, weights={}, unranked_ppm=weight
    )
    ((cents, _sentence),) = said(rule, school(pupils, rule=rule))
    plain = base + (2 * each * pupils * weight + MILLION) // (2 * MILLION)
    assert cents == min(max(floor, plain), plain + floor + base if cap is None else cap)


@given(MONEY, st.integers(0, MILLION - 1))
def test_the_two_parts_of_an_amount_always_add_up(cents: int, ppm: int) -> None:
    own = own_part(replace(RULE, own_share_ppm=ppm), cents)
    assert 0 <= own <= cents
    assert abs(own * MILLION - cents * ppm) <= MILLION // 2


@st.composite
def parted(draw: st.DrawFn) -> tuple[int, list[int], list[int], list[int | None]]:
    n = draw(st.integers(1, 12))
    points = draw(st.lists(st.integers(0, 5_000), min_size=n, max_size=n))
    lows = draw(st.lists(st.integers(0, 1_000), min_size=n, max_size=n))
    rooms = draw(st.lists(st.none() | st.integers(0, 5_000), min_size=n, max_size=n))
    total = sum(lows) + draw(st.integers(0, 50_000))
    return total, points, lows, [None if room is None else low + room for low, room in zip(lows, rooms, strict=True)]


@given(parted())
def test_a_total_parted_within_bounds_adds_up_to_the_cent(
    case: tuple[int, list[int], list[int], list[int | None]],
) -> None:
    total, points, lows, highs = case
    parts, left = pro_rata(total, points, lows, highs)
    assert sum(parts) + left == total and left >= 0
    assert all(low <= part for low, part in zip(lows, parts, strict=True))
    assert all(high is None or part <= high for high, part in zip(highs, parts, strict=True))
    at_rest = [i for i, part in enumerate(parts) if part > lows[i] and ((high := highs[i]) is None or part < high)]
    # Nothing is left over while somebody who counts could take more of it.
    assert not left or all(not point or part == high for point, part, high in zip(points, parts, highs, strict=True))
    # Those whom no bound holds share in proportion: no two differ by more than the cent of a rounding.
    for i in at_rest:
        for j in at_rest:
            assert (
                abs(parts[i] * points[j] - parts[j] * points[i])
                <= max(points[i], points[j]) * 1 + points[i] + points[j]
            )


@given(parted())
def test_who_is_held_below_never_has_a_larger_claim_than_the_others(case: Any) -> None:
    total, points, lows, highs = case
    parts, _left = pro_rata(total, points, lows, highs)
    for i, part in enumerate(parts):
        for j, other in enumerate(parts):
            if points[i] > points[j] and ((high := highs[i]) is None or part < high) and other > lows[j]:
                assert part >= other  # more pupils, no cap reached: never less than somebody above their floor
