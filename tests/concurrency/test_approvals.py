"""Many decisions at one moment on one basket. Each test commits in a database of its own."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from allocations.approvals.operations import delegate
from allocations.approvals.queries import listing
from allocations.approvals.schemas import NewDelegation, NewStep
from allocations.envelopes import queries as envelopes
from allocations.selections import decisions, operations, queries
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from directory.replacements.operations import name
from directory.replacements.schemas import NewReplacement
from kit.actor import Actor, system
from kit.clock import today
from kit.database import fetch_value, transaction
from kit.errors import Refused
from tests.factories import make_actor, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("committed")


async def submitted(team: Actor) -> SelectionOut:
    new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027")
    found = await operations.draft(team, new)
    found = await operations.put_line(team, found.number, NewLine(product="appareil", quantity=2), version=1)
    return await decisions.submit(team, found.number, version=found.version)


async def make_team(cents: int = 10_000_00) -> Actor:
    team = await make_actor("school_team", school=await make_school())
    await make_product()
    await make_envelope(cents=cents)
    return team


async def live_decisions() -> int:
    async with transaction(system()):
        return int(await fetch_value("SELECT count(*) FROM approval WHERE voided_at IS NULL"))


async def test_two_principals_at_one_moment_decide_once() -> None:
    team = await make_team()
    first, second = [await make_actor("principal", school="990001") for _n in range(2)]
    for n in range(1, 6):
        basket = await submitted(team)
        results = await asyncio.gather(
            decisions.approve(first, basket.number, version=basket.version),
            decisions.approve(second, basket.number, version=basket.version),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Refused) for result in results) == 1
        assert await live_decisions() == n


async def test_an_approval_and_a_request_for_change_at_one_moment_leave_one_and_the_money_with_it() -> None:
    team = await make_team()
    principal, officer = await make_actor("principal", school="990001"), await make_actor("purchasing", board="990000")
    held = 0
    for _n in range(5):
        basket = await submitted(team)
        await asyncio.gather(
            decisions.approve(principal, basket.number, version=basket.version),
            decisions.ask_change(officer, basket.number, version=basket.version, reason="Quelle classe?"),
            return_exceptions=True,
        )
        state = (await queries.one(team, basket.number)).state
        assert state in ("approved", "change_asked")
        held += basket.charged_cents if state == "approved" else 0
        (envelope,) = await envelopes.of_school(team, "990001", "2026-2027")
        assert envelope.figures.reserved == held


async def test_ten_presses_at_the_first_of_two_steps_are_one_agreement() -> None:
    team = await make_team()
    principal = await make_actor("principal", school="990001")
    steps = [NewStep(role="principal", limit_cents=1_00), NewStep(role="purchasing")]
    await delegate(system(), NewDelegation(from_day=today(), steps=steps), board="990000")
    basket = await submitted(team)

    results = await asyncio.gather(
        *(decisions.approve(principal, basket.number, version=basket.version) for _n in range(10))
    )

    assert {(result.state, result.step_role, result.version) for result in results} == {
        ("submitted", "purchasing", basket.version + 1)
    }
    assert await live_decisions() == 1


async def test_two_delegations_of_one_day_leave_one_in_force() -> None:
    await make_school()
    steps = [NewStep(role="principal", limit_cents=1_00), NewStep(role="purchasing")]
    new = NewDelegation(from_day=today(), steps=steps)
    await asyncio.gather(*(delegate(system(), new, board="990000") for _n in range(5)), return_exceptions=True)
    assert [one.state for one in await listing(system())].count("active") == 1


async def test_two_who_name_a_deputy_at_one_moment_leave_one() -> None:
    await make_school()
    principal = await make_actor("principal", school="990001")
    deputies = [await make_actor("technician", board="990000") for _n in range(4)]
    until = today() + timedelta(days=3)
    results = await asyncio.gather(
        *(name(principal, NewReplacement(deputy=one.email, from_day=today(), until_day=until)) for one in deputies),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 3


async def test_twenty_callers_of_the_api_on_the_last_dollar(application: Any) -> None:
    """Room for one basket of 840.13 $ and half of one more: one wins, nineteen read both amounts."""
    team = await make_team(840_13 + 400_00)
    baskets = []
    for _n in range(20):
        new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027")
        found = await operations.draft(team, new)
        line = NewLine(product="appareil", quantity=2)
        baskets.append(await operations.put_line(team, found.number, line, version=1))
    headers = {"Authorization": f"Bearer {await make_token(team.email)}"}

    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.local") as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/api/v1/selections/{one.number}/submit", headers=headers | {"If-Match": f'"{one.version}"'}
                )
                for one in baskets
            )
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 19
    for answer in answers:
        if answer.status_code == 422:
            told = answer.json()
            assert (told["wanted_cents"], told["free_cents"], told["missing_cents"]) == (840_13, 400_00, 440_13)
            assert told["detail"].replace("\u00a0", " ") == "Il manque 440,13 $, taxes nettes comprises."
    (envelope,) = await envelopes.of_school(team, "990001", "2026-2027")
    assert (envelope.figures.reserved, envelope.figures.free) == (840_13, 400_00)
