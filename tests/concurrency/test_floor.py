"""Real races on the floor: scans, digests and exemptions that start at once. Each test commits in a database of its own."""

import asyncio
from datetime import date

import pytest

from inventory.floor import operations
from inventory.floor.jobs import nightly
from inventory.floor.notices import digest
from inventory.floor.rules import AlreadyExempt
from kit.actor import system
from kit.database import fetch_value, transaction
from tests.factories import give_role, make_actor, make_person
from tests.inventory.floor.schools import make_sized

pytestmark = pytest.mark.usefixtures("committed")


async def count(what: str) -> int:
    async with transaction(system()):
        found: int = await fetch_value(f"SELECT count(*) FROM {what}")
    return found


async def test_scans_that_start_at_once_take_turns_and_write_once() -> None:
    for n in range(1, 6):
        await make_sized(f"99000{n}")
    found = await asyncio.gather(*(operations.scan(system()) for _ in range(6)))
    assert sorted(scan.opened for scan in found) == [0, 0, 0, 0, 0, 15]
    assert {scan.assessed for scan in found} == {5}
    assert await count("floor_status WHERE until_at IS NULL") == 5
    assert await count("floor_assessment") == 15
    assert await count("floor_flag") == 15


async def test_nights_that_start_at_once_tell_once() -> None:
    await make_sized()
    await give_role(await make_person("admin@exemple.ca"), "board_admin", board="990000")
    await asyncio.gather(*(nightly(system()) for _ in range(3)), digest(system()))
    assert await count("outbox") == 1


async def test_two_exemptions_at_once_leave_one() -> None:
    await make_sized()
    first, second = await make_actor("ministry"), await make_actor("ministry")
    results = await asyncio.gather(
        *(
            operations.exempt(who, school="990001", category=None, reason="Chantier", until_day=date(2099, 6, 30))
            for who in (first, second)
        ),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == [AlreadyExempt.__name__, "ExemptionOut"]
    assert await count("floor_exemption") == 1
