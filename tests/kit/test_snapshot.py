"""A transaction that is a snapshot sees the data of one moment, whatever others commit meanwhile; an ordinary one sees it."""

import asyncio

import pytest

from kit.actor import system
from kit.database import execute, fetch_value, transaction

COUNT = "SELECT count(*) FROM region WHERE code = 'zz'"


@pytest.mark.usefixtures("committed")
async def test_what_others_commit_is_not_seen_in_a_snapshot() -> None:
    begun, written = asyncio.Barrier(3), asyncio.Event()

    async def read(*, snapshot: bool) -> tuple[int, int]:
        async with transaction(system(), snapshot=snapshot):
            before = await fetch_value(COUNT)
            await begun.wait()
            await written.wait()
            return before, await fetch_value(COUNT)

    async def write() -> None:
        await begun.wait()
        async with transaction(system()):
            await execute("INSERT INTO region (code, name) VALUES ('zz', 'Essai')")
        written.set()

    still, _nothing, seen = await asyncio.gather(read(snapshot=True), write(), read(snapshot=False))
    assert still == (0, 0)
    assert seen == (0, 1)
