"""Two imports at the same moment: they take turns, and the second sees what the first did. Each test commits in its own database."""

import asyncio
from datetime import date

import pytest

from directory.imports import operations
from directory.imports.rules import StaleBatch
from directory.imports.schemas import ImportAnswer
from kit.actor import system
from kit.database import fetch, fetch_value, transaction
from tests.directory.imports.lists import board, load, school

pytestmark = pytest.mark.usefixtures("committed")

MANY = [school(f"9900{n:02}", f"9901{n:02}", name=f"École {n}") for n in range(1, 41)]


async def test_one_list_imported_twice_at_once_is_applied_once() -> None:
    await load("boards", board())
    answers = await asyncio.gather(*(load("schools", *MANY) for _ in range(4)))
    assert sorted((found.created, found.changed, found.unchanged) for found in answers) == [(0, 0, 40)] * 3 + [
        (40, 0, 0)
    ]
    assert sorted(found.batch or 0 for found in answers) == [2, 3, 4, 5]
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM event WHERE what = 'school.created'") == 40


async def test_two_lists_at_once_end_as_one_of_them_says_in_whole() -> None:
    await load("boards", board())
    await load("schools", *MANY)
    names = {f"9900{n:02}": f"École {n}" for n in range(1, 41)}
    one = [{**line, "NOM_OFFCL_ORGNS": f"Un {line['CD_ORGNS']}"} for line in MANY]
    other = [{**line, "NOM_OFFCL_ORGNS": f"Deux {line['CD_ORGNS']}"} for line in MANY]
    await asyncio.gather(load("schools", *one), load("schools", *other), load("schools", *MANY, dry_run=True))
    async with transaction(system()):
        found = {row["code"]: row["name"] for row in await fetch("SELECT code, name FROM school")}
        former = await fetch_value("SELECT count(*) FROM former_name")
    assert found in ({code: f"Un {code}" for code in names}, {code: f"Deux {code}" for code in names})
    assert former == 80


async def test_of_two_staged_batches_accepted_at_once_one_is_applied_and_the_other_stale() -> None:
    await load("boards", board())
    staged = [await load("schools", *MANY[n:], accept=False) for n in range(3)]
    results = await asyncio.gather(
        *(operations.accept(system(), found.batch or 0) for found in staged), return_exceptions=True
    )
    applied = [result for result in results if isinstance(result, ImportAnswer)]
    assert len(applied) == 1
    assert sum(isinstance(result, StaleBatch) for result in results) == 2
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM school") == applied[0].created
        assert await fetch_value("SELECT count(*) FROM import_batch WHERE state = 'stale'") == 2


async def test_one_batch_accepted_and_taken_back_by_many_at_once_moves_once() -> None:
    await load("boards", board())
    staged = await load("schools", *MANY, accept=False, as_of=date(2023, 1, 1))
    for act in (operations.accept, operations.undo):
        results = await asyncio.gather(*(act(system(), staged.batch or 0) for _ in range(3)), return_exceptions=True)
        assert sum(isinstance(result, ImportAnswer) for result in results) == 1
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM event WHERE what = 'school.created'") == 40
        assert await fetch_value("SELECT count(*) FROM event WHERE what = 'school.closed'") == 40
