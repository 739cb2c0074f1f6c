"""A key repeats one demand of one actor for one board, and nothing else."""

import pytest

from kit.actor import Actor, Scope
from kit.idempotency import KeyReused, once
from kit.ids import new_id

pytestmark = pytest.mark.usefixtures("db")


def acting(board: str, person: object) -> Actor:
    return Actor(scope=Scope.board, name="Ana", person=person, board=board)  # type: ignore[arg-type]


async def answer(text: str) -> str:
    return text


async def test_a_repeated_demand_gets_the_first_answer() -> None:
    who = acting("990000", new_id())
    assert await once(who, "a", ["build"], lambda: answer("premier"), str) == "premier"
    assert await once(who, "a", ["build"], lambda: answer("second"), str) == "premier"


async def test_another_demand_or_another_board_under_the_same_key_is_refused() -> None:
    person = new_id()
    await once(acting("990000", person), "a", ["build"], lambda: answer("de 990000"), str)
    with pytest.raises(KeyReused):
        await once(acting("990000", person), "a", ["send"], lambda: answer("autre"), str)
    with pytest.raises(KeyReused):
        await once(acting("991000", person), "a", ["build"], lambda: answer("de 991000"), str)


async def test_somebody_else_uses_the_same_key_freely() -> None:
    assert await once(acting("990000", new_id()), "a", ["build"], lambda: answer("une"), str) == "une"
    assert await once(acting("990000", new_id()), "a", ["build"], lambda: answer("autre"), str) == "autre"
