import pytest

from allocations.ordering import operations, queries, rules
from allocations.ordering.rules import BoardOrders, By, SchoolOrders
from allocations.ordering.schemas import OrderingChange
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_board, make_school

pytestmark = pytest.mark.usefixtures("db")


async def test_the_school_orders_until_its_board_decides_otherwise() -> None:
    for code in ("990001", "990002"):
        await make_school(code)
    buyer, team = await make_actor("purchasing", board="990000"), await make_actor("school_team", school="990001")
    assert await queries.who_orders(team, "990001") is By.school
    await queries.check_submits(team, "990001")
    with pytest.raises(SchoolOrders):
        await queries.check_submits(buyer, "990001")

    await operations.decide(buyer, "990000", None, OrderingChange(by="board", reason="Achats groupés"))
    await operations.decide(buyer, "990000", "990002", OrderingChange(by="school", reason="Projet pilote"))
    with pytest.raises(BoardOrders) as refused:
        await queries.check_submits(team, "990001")
    assert "990001" in str(refused.value)
    await queries.check_submits(buyer, "990001")
    assert [(one.school, one.by) for one in await queries.listing(buyer)] == [(None, "board"), ("990002", "school")]
    # A school reads what it depends on, and nothing of its neighbour.
    assert [one.school for one in await queries.listing(team)] == [None]

    await operations.decide(buyer, "990000", "990002", OrderingChange(by=None, reason="Fin du pilote"))
    assert await queries.who_orders(buyer, "990002") is By.board


async def test_a_decision_is_the_boards_with_a_reason_and_a_version() -> None:
    await make_school()
    buyer = await make_actor("purchasing", board="990000")
    change = OrderingChange(by="board", reason="Achats groupés")
    with pytest.raises(Invalid):
        await operations.decide(buyer, "990000", None, OrderingChange(by="board", reason=" "))
    with pytest.raises(Invalid):
        await operations.decide(buyer, "990000", None, OrderingChange(by=None, reason="Rien"))
    with pytest.raises(NotFound):
        await operations.decide(buyer, "990000", "991001", change)
    await make_board("991000")
    with pytest.raises(Forbidden):
        await operations.decide(await make_actor("purchasing", board="991000"), "990000", None, change)
    with pytest.raises(Forbidden):
        await operations.decide(await make_actor("principal", school="990001"), "990000", None, change)
    await operations.decide(buyer, "990000", None, change, version=0)
    with pytest.raises(Stale):
        await operations.decide(buyer, "990000", None, change, version=0)


@pytest.mark.parametrize(
    ("own", "default", "expected"),
    [(None, None, "school"), (None, "board", "board"), ("school", "board", "school"), ("default", "board", "board"),
     ("default", None, "school"), ("board", "school", "board")],
)  # fmt: skip
def test_an_exception_goes_before_the_default(own: str | None, default: str | None, expected: str) -> None:
    assert rules.decided(own=own, default=default) is By(expected)
