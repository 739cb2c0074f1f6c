"""Money given by project and by file, by several at one moment. Each test commits in a database of its own."""

import asyncio
import io
from datetime import timedelta

import pytest

from allocations.adjustments.operations import upload
from allocations.adjustments.schemas import UploadAnswer
from allocations.envelopes.computing import compute
from allocations.projects import operations as projects
from allocations.projects.rules import WrongTurn
from allocations.projects.schemas import CallIn, NewProject
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value, transaction
from tests.factories import make_actor, make_headcount, make_school

pytestmark = pytest.mark.usefixtures("committed")
YEAR = "2026-2027"


async def handed_in(who: Actor) -> str:
    new = NewProject(measure="EX-COMBOS", year=YEAR, school="990001", title="Atelier", asked_cents=1_000_00)
    project = await projects.draft(who, new)
    await projects.submit(who, project.number)
    return project.number


async def called() -> Actor:
    who = await make_actor("principal", school=await make_school())
    async with transaction(system()):
        await execute("UPDATE measure SET mode = 'a_posteriori'")
    days = CallIn(opens_on=today() - timedelta(days=1), closes_on=today() + timedelta(days=1))
    await projects.write_call(system(), "EX-COMBOS", YEAR, days)
    return who


async def balanced() -> list[tuple[int, int]]:
    """What each envelope holds, and the sum of its ledger."""
    async with transaction(system()):
        rows = await fetch(
            "SELECT e.allocated_cents, (SELECT sum(allocated_cents)::bigint FROM ledger_entry l WHERE l.envelope = e.id) AS sum"
            " FROM envelope e ORDER BY e.board, e.school"
        )
    return [tuple(row.values()) for row in rows]


async def test_a_project_decided_by_two_at_once_is_given_once() -> None:
    number = await handed_in(await called())
    deciders = [await make_actor("ministry") for _n in range(4)]
    results = await asyncio.gather(
        *(projects.approve(who, number) for who in deciders[:3]),
        projects.refuse(deciders[3], number, reason="Non"),
        return_exceptions=True,
    )
    lost = [result for result in results if isinstance(result, BaseException)]
    assert len(lost) == 3 and all(isinstance(one, WrongTurn) for one in lost)
    assert await balanced() in ([], [(1_000_00, 1_000_00)])


async def test_two_projects_of_a_school_make_one_envelope() -> None:
    who = await called()
    numbers = [await handed_in(who) for _n in range(4)]
    ministry = await make_actor("ministry")
    await asyncio.gather(*(projects.approve(ministry, number) for number in numbers))
    assert await balanced() == [(4_000_00, 4_000_00)]


async def test_the_same_file_sent_by_two_at_once_is_applied_once_while_the_rule_is_computed() -> None:
    for code in ("990001", "990002"):
        await make_headcount(await make_school(code), 1_000)

    async def send() -> UploadAnswer:
        file = io.BytesIO(b"Code,Changement\n990001,100\n990002,-1\n")
        return await upload(system(), "EX-COMBOS", YEAR, file, "a.csv", reason="Essai")

    done = await asyncio.gather(send(), compute(system(), "EX-COMBOS", YEAR), send(), send())

    sent = [one for one in done if isinstance(one, UploadAnswer)]
    assert sorted(one.repeated for one in sent) == [False, True, True]
    first, second = await balanced()
    assert first == (29_100_00, 29_100_00)
    assert second in [
        (29_000_00, 29_000_00),
        (28_999_00, 28_999_00),
    ]  # the cut came before there was anything to cut, or after
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM adjustment_upload") == 1
