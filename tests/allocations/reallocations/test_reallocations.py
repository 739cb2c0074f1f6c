from uuid import UUID

import pytest

from allocations.envelopes import operations as envelopes
from allocations.envelopes.balance import unbalanced
from allocations.envelopes.queries import ledger
from allocations.envelopes.rules import Move, OverBudget, Passing
from allocations.reallocations import operations, pools, queries, rules
from allocations.reallocations.schemas import GiveBack, NewReallocation, PoolChange
from kit.actor import Actor, system
from kit.database import fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import figures, make_actor, make_board, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")

MEASURE, YEAR = "EX-COMBOS", "2026-2027"


@pytest.fixture
async def buyer() -> Actor:
    await make_board()
    return await make_actor("purchasing", board="990000")


@pytest.fixture
async def two() -> tuple[UUID, UUID]:
    await make_school("990001")
    await make_school("990002")
    return await make_envelope("990001", 1_000_00), await make_envelope("990002", 400_00)


async def reserve(envelope: UUID, cents: int) -> None:
    async with transaction(system()):
        await envelopes.reserve(system(), [Move(envelope, cents, "Essai")])


async def test_a_transfer_moves_the_cents_and_both_sides_say_why(buyer: Actor, two: tuple[UUID, UUID]) -> None:
    made = await operations.transfer(
        buyer, NewReallocation(source=two[0], target=two[1], cents=250_00, reason="Une classe a changé d'école.")
    )
    assert (made.number, made.kind, made.measure, made.source_school, made.target_school) == (
        "V-990-2026-0001", "transfer", MEASURE, "990001", "990002",
    )  # fmt: skip
    assert [await figures(one) for one in two] == [(750_00, 0, 0, 0), (650_00, 0, 0, 0)]
    for envelope, cents, other in ((two[0], -250_00, two[1]), (two[1], 250_00, two[0])):
        line = (await ledger(buyer, envelope)).items[0]
        assert (line.kind, line.allocated_cents, line.counterpart, line.about) == (
            "transfer",
            cents,
            other,
            made.number,
        )
        assert line.reason == "Une classe a changé d'école."
    assert await unbalanced(system()) == []


async def test_a_loan_is_given_back_in_parts_as_far_as_the_borrower_has_it_free(
    buyer: Actor, two: tuple[UUID, UUID]
) -> None:
    lent = await operations.lend(buyer, NewReallocation(source=two[0], target=two[1], cents=300_00, reason="Avance"))
    await reserve(two[1], 600_00)
    with pytest.raises(OverBudget):
        await operations.give_back(buyer, lent.number, GiveBack(reason="Retour"))
    part = await operations.give_back(buyer, lent.number, GiveBack(cents=100_00, reason="Retour"), version=1)
    assert (part.returned_cents, part.left_cents, part.version) == (100_00, 200_00, 2)
    with pytest.raises(Stale):
        await operations.give_back(buyer, lent.number, GiveBack(reason="Retour"), version=1)
    assert [await figures(one) for one in two] == [(800_00, 0, 0, 0), (0, 600_00, 0, 0)]
    assert [one.number for one in (await queries.listing(buyer, outstanding=True)).items] == [lent.number]


async def test_money_that_is_used_is_not_given_away(buyer: Actor, two: tuple[UUID, UUID]) -> None:
    await reserve(two[0], 900_00)
    with pytest.raises(OverBudget) as refused:
        await operations.transfer(buyer, NewReallocation(source=two[0], target=two[1], cents=100_01, reason="Trop"))
    assert refused.value.figures["free_cents"] == 100_00
    with pytest.raises(Invalid):
        await operations.transfer(buyer, NewReallocation(source=two[0], target=two[1], cents=1, reason="  "))
    assert [await figures(one) for one in two] == [(100_00, 900_00, 0, 0), (400_00, 0, 0, 0)]


async def test_only_the_board_moves_money_and_only_its_own(two: tuple[UUID, UUID]) -> None:
    new = NewReallocation(source=two[0], target=two[1], cents=1, reason="Essai")
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    with pytest.raises(NotFound):
        await operations.transfer(stranger, new)
    for role, place in (
        ("principal", {"school": "990001"}),
        ("technician", {"board": "990000"}),
        ("auditor", {"board": "990000"}),
    ):
        with pytest.raises(Forbidden):
            await operations.transfer(await make_actor(role, **place), new)
    assert (await queries.listing(stranger)).items == []


async def test_each_side_sees_a_movement_and_a_third_school_does_not(buyer: Actor, two: tuple[UUID, UUID]) -> None:
    await make_school("990003")
    made = await operations.lend(buyer, NewReallocation(source=two[0], target=two[1], cents=1, reason="Avance"))
    for school in ("990001", "990002"):
        assert (await queries.one(await make_actor("principal", school=school), made.number)).number == made.number
    with pytest.raises(NotFound):
        await queries.one(await make_actor("principal", school="990003"), made.number)


async def test_a_pool_covers_what_a_school_lacks_and_gets_it_back_by_night(
    buyer: Actor, two: tuple[UUID, UUID]
) -> None:
    await make_school("990003")
    third = await make_envelope("990003", 150_00)
    team = await make_actor("school_team", school="990001")
    assert await pools.top_up(team, two[0], 1_200_00) == await pools.lendable(two[0]) == 0  # not shared yet
    shared = await pools.share(buyer, "990000", MEASURE, YEAR, PoolChange(shared=True, reason="Mise en commun"))
    assert (shared.shared, shared.envelopes, shared.free_cents, shared.lent_cents) == (True, 3, 1_550_00, 0)

    assert await pools.lendable(two[0]) == 550_00
    assert await pools.top_up(team, two[0], 1_200_00) == 200_00
    async with transaction(team):
        await envelopes.reserve(team, [Move(two[0], 1_200_00, "Panier")])
    # The smallest gave all it had, the next the rest.
    assert [await figures(one) for one in (*two, third)] == [(0, 1_200_00, 0, 0), (350_00, 0, 0, 0), (0, 0, 0, 0)]
    assert (await queries.pool(buyer, "990000", MEASURE, YEAR)).lent_cents == 200_00
    assert await pools.top_up(team, two[0], 9_999_99) == 0  # the pool has not as much: nothing by halves

    async with transaction(team):
        await envelopes.release(team, [Move(two[0], 1_100_00, "Panier repris")])
    assert await pools.settle_all(system()) == 200_00
    assert await pools.settle_all(system()) == 0
    assert [await figures(one) for one in (*two, third)] == [
        (900_00, 100_00, 0, 0),
        (400_00, 0, 0, 0),
        (150_00, 0, 0, 0),
    ]
    # Reserved here without a basket: only the ledger can balance.
    assert all(found.figures == found.ledger for found in await unbalanced(system()))


async def test_sharing_has_a_reason_a_version_and_stays_the_boards(buyer: Actor, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(Invalid):
        await pools.share(buyer, "990000", MEASURE, YEAR, PoolChange(shared=True, reason=" "))
    await pools.share(buyer, "990000", MEASURE, YEAR, PoolChange(shared=True, reason="Essai"), version=0)
    with pytest.raises(Stale):
        await pools.share(buyer, "990000", MEASURE, YEAR, PoolChange(shared=False, reason="Essai"), version=0)
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    with pytest.raises(NotFound):
        await pools.share(stranger, "990000", MEASURE, YEAR, PoolChange(shared=False, reason="Essai"))
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM event WHERE what = 'envelope.pool_changed'") == 1


def test_what_a_passing_takes_it_gives() -> None:
    with pytest.raises(ValueError, match="turn the passing around"):
        Passing(UUID(int=1), UUID(int=2), 0, "Essai").sides()
    assert rules.number("711000", "2026-2027", 7) == "V-711-2026-0007"
