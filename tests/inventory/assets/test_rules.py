"""The machine of states, the count for the floor, tags and serials."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.assets import rules
from inventory.assets.rules import MOVES, Move, MoveRefused, State
from kit.errors import Invalid, Refused

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words(state: State) -> None:
    assert rules.STATE_WORDS[state]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.what)
def test_no_move_ends_where_it_may_start(move: Move) -> None:
    assert move.to not in move.start


def test_nothing_leaves_retirement_and_everything_that_is_ours_may_reach_it() -> None:
    assert all(rules.moves_from(state) == [] for state in rules.OVER)
    assert all(rules.RETIRE in rules.moves_from(state) for state in State if state not in rules.OVER)


def test_nothing_becomes_received_again() -> None:
    """An expected delivery is lowered when a unit leaves `received`: it must happen once."""
    assert all(move.to is not State.received for move in MOVES)


@given(st.lists(st.sampled_from(MOVES), max_size=40))
def test_any_history_of_allowed_moves_stays_among_the_states(tried: list[Move]) -> None:
    state = State.received
    history = [state]
    for move in tried:
        try:
            rules.check_move(move, state, "711-000001")
        except MoveRefused:
            assert state not in move.start
            continue
        state = move.to
        history.append(state)
    for before, after in pairwise(history):
        assert any(before in move.start and move.to is after for move in MOVES)
    if State.retired in history:
        assert history[-1] is State.retired


def test_a_refused_move_says_the_state_and_what_cannot_be_done() -> None:
    with pytest.raises(MoveRefused) as refused:
        rules.check_move(rules.LEND, State.in_repair, "711-004217")
    assert refused.value.detail == "Le bien 711-004217 est en réparation\u00a0: on ne peut pas le prêter."


@pytest.mark.parametrize(
    ("state", "useful_until", "counts", "sentence"),
    [
        (State.in_service, None, True, "Compte pour le plancher de l'école."),
        (State.on_loan, TODAY, True, "Compte pour le plancher de l'école."),
        (
            State.in_service,
            date(2026, 11, 23),
            False,
            "Ne compte pas pour le plancher\u00a0: vie utile terminée le 23\u00a0novembre\u00a02026.",
        ),
        (State.received, None, False, "Ne compte pas encore pour le plancher\u00a0: reçu, pas encore mis en service."),
        (State.in_repair, date(2020, 1, 1), False, "Ne compte pas pour le plancher\u00a0: en réparation."),
        (State.stolen, None, False, "Ne compte pas pour le plancher\u00a0: volé."),
    ],
)
def test_what_counts_for_the_floor_and_why(
    state: State, useful_until: date | None, counts: bool, sentence: str
) -> None:
    assert rules.counts_for_floor(state, useful_until, TODAY) is counts
    assert rules.floor_sentence(state, useful_until, TODAY) == sentence


def test_a_tag_is_the_board_and_six_digits_or_more() -> None:
    assert rules.tag("711000", 4217) == "711-004217"
    assert rules.tag("711000", 1_234_567) == "711-1234567"


@pytest.mark.parametrize("typed", ["DMPX1234", "5CD-0001 A", "S/N-44", "0001", "100000", "NA12", "XX7", "1234"])
def test_a_serial_is_kept_as_typed(typed: str) -> None:
    assert rules.serial_number(f"  {typed} ") == typed


def test_no_serial_is_none_and_not_an_empty_text() -> None:
    assert rules.serial_number(None) is None


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "0", "0000000", "N/A", "n/a", "NA", "Default string", "To be filled by O.E.M.", "xxxx", "1111111", "-", "...",
     "aucun", "Sans numéro", "6.37702E+15", "6,37702E+15", "N.A.", "SYSTEM-SERIAL-NUMBER", "INVALID",
     "System Serial Number", "none", "S/N", "123456789", "?", "a" * 121, "AB\x07CD"],
)  # fmt: skip
def test_what_is_no_serial_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        rules.serial_number(typed)


@pytest.mark.parametrize(
    "read", ["5CD-0001 A", "S1", "0000", "Chromebook 3100", "chromebook3100", "00884116391234", "6.4E+9", "N/A"]
)
def test_a_scanner_gives_no_product_code_no_pair_and_no_stump_for_a_serial(read: str) -> None:
    with pytest.raises(Refused):
        rules.scanned_serial(read, not_these=("Chromebook 3100", "00884116391234", ""))


def test_what_a_device_bears_is_taken_from_a_scanner() -> None:
    assert rules.scanned_serial(" 5CD0001A\r", not_these=("Chromebook 3100", "")) == "5CD0001A"


def test_a_reason_is_trimmed_and_needed() -> None:
    assert rules.check_reason(" brisé ") == "brisé"
    with pytest.raises(Invalid):
        rules.check_reason("\t")
