from datetime import date

import pytest

from allocations.projects import rules
from allocations.projects.rules import NotOpen, State, Verb, WrongTurn
from kit.errors import Invalid

ALLOWED = {
    (State.draft, Verb.change): State.draft,
    (State.draft, Verb.submit): State.submitted,
    (State.submitted, Verb.withdraw): State.draft,
    (State.submitted, Verb.approve): State.approved,
    (State.submitted, Verb.refuse): State.refused,
    (State.approved, Verb.report): State.reported,
    (State.reported, Verb.report): State.reported,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_each_verb_has_its_turn(state: State, verb: Verb) -> None:
    if (state, verb) in ALLOWED:
        assert rules.after(state, verb, "PR-1") is ALLOWED[state, verb]
    else:
        with pytest.raises(WrongTurn) as refused:
            rules.after(state, verb, "PR-1")
        assert refused.value.figures == {"number": "PR-1", "state": state.value}


def test_a_call_takes_proposals_from_its_first_day_to_its_last() -> None:
    opens, closes = date(2026, 9, 1), date(2027, 1, 15)
    rules.check_open(opens, closes, opens)
    rules.check_open(opens, closes, closes)
    for day in (date(2026, 8, 31), date(2027, 1, 16)):
        with pytest.raises(NotOpen, match=r"1er.septembre.2026"):
            rules.check_open(opens, closes, day)


def test_no_more_is_approved_than_is_asked() -> None:
    rules.check_amount(100_00, 100_00)
    with pytest.raises(Invalid, match="demande"):
        rules.check_amount(100_01, 100_00)
