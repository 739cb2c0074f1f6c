from datetime import UTC, datetime
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
    changed,
    check_decider,
    is_read,
    stand,
)
from directory.replacements.queries import Standing
from kit.actor import Actor, Scope, system
from kit.errors import Forbidden, Invalid, Refused

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
    (State.submitted, Verb.ask_change): State.change_asked,
    (State.approved, Verb.ask_change): State.change_asked,
    (State.refused, Verb.resume): State.draft,
    (State.change_asked, Verb.resume): State.draft,
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
        (principal(), {OTHER}, None),
        (principal(), set(), None),
        (principal(), {OTHER, ME}, OwnSelection),
        (principal(rights=frozenset({"selection.compose", "selection.submit"})), {OTHER}, Forbidden),
        (officer(), {OTHER}, None),
        (officer(), {ME}, OwnSelection),
        (officer(rights=frozenset(), school_rights={SCHOOL: APPROVE}), {OTHER}, None),
        (officer(rights=frozenset(), school_rights={SCHOOL: APPROVE}), {ME}, OwnSelection),
        (officer(rights=frozenset(), school_rights={"990002": APPROVE}), {OTHER}, Forbidden),
        (officer(rights=frozenset()), {OTHER}, Forbidden),
        (system(), set(), OnlyAPerson),
        (system(rights=["selection.approve"]), set(), OnlyAPerson),
        (Actor(scope=Scope.board, name="sans nom", board="990000", rights=APPROVE), set(), OnlyAPerson),
    ],
)
def test_who_may_decide(who: Actor, authors: set[object], expected: type[Refused] | None) -> None:
    if expected is None:
        check_decider(who, school=SCHOOL, authors=authors)  # type: ignore[arg-type]
    else:
        with pytest.raises(expected) as refused:
            check_decider(who, school=SCHOOL, authors=authors)  # type: ignore[arg-type]
        assert refused.type is expected and refused.value.status == 403


def test_the_system_holds_no_right_to_decide() -> None:
    assert not system().may("selection.approve", school=SCHOOL)


def test_an_author_is_told_that_another_person_must_approve() -> None:
    with pytest.raises(OwnSelection, match="une autre personne doit l'approuver"):
        check_decider(principal(), school=SCHOOL, authors={ME})


@pytest.mark.parametrize(
    ("state", "authors", "verbs"),
    [
        (State.draft, set(), {"edit", "submit"}),
        (State.submitted, set(), {"approve", "refuse", "ask_change", "withdraw"}),
        (State.submitted, {ME}, {"withdraw"}),
        (State.approved, {OTHER}, {"refuse", "ask_change", "withdraw"}),
        (State.refused, {ME}, {"resume"}),
        (State.ordered, set(), set()),
    ],
)
def test_a_page_shows_what_may_be_done(state: State, authors: set[object], verbs: set[str]) -> None:
    who = principal(rights=frozenset({"selection.compose", "selection.submit", "selection.approve"}))
    assert set(allowed(who, state, school=SCHOOL, authors=authors)) == verbs  # type: ignore[arg-type]


def test_the_version_that_was_read_must_be_the_current_one() -> None:
    assert is_read(3, 3) and not is_read(4, 3)
    with pytest.raises(Invalid, match="If-Match"):
        is_read(4, None)


def test_a_past_version_is_told_by_whom_and_when() -> None:
    at = datetime(2026, 11, 20, 15, 42, tzinfo=UTC)
    refused = changed(ChangedMeanwhile, "Camille Roy", at)
    assert isinstance(refused, ChangedMeanwhile) and refused.status == 412
    assert refused.detail.startswith(
        "Le panier a changé pendant votre lecture. Rien n'a été approuvé. Modifié par Camille Roy"
    )
    assert (refused.by, refused.at) == ("Camille Roy", at.isoformat())


def held(role: str, school: str | None = SCHOOL, replaced: object = None) -> Standing:
    return Standing(role, school, replaced, "Personne absente" if replaced else "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standings", "role", "authors", "found"),
    [
        ([held("principal")], "", set(), 0),
        ([held("principal")], "principal", set(), 0),
        ([held("principal")], "purchasing", set(), None),
        ([held("principal", "990002")], "", set(), None),
        ([held("purchasing", None)], "purchasing", set(), 0),
        ([held("principal", replaced=OTHER)], "principal", set(), 0),
        ([held("principal", replaced=OTHER)], "principal", {OTHER}, None),
        ([held("principal", replaced=OTHER), held("principal")], "principal", {OTHER}, 1),
        ([], "", set(), None),
    ],
)
def test_as_what_somebody_decides(
    standings: list[Standing], role: str, authors: set[object], found: int | None
) -> None:
    expected = None if found is None else standings[found]
    assert stand(standings, role=role, school=SCHOOL, authors=authors) == expected  # type: ignore[arg-type]
