"""Many presses at one moment on one envelope. Each test commits in a database of its own."""

import asyncio
from uuid import UUID

import pytest

from allocations.envelopes import operations as envelopes
from allocations.envelopes import queries
from allocations.envelopes.computing import compute
from allocations.envelopes.rules import Figures, Move, OverBudget
from allocations.selections import decisions, operations
from allocations.selections.rules import OwnSelection
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from kit.actor import Actor, system
from kit.database import fetch, fetch_one, transaction
from kit.errors import Refused
from tests.factories import make_actor, make_envelope, make_headcount, make_product, make_school

pytestmark = pytest.mark.usefixtures("committed")


async def team(cents: int) -> tuple[Actor, UUID]:
    who = await make_actor("school_team", school=await make_school())
    await make_product()
    return who, await make_envelope(cents=cents)


async def basket(who: Actor) -> SelectionOut:
    new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027")
    found = await operations.draft(who, new)
    return await operations.put_line(who, found.number, NewLine(product="appareil", quantity=2), version=1)


async def figures(envelope: UUID) -> Figures:
    return (await queries.one(system(), envelope)).figures


async def balanced(envelope: UUID) -> bool:
    """Whether the figures are the sums of the ledger."""
    async with transaction(system()):
        row = await fetch_one(
            "SELECT sum(allocated_cents)::bigint, sum(reserved_cents)::bigint, sum(committed_cents)::bigint,"
            " sum(spent_cents)::bigint FROM ledger_entry WHERE envelope = $1",
            envelope,
        )
    return row is not None and Figures(*row) == await figures(envelope)


@pytest.mark.parametrize(("callers", "winners"), [(2, 1), (20, 1), (20, 3)])
async def test_submissions_at_one_moment_never_overdraw(callers: int, winners: int) -> None:
    """Room for `winners` baskets of 840.13 $ and half of one more: they win, each other reads both amounts."""
    who, envelope = await team(winners * 840_13 + 400_00)
    baskets = [await basket(who) for _n in range(callers)]

    results = await asyncio.gather(
        *(decisions.submit(who, found.number, version=found.version) for found in baskets), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(results) - len(refused) == winners
    for error in refused:
        assert isinstance(error, OverBudget)
        assert (error.wanted_cents, error.free_cents, error.missing_cents) == (840_13, 400_00, 440_13)
    assert await figures(envelope) == Figures(winners * 840_13 + 400_00, winners * 840_13)
    assert await balanced(envelope)
    async with transaction(system()):
        states = [row["state"] for row in await fetch("SELECT state FROM selection")]
    assert sorted(states) == ["draft"] * (callers - winners) + ["submitted"] * winners


async def test_ten_presses_on_one_button_are_one_reservation() -> None:
    who, envelope = await team(10_000_00)
    found = await basket(who)
    results = await asyncio.gather(*(decisions.submit(who, found.number, version=2) for _n in range(10)))
    assert len({result.version for result in results}) == 1
    assert await figures(envelope) == Figures(10_000_00, 840_13) and await balanced(envelope)


async def test_an_approval_and_a_withdrawal_at_one_moment_leave_one_of_them() -> None:
    who, envelope = await team(10_000_00)
    principal = await make_actor("principal", school="990001")
    for _n in range(5):
        found = await basket(who)
        await decisions.submit(who, found.number, version=2)
        results = await asyncio.gather(
            decisions.approve(principal, found.number, version=3),
            decisions.withdraw(who, found.number, version=3),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Refused) for result in results) == 1
        assert await balanced(envelope)


async def test_whoever_submits_cannot_slip_an_approval_in_at_the_same_moment() -> None:
    who, _envelope = await team(10_000_00)
    principal = await make_actor("principal", school="990001")
    for _n in range(5):
        found = await basket(who)
        _first, second = await asyncio.gather(
            decisions.submit(principal, found.number, version=2),
            decisions.approve(principal, found.number, version=3),
            return_exceptions=True,
        )
        assert isinstance(second, Refused)
        with pytest.raises(OwnSelection):
            await decisions.approve(principal, found.number, version=3)


async def test_moves_over_the_same_envelopes_in_any_order_never_deadlock() -> None:
    found = [await make_envelope(await make_school(f"9900{n:02}"), 1_000_00) for n in range(1, 9)]

    async def act(turn: int) -> None:
        turned = found[turn % 8 :] + found[: turn % 8]
        moves = [Move(envelope, 1_00, "Essai") for envelope in (turned if turn % 2 else turned[::-1])]
        async with transaction(system()):
            await envelopes.reserve(system(), moves)

    await asyncio.gather(*(act(turn) for turn in range(24)))
    assert {(await figures(envelope)).reserved for envelope in found} == {24_00}
    assert all([await balanced(envelope) for envelope in found])


async def test_two_computations_at_one_moment_make_each_envelope_once() -> None:
    for n in range(1, 6):
        await make_headcount(await make_school(f"9900{n:02}"), 1_000)
    results = await asyncio.gather(*(compute(system(), "EX-COMBOS", "2026-2027") for _n in range(3)))
    assert sorted(result.created for result in results) == [0, 0, 5]
    assert {result.total_cents for result in results} == {5 * 29_000_00}
    async with transaction(system()):
        assert len(await fetch("SELECT 1 FROM ledger_entry")) == 5
