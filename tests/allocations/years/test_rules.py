"""Which state of a school year leads where, and what each lets be written."""

import pytest

from allocations.years import rules
from allocations.years.rules import (
    AlreadyClosed,
    AlreadyClosing,
    NotBegun,
    NotClosed,
    State,
    Verb,
    YearClosed,
    YearClosing,
)
from kit.errors import Conflict

NOW = "2026-2027"
MOVES = {
    (State.open, Verb.begin_closing): State.closing,
    (State.open, Verb.close): State.closed,
    (State.closing, Verb.close): State.closed,
    (State.closing, Verb.reopen): State.open,
    (State.closed, Verb.report): State.reporting,
    (State.closed, Verb.reopen): State.open,
    (State.reporting, Verb.close): State.closed,
    (State.reporting, Verb.reopen): State.open,
}
REFUSED: dict[Verb, type[Conflict]] = {
    Verb.begin_closing: AlreadyClosing,
    Verb.close: AlreadyClosed,
    Verb.report: NotClosed,
    Verb.reopen: NotClosed,
}


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("state", list(State))
def test_a_year_goes_only_where_its_state_leads(state: State, verb: Verb) -> None:
    if target := MOVES.get((state, verb)):
        assert rules.after(state, verb, NOW, current=NOW) is target
    else:
        with pytest.raises(REFUSED[verb], match=NOW):
            rules.after(state, verb, NOW, current=NOW)


@pytest.mark.parametrize("verb", [Verb.begin_closing, Verb.close])
def test_a_year_to_come_does_not_end(verb: Verb) -> None:
    with pytest.raises(NotBegun, match="2027-2028"):
        rules.after(State.open, verb, "2027-2028", current=NOW)


def test_a_year_that_closes_lets_what_is_approved_go_on_and_nothing_begin() -> None:
    for state in State:
        if state in rules.SHUT:
            for check in (rules.check_ordering, rules.check_choosing):
                with pytest.raises(YearClosed, match="est fermé"):
                    check(state, NOW)
        else:
            rules.check_ordering(state, NOW)
    rules.check_choosing(State.open, NOW)
    with pytest.raises(YearClosing, match="se ferme"):
        rules.check_choosing(State.closing, NOW)
