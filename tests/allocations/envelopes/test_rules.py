from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.envelopes.rules import (
    NAMES,
    SIGNED,
    Change,
    Figures,
    Kind,
    Move,
    NotHeld,
    OverBudget,
    changed,
    effect,
    missing_sentence,
)
from kit.errors import Refused

cents = st.integers(0, 1_000_000_00)
figures = st.builds(
    lambda reserved, committed, spent, free: Figures(reserved + committed + spent + free, reserved, committed, spent),
    cents, cents, cents, cents,
)  # fmt: skip


def test_free_is_what_is_left() -> None:
    assert Figures(1_000, 200, 300, 100).free == 400


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (Kind.allocation, Figures(1_010, 200, 300, 100)),
        (Kind.adjustment, Figures(1_010, 200, 300, 100)),
        (Kind.reservation, Figures(1_000, 210, 300, 100)),
        (Kind.release, Figures(1_000, 190, 300, 100)),
        (Kind.commitment, Figures(1_000, 190, 310, 100)),
        (Kind.decommitment, Figures(1_000, 200, 290, 100)),
        (Kind.recall, Figures(1_000, 210, 290, 100)),
        (Kind.spending, Figures(1_000, 200, 290, 110)),
        (Kind.correction, Figures(1_000, 200, 300, 110)),
    ],
)
def test_each_move_changes_its_figures_and_no_other(kind: Kind, after: Figures) -> None:
    assert changed(Figures(1_000, 200, 300, 100), effect(kind, 10)) == after


@pytest.mark.parametrize("kind", list(Kind))
def test_each_move_has_a_name(kind: Kind) -> None:
    assert NAMES[kind]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SIGNED])
def test_a_move_is_never_turned_around_by_a_sign(kind: Kind) -> None:
    with pytest.raises(ValueError, match="turn the move around"):
        effect(kind, -1)


def test_a_correction_goes_both_ways() -> None:
    assert changed(Figures(1_000, 0, 0, 500), effect(Kind.correction, -20)).spent == 480


def test_over_budget_says_what_is_missing_in_the_tax_basis_of_the_measure() -> None:
    with pytest.raises(OverBudget) as refused:
        changed(Figures(2_150_00), Change(reserved=2_520_39))
    assert refused.value.detail == "Il manque 370,39\u00a0$, taxes nettes comprises."
    assert (refused.value.wanted_cents, refused.value.free_cents, refused.value.missing_cents) == (
        2_520_39, 2_150_00, 370_39,
    )  # fmt: skip
    assert missing_sentence(100, "with_tax") == "Il manque 1,00\u00a0$, taxes comprises."
    assert missing_sentence(100, "before_tax") == "Il manque 1,00\u00a0$, avant taxes."


def test_the_last_cent_may_be_used() -> None:
    assert changed(Figures(100), Change(reserved=100)).free == 0


@pytest.mark.parametrize(
    ("kind", "held", "sentence"),
    [
        (Kind.release, "reserved", "réservé"),
        (Kind.commitment, "reserved", "réservé"),
        (Kind.decommitment, "committed", "engagé"),
        (Kind.recall, "committed", "engagé"),
        (Kind.spending, "committed", "engagé"),
    ],
)
def test_nothing_leaves_a_figure_that_does_not_hold_it(kind: Kind, held: str, sentence: str) -> None:
    with pytest.raises(NotHeld, match=sentence) as refused:
        changed(Figures(1_000, 20, 20, 20), effect(kind, 21))
    assert (refused.value.figure, refused.value.held_cents, refused.value.wanted_cents) == (held, 20, 21)


def test_more_than_was_spent_cannot_be_given_back() -> None:
    with pytest.raises(NotHeld, match="dépensé"):
        changed(Figures(1_000, 0, 0, 20), effect(Kind.correction, -21))


def test_an_allocation_never_goes_below_what_is_used() -> None:
    with pytest.raises(OverBudget) as refused:
        changed(Figures(1_000, 300, 300, 300), effect(Kind.adjustment, -101))
    assert (refused.value.wanted_cents, refused.value.free_cents) == (101, 100)


@given(figures, st.sampled_from(Kind), cents)
def test_a_move_balances_or_is_refused(before: Figures, kind: Kind, amount: int) -> None:
    change = effect(kind, amount)
    try:
        after = changed(before, change)
    except Refused:
        assert (
            before.free + change.allocated < change.reserved + change.committed + change.spent
            or min(before.reserved + change.reserved, before.committed + change.committed, before.spent + change.spent)
            < 0
        )
        return
    assert min(after.reserved, after.committed, after.spent, after.free) >= 0
    assert after.allocated == after.reserved + after.committed + after.spent + after.free
    assert Change(
        after.allocated - before.allocated,
        after.reserved - before.reserved,
        after.committed - before.committed,
        after.spent - before.spent,
    ) == change  # fmt: skip


def test_a_move_needs_no_cause() -> None:
    assert Move(UUID(int=0), 1, "Essai").about == ""
