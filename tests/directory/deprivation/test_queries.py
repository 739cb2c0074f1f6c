from datetime import date
from pathlib import Path

import pytest

from directory.deprivation import queries
from directory.deprivation.rules import first_day
from directory.imports.operations import import_list
from directory.imports.rules import SourceFile
from kit.actor import system
from kit.database import execute
from tests.factories import make_actor, make_headcount, make_school

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 11, 24), date(2025, 9, 30)),
        (date(2026, 9, 29), date(2024, 9, 30)),
        (date(2026, 9, 30), date(2025, 9, 30)),
    ],
)
def test_ranks_hold_for_their_year_and_the_next(day: date, first: date) -> None:
    assert first_day(day) == first


async def ranked() -> None:
    for code, board in (("990001", "990000"), ("990002", "990000"), ("991001", "991000")):
        await make_school(code, board=board)
        await make_headcount(code, 100, year="2025-2026")
    await execute("UPDATE headcount SET imse_rank = 9, sfr_rank = 7 WHERE school = '990001'")


async def test_ranks_are_listed_by_school_and_a_missing_one_is_no_rank() -> None:
    await ranked()
    found = (await queries.listing(system())).items
    assert [(row.school, row.level, row.imse_rank, row.sfr_rank) for row in found] == [
        ("990001", "primary", 9, 7), ("990002", "primary", None, None), ("991001", "primary", None, None),
    ]  # fmt: skip
    first = await queries.listing(system(), limit=1)
    assert [row.school for row in (await queries.listing(system(), limit=1, after=first.next)).items] == ["990002"]


async def test_a_board_sees_its_own_schools() -> None:
    await ranked()
    who = await make_actor("purchasing", board="991000")
    assert [row.school for row in (await queries.listing(who)).items] == ["991001"]


async def test_the_published_list_fills_the_ranks(shared_data: Path) -> None:
    file = next((shared_data / "imse").glob("*.csv"))
    for code, board in (("711002", "711000"), ("711007", "711000"), ("711009", "711000")):
        await make_school(code, board=board)
    with file.open("rb") as opened:
        await import_list(system(), "headcounts", [SourceFile(file.name, opened)])
    found = (await queries.listing(system(), year="2025-2026")).items
    assert [(row.school, row.imse_rank, row.sfr_rank) for row in found] == [
        ("711002", 9, 2), ("711007", None, None), ("711009", 8, 7),
    ]  # fmt: skip
