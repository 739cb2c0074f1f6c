from datetime import date

import pytest

from inventory.tickets import rules
from inventory.tickets.rules import STEPS, State, StepRefused
from kit.errors import Invalid


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words_and_a_way_on(state: State) -> None:
    assert rules.STATE_WORDS[state]
    assert any(state in step.start for step in STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.what)
@pytest.mark.parametrize("state", State)
def test_a_step_starts_only_where_it_may(step: rules.Step, state: State) -> None:
    if state in step.start:
        rules.check_step(step, state, "B-711-2026-0318")
    else:
        with pytest.raises(StepRefused) as refused:
            rules.check_step(step, state, "B-711-2026-0318")
        assert "B-711-2026-0318" in refused.value.detail


def test_the_number_bears_the_first_year_of_the_school_year() -> None:
    assert rules.number("711000", date(2027, 6, 30), 318) == "B-711-2026-0318"
    assert rules.number("711000", date(2027, 7, 1), 12345) == "B-711-2027-12345"
    assert rules.series("711000", date(2027, 6, 30)) == "ticket:711000:2026"


def test_an_empty_sentence_is_refused_in_the_words_of_its_field() -> None:
    assert rules.said("body", " oui ", "Écrivez.") == "oui"
    with pytest.raises(Invalid) as refused:
        rules.said("body", "\n", "Écrivez.")
    assert refused.value.errors == {"body": "Écrivez."}
