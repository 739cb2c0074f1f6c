import pytest

from allocations.ordering import operations, queries, rules
from allocations.ordering.rules import BoardOrders, By
from allocations.ordering.schemas import OrderingChange
from allocations.selections import decisions
from allocations.selections import operations as selections
from allocations.selections.schemas import NewLine, NewSelection
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_board, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def test_the_school_orders_until_its_board_decides_otherwise() -> None:
    for code in ("990001", "990002"):
        await make_school(code)
    buyer, team = await make_actor("purchasing", board="990000"), await make_actor("school_team", school="990001")
    assert await queries.who_orders(team, "990001") is By.school
    await make_envelope("990001")
    await make_product("tablette", 100_00)
    new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027")
    basket = await selections.draft(team, new)
    with pytest.raises(Forbidden):
        await selections.draft(buyer, new)

    await operations.decide(buyer, "990000", None, OrderingChange(by="board", reason="Achats groupés"))
    await operations.decide(buyer, "990000", "990002", OrderingChange(by="school", reason="Projet pilote"))
    line = NewLine(product="tablette")
    for refused in (selections.draft(team, new), selections.put_line(team, basket.number, line, version=1)):
        with pytest.raises(BoardOrders, match="990001"):
            await refused
    mended = await selections.put_line(buyer, basket.number, line, version=1)
    assert (await decisions.submit(buyer, basket.number, version=mended.version)).state == "submitted"
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
