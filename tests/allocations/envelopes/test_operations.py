import random
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID, uuid4

import pytest

from allocations.envelopes import operations, queries
from allocations.envelopes.rules import Figures, Kind, Move, NotHeld, OverBudget
from kit.actor import Actor, Scope, system
from kit.database import execute, fetch, fetch_one, transaction
from kit.errors import Conflict, NotFound, Refused
from tests.factories import make_actor, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")


def move(envelope: UUID, cents: int, about: str = "") -> Move:
    return Move(envelope, cents, "Essai", "selection", about)


async def stored(envelope: UUID) -> Figures:
    row = await fetch_one(
        "SELECT allocated_cents, reserved_cents, committed_cents, spent_cents FROM envelope WHERE id = $1", envelope
    )
    assert row
    return Figures(*row)


async def summed(envelope: UUID) -> Figures:
    row = await fetch_one(
        "SELECT sum(allocated_cents)::bigint, sum(reserved_cents)::bigint, sum(committed_cents)::bigint,"
        " sum(spent_cents)::bigint FROM ledger_entry WHERE envelope = $1",
        envelope,
    )
    assert row
    return Figures(*row)


async def test_a_reservation_writes_the_figures_and_why() -> None:
    who = await make_actor("school_team", school=await make_school())
    envelope = await make_envelope(cents=2_150_00)

    async with transaction(who):
        after = await operations.reserve(who, [Move(envelope, 840_13, "Panier soumis", "selection", "P-1")])

    assert after == {envelope: Figures(2_150_00, 840_13)}
    assert await stored(envelope) == after[envelope] == await summed(envelope)
    last = (await queries.ledger(who, envelope)).items[0]
    assert (last.kind, last.reserved_cents, last.allocated_cents) == ("reservation", 840_13, 0)
    assert (last.reason, last.about_kind, last.about, last.actor_name) == (
        "Panier soumis",
        "selection",
        "P-1",
        who.name,
    )


async def test_a_second_choice_cannot_overdraw_the_envelope() -> None:
    await make_school()
    envelope = await make_envelope(cents=1_000_00)
    await operations.reserve(system(), [move(envelope, 700_00)])

    with pytest.raises(OverBudget) as refused:
        await operations.reserve(system(), [move(envelope, 400_00)])

    assert (refused.value.wanted_cents, refused.value.free_cents) == (400_00, 300_00)
    assert await stored(envelope) == Figures(1_000_00, 700_00) == await summed(envelope)


async def test_many_moves_are_one_act_all_or_none() -> None:
    codes = [await make_school(f"9900{n:02}") for n in range(1, 4)]
    found = [await make_envelope(code, 100_00) for code in codes]
    moves = [move(envelope, 30_00, about=f"P-{n}") for envelope in found for n in range(3)]
    await operations.reserve(system(), moves)
    assert [await stored(envelope) for envelope in found] == [Figures(100_00, 90_00)] * 3

    with pytest.raises(OverBudget):
        await operations.reserve(system(), [move(found[0], 1_00), move(found[1], 5_00), move(found[1], 5_01)])

    assert [await stored(envelope) for envelope in found] == [Figures(100_00, 90_00)] * 3
    rows = await fetch("SELECT about FROM ledger_entry WHERE envelope = $1 AND kind = 'reservation'", found[0])
    assert sorted(row["about"] for row in rows) == ["P-0", "P-1", "P-2"]


async def test_a_move_of_nothing_leaves_no_row() -> None:
    await make_school()
    envelope = await make_envelope()
    assert await operations.reserve(system(), [move(envelope, 0)]) == {envelope: Figures(2_150_00)}
    assert len(await fetch("SELECT 1 FROM ledger_entry WHERE envelope = $1", envelope)) == 1
    assert await operations.reserve(system(), []) == {}


async def test_an_envelope_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        await operations.lock(uuid4())


async def test_the_database_itself_refuses_an_overdraft() -> None:
    await make_school()
    envelope = await make_envelope(cents=100)
    for wrong in ("reserved_cents = 101", "spent_cents = -1"):
        with pytest.raises(Conflict, match="ont changé"):
            async with transaction(system()):
                await execute(f"UPDATE envelope SET {wrong} WHERE id = $1", envelope)


@pytest.mark.parametrize(
    "stranger",
    [
        Actor(scope=Scope.school, name="sœur", board="990000", schools=("990002",)),
        Actor(scope=Scope.board, name="voisine", board="991000"),
        Actor(scope=Scope.school, name="personne", board="990000"),
    ],
    ids=["sibling school", "another board", "no school"],
)
async def test_a_stranger_sees_nothing_and_changes_nothing(stranger: Actor) -> None:
    await make_school()
    envelope = await make_envelope()
    async with transaction(stranger):
        assert await fetch("SELECT 1 FROM envelope") == []
        assert await fetch("SELECT 1 FROM ledger_entry") == []
        assert await execute("UPDATE envelope SET spent_cents = 1") == 0
        with pytest.raises(NotFound):
            await operations.reserve(stranger, [move(envelope, 1)])
    assert await stored(envelope) == Figures(2_150_00)


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_history_the_ledger_sums_to_the_figures(seed: int) -> None:
    """Reserve, release, commit, recall, decommit, spend, correct, adjust at random over three envelopes, some refused."""
    chance = random.Random(seed)
    found = [
        await make_envelope(await make_school(f"9900{n:02}"), chance.randrange(500_00, 1_000_00)) for n in range(1, 4)
    ]
    verbs: dict[Kind, Callable[..., Awaitable[object]]] = {
        Kind.reservation: operations.reserve,
        Kind.release: operations.release,
        Kind.commitment: operations.commit,
        Kind.decommitment: operations.decommit,
        Kind.recall: partial(operations.decommit, back_to_reserved=True),
        Kind.spending: operations.spend,
        Kind.correction: operations.correct,
        Kind.adjustment: operations.adjust,
    }
    done: set[Kind] = set()
    refused = 0
    for _turn in range(150):
        kind = chance.choice([*verbs, Kind.reservation, Kind.reservation, Kind.commitment])
        signed = kind in (Kind.correction, Kind.adjustment)
        most = chance.choice([5_00, 50_00, 400_00])
        moves = [
            move(chance.choice(found), chance.randrange(-most if signed else 0, most))
            for _n in range(chance.randrange(1, 4))
        ]
        before = [await stored(envelope) for envelope in found]
        try:
            await verbs[kind](system(), moves)
            done.add(kind)
        except (OverBudget, NotHeld):
            refused += 1
            assert [await stored(envelope) for envelope in found] == before
        for envelope in found:
            figures = await stored(envelope)
            assert figures == await summed(envelope)
            assert min(figures.reserved, figures.committed, figures.spent, figures.free) >= 0
    assert refused and len(done) >= 7  # the walk went somewhere, and met walls


async def test_a_refusal_inside_a_larger_act_undoes_that_act_alone() -> None:
    await make_school()
    envelope = await make_envelope(cents=100)
    with pytest.raises(Refused):
        async with transaction(system()):
            await operations.reserve(system(), [move(envelope, 60)])
            await operations.reserve(system(), [move(envelope, 60)])
    assert await stored(envelope) == Figures(100)
