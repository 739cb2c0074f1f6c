from itertools import product
from uuid import uuid4

import pytest

from allocations.selections.rules import (
    ChangedMeanwhile,
    OnlyAPerson,
    OwnSelection,
    State,
    Verb,
    WrongState,
    after,
    allowed,
    check_version,
    decision_step,
)
from kit.actor import Actor, Scope, system
from kit.errors import Forbidden, Invalid, Refused, Stale

ME, OTHER = uuid4(), uuid4()
APPROVE = frozenset({"selection.approve"})
SCHOOL = "990001"

MOVES = {
    (State.draft, Verb.edit): State.draft,
    (State.draft, Verb.submit): State.submitted,
    (State.submitted, Verb.approve): State.approved,
    (State.submitted, Verb.refuse): State.refused,
    (State.approved, Verb.refuse): State.refused,
    (State.submitted, Verb.withdraw): State.withdrawn,
    (State.approved, Verb.withdraw): State.withdrawn,
    (State.refused, Verb.resume): State.draft,
    (State.withdrawn, Verb.resume): State.draft,
}


@pytest.mark.parametrize(("state", "verb"), list(product(State, Verb)))
def test_each_verb_moves_from_its_states_and_from_no_other(state: State, verb: Verb) -> None:
    if target := MOVES.get((state, verb)):
        assert after(state, verb) is target
    else:
        with pytest.raises(WrongState) as refused:
            after(state, verb)
        assert refused.value.detail and refused.value.state == state


def principal(*, rights: frozenset[str] = APPROVE) -> Actor:
    return Actor(scope=Scope.school, name="Direction", person=ME, board="990000", schools=(SCHOOL,), rights=rights)


def officer(**fields: object) -> Actor:
    return Actor(**{"scope": Scope.board, "name": "AF", "person": ME, "board": "990000", "rights": APPROVE} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "authors", "expected"),
    [
        (principal(), {OTHER}, "school"),
        (principal(), set(), "school"),
        (principal(), {OTHER, ME}, OwnSelection),
        (principal(rights=frozenset({"selection.compose", "selection.submit"})), {OTHER}, Forbidden),
        (officer(), {OTHER}, "board"),
        (officer(), {ME}, OwnSelection),
        (officer(rights=frozenset(), school_rights={SCHOOL: APPROVE}), {OTHER}, "school"),
        (officer(rights=frozenset(), school_rights={SCHOOL: APPROVE}), {ME}, OwnSelection),
        (officer(rights=frozenset(), school_rights={"990002": APPROVE}), {OTHER}, Forbidden),
        (officer(rights=frozenset()), {OTHER}, Forbidden),
        (system(), set(), OnlyAPerson),
        (system(rights=["selection.approve"]), set(), OnlyAPerson),
        (Actor(scope=Scope.board, name="sans nom", board="990000", rights=APPROVE), set(), OnlyAPerson),
    ],
)
def test_who_decides_and_at_which_step(who: Actor, authors: set[object], expected: str | type[Refused]) -> None:
    if isinstance(expected, str):
        assert decision_step(who, school=SCHOOL, authors=authors) == expected  # type: ignore[arg-type]
    else:
        with pytest.raises(expected) as refused:
            decision_step(who, school=SCHOOL, authors=authors)  # type: ignore[arg-type]
        assert refused.type is expected and refused.value.status == 403


def test_the_system_holds_no_right_to_decide() -> None:
    assert not system().may("selection.approve", school=SCHOOL)


def test_an_author_is_told_that_another_person_must_approve() -> None:
    with pytest.raises(OwnSelection, match="une autre personne doit l'approuver"):
        decision_step(principal(), school=SCHOOL, authors={ME})


@pytest.mark.parametrize(
    ("state", "authors", "verbs"),
    [
        (State.draft, set(), {"edit", "submit"}),
        (State.submitted, set(), {"approve", "refuse", "withdraw"}),
        (State.submitted, {ME}, {"withdraw"}),
        (State.approved, {OTHER}, {"refuse", "withdraw"}),
        (State.refused, {ME}, {"resume"}),
        (State.ordered, set(), set()),
    ],
)
def test_a_page_shows_what_may_be_done(state: State, authors: set[object], verbs: set[str]) -> None:
    who = principal(rights=frozenset({"selection.compose", "selection.submit", "selection.approve"}))
    assert set(allowed(who, state, school=SCHOOL, authors=authors)) == verbs  # type: ignore[arg-type]


def test_the_version_that_was_read_must_be_the_current_one() -> None:
    check_version(3, 3)
    with pytest.raises(Stale):
        check_version(4, 3)
    with pytest.raises(ChangedMeanwhile, match="Rien n'a été approuvé"):
        check_version(4, 3, error=ChangedMeanwhile)
    with pytest.raises(Invalid, match="If-Match"):
        check_version(4, None)
