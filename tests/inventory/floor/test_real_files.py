"""The floor of the published network: every open organisation that the standard is for, assessed in a moment."""

from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
import time_machine

from inventory.coverage import queries as coverage
from inventory.floor import operations, queries
from inventory.floor.bench import BARE_AGGREGATE, PLANNER
from inventory.floor.rules import Status, oldest_count_day
from kit.actor import system
from kit.database import fetch, fetch_value
from tests.directory.imports.test_real_files import load
from tests.inventory.floor.schools import NOON

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.real_files]


async def test_the_whole_network_is_assessed_in_about_the_time_of_the_bare_aggregate(shared_data: Path) -> None:
    await load(shared_data, "boards", as_of=date(2016, 4, 14))
    for kind in ("schools", "headcounts"):
        await load(shared_data, kind)
    found = await operations.scan(system(), at=NOON)
    assert found.assessed == found.by_status[Status.below] == 2567
    # a flag for each school's buildings, and two for each of the 71 with a published headcount
    assert found.opened == 2567 + 2 * 71
    again = await operations.scan(system(), at=NOON + timedelta(hours=1))
    assert (again.assessed, again.opened, again.closed) == (2567, 0, 0)
    assert again.by_status == found.by_status

    with time_machine.travel(NOON + timedelta(hours=2)):
        everything = (await queries.list_schools(system(), limit=None)).items
        province = await coverage.province(system())
        victor = await queries.floor_of_school(system(), "711009")
    assert len({school.school for school in everything}) == 2567
    assert (province.counts.assessed, len(province.places)) == (2567, 17)
    assert sum(place.counts.assessed for place in province.places) == 2567
    assert [(rule.required, rule.pupils, rule.headcount_on) for rule in victor.rules] == [
        (needed, 144, date(2025, 9, 30)) for needed in (12, 1, 29)
    ]

    scans, bare = [], []
    await fetch_value(PLANNER)
    standard = (await queries.standard_in_force(NOON.date()))["id"]
    for n in range(9):
        scans.append((await operations.scan(system(), at=NOON + timedelta(hours=2 + n))).seconds)
        started = perf_counter()
        await fetch(BARE_AGGREGATE, standard, NOON.date(), oldest_count_day(NOON.date()))
        bare.append(perf_counter() - started)
    (row,) = await fetch(BARE_AGGREGATE, standard, NOON.date(), oldest_count_day(NOON.date()))
    stored = await fetch_value(
        "SELECT (count(*), count(*) FILTER (WHERE status = 'not_assessable'), count(*) FILTER (WHERE status = 'below'))"
        " FROM floor_assessment WHERE until_at IS NULL"
    )
    assert (row["assessed"], row["unknown"], row["below"]) == tuple(stored)
    assert row["assessed"] == 3 * 2567
    # The bench holds 1.5 on a province with its equipment; here, of an empty one, the fixed part weighs most.
    assert median(scans) < 3 * median(bare), (scans, bare)
