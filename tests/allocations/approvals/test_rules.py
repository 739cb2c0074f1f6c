from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.approvals.rules import (
    Ladder,
    Step,
    check_from,
    check_steps,
    choose,
    decides,
    needed,
    over_limit_sentence,
    waiting_step,
)
from kit.errors import Invalid

ROLES = ("principal", "purchasing", "third", "fourth")


def ladder(*limits: int | None, kind: str = "", category: str | None = None, key: UUID | None = None) -> Ladder:
    steps = [Step(n, role, role, limit) for n, (role, limit) in enumerate(zip(ROLES, limits, strict=False), 1)]
    return Ladder(key or uuid4(), kind, category, steps)


def climb(found: Ladder, cents: int) -> list[str]:
    """The roles that agree, one after another, until one decides."""
    asked, position = [], 0
    while True:
        step = waiting_step(found, position)
        asked.append(step.role)
        if decides(step, cents):
            return asked
        position = step.position


@given(
    st.lists(st.integers(1, 10**9), max_size=3, unique=True).map(sorted),
    st.integers(0, 2 * 10**9),
)  # fmt: skip
def test_every_amount_is_decided_by_the_first_step_whose_limit_holds_it(limits: list[int], cents: int) -> None:
    check_steps([(role, limit) for role, limit in zip(ROLES, [*limits, None], strict=False)])
    found = ladder(*limits, None)

    asked = climb(found, cents)

    assert asked == list(ROLES[: needed(found, cents)])
    assert len(asked) == 1 + sum(limit < cents for limit in limits)


def test_a_limit_is_enough_to_the_cent() -> None:
    step = Step(1, "principal", "Direction", 5_000_00)
    assert decides(step, 5_000_00) and not decides(step, 5_000_01)


def test_the_most_precise_delegation_decides() -> None:
    every = ladder(100, None)
    kind = ladder(200, None, kind="investment")
    category = ladder(300, None, category="robotique")
    both = ladder(400, None, kind="investment", category="robotique")
    known = [every, kind, category, both]

    assert choose(known, kind="investment", categories={"robotique"}, cents=1) is both
    assert choose(known[:3], kind="investment", categories={"robotique"}, cents=1) is category
    assert choose(known[:2], kind="investment", categories={"robotique"}, cents=1) is kind
    assert choose(known, kind="operating", categories={"flotte"}, cents=1) is every
    assert choose(known[1:2], kind="operating", categories={"flotte"}, cents=1) is None


def test_of_two_categories_the_one_that_asks_for_most_steps_decides() -> None:
    easy, strict = ladder(None, category="livres"), ladder(100, 200, None, category="robotique")
    assert choose([easy, strict], kind="", categories={"livres", "robotique"}, cents=150) is strict
    assert choose([easy, strict], kind="", categories={"livres"}, cents=150) is easy


def test_a_step_whose_holders_all_prepared_the_basket_is_passed_over_but_never_the_last() -> None:
    found = ladder(100, None)
    assert waiting_step(found, 0, passed_over={"principal"}).role == "purchasing"
    assert waiting_step(found, 0, passed_over={"principal", "purchasing"}).role == "purchasing"
    assert waiting_step(found, 1).role == "purchasing"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "de 1 à 6 étapes"),
        ([("principal", None), ("principal", None)], "qu'une étape"),
        ([("principal", 100)], "La dernière étape n'a pas de limite"),
        ([("principal", None), ("purchasing", None)], "L'étape 1 n'a pas de limite"),
        ([("principal", 200), ("purchasing", 100), ("third", None)], "étape 2 doit dépasser"),
        ([("principal", 200), ("purchasing", 200), ("third", None)], "étape 2 doit dépasser"),
    ],
)
def test_steps_that_nobody_could_climb_are_refused(steps: list[tuple[str, int | None]], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        check_steps(steps)


def test_a_delegation_does_not_begin_in_the_past() -> None:
    check_from(date(2026, 11, 24), today=date(2026, 11, 24))
    with pytest.raises(Invalid, match="aujourd'hui ou plus tard"):
        check_from(date(2026, 11, 23), today=date(2026, 11, 24))


def test_over_the_limit_the_sentence_is_word_for_word() -> None:
    assert over_limit_sentence(5_000_00, "Approvisionnement et finances").replace("\u00a0", " ") == (
        "Votre limite pour ce genre d'achat est de 5 000,00 $. Votre accord est noté; la décision revient à"
        " Approvisionnement et finances."
    )
