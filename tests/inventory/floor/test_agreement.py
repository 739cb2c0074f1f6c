"""The scan's SQL and the pure rules say the same of any network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.floor import operations, queries
from inventory.floor.rules import overall
from kit.actor import system
from kit.database import execute, fetch, fetch_value, transaction
from tests.factories import make_assets, make_board, make_building, make_headcount, make_school
from tests.inventory.floor.schools import NOON

DAY = NOON.date()
CATEGORIES = ("robotique", "laboratoire-creatif", "flotte-appareils")
LEVELS = ("preschool", "primary", "secondary", "adult", "vocational")
DAYS = st.none() | st.sampled_from([DAY + timedelta(days=n) for n in (-400, -1, 0, 1, 90)])

rules = st.fixed_dictionaries(
    {
        "category": st.sampled_from(CATEGORIES),
        "unit": st.sampled_from(["school", "building", "pupils"]),
        "quantity": st.integers(1, 3),
        "per_pupils": st.integers(1, 7),
        "minimum_pupils": st.none() | st.integers(0, 12),
        "without_headcount": st.sampled_from(["not_assessable", "minimum"]),
        "levels": st.sets(st.sampled_from(LEVELS), min_size=1),
    }
)
schools = st.fixed_dictionaries(
    {
        "levels": st.sets(st.sampled_from(LEVELS)),
        "headcounts": st.dictionaries(
            st.tuples(
                st.sampled_from(["2024-2025", "2025-2026", "2026-2027"]),
                st.sampled_from(["primary", "secondary", "all"]),
            ),
            st.none() | st.integers(0, 20),
        ),
        "buildings": st.lists(st.booleans(), max_size=3),
        "assets": st.lists(
            st.tuples(
                st.sampled_from(CATEGORIES),
                st.sampled_from(
                    ["received", "in_service", "on_loan", "out_of_service", "in_repair", "lost", "retired"]
                ),
                DAYS,
            ),
            max_size=6,
        ),
        "deliveries": st.lists(st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 4), DAYS), max_size=5),
        "exempt": st.none() | st.tuples(st.none() | st.sampled_from(CATEGORIES), st.integers(-2, 1), st.booleans()),
    }
)


class _Undo(Exception):
    pass


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """What the block writes is taken back."""
    try:
        async with transaction(system()):
            yield
            raise _Undo
    except _Undo:
        pass


async def build(standard: list[dict[str, Any]], network: list[dict[str, Any]]) -> list[str]:
    await make_board()
    mine = await fetch_value(
        "INSERT INTO floor_standard (code, name, from_year, published_at) VALUES ('essai', 'Essai', '2026-2027', now()) RETURNING id"
    )
    for position, rule in enumerate(standard):
        await execute(
            "INSERT INTO floor_rule (standard, category, unit, quantity, per_pupils, minimum_pupils, without_headcount, position,"
            f" {', '.join(f'for_{level}' for level in LEVELS)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            mine, rule["category"], rule["unit"], rule["quantity"],
            rule["per_pupils"] if rule["unit"] == "pupils" else None,
            rule["minimum_pupils"], rule["without_headcount"], position, *(level in rule["levels"] for level in LEVELS),
        )  # fmt: skip
    return [await build_school(f"990{n:03}", facts) for n, facts in enumerate(network, 1)]


async def build_school(code: str, facts: dict[str, Any]) -> str:
    await make_school(code)
    sets = ", ".join(f'"{level}" = {str(level in facts["levels"]).lower()}' for level in LEVELS)
    await execute(f"UPDATE school SET {sets} WHERE code = $1", code)
    for (year, level), pupils in facts["headcounts"].items():
        await make_headcount(code, pupils, year=year, level=level)
    for n, is_open in enumerate(facts["buildings"]):
        await make_building(f"{990 + n}{code[3:]}", school=code)
        if not is_open:
            await execute("UPDATE school_building SET closed_on = $2 WHERE building = $1", f"{990 + n}{code[3:]}", DAY)
    for category, state, until in facts["assets"]:
        await make_assets(code, category, state=state, useful_until=until)
    for n, (category, quantity, day) in enumerate(facts["deliveries"]):
        await execute(
            "INSERT INTO expected_delivery (source, board, school, category, quantity, expected_on)"
            " VALUES ($1, '990000', $2, $3, $4, $5)",
            f"{code}/{n}", code, category, quantity, day,
        )  # fmt: skip
    if facts["exempt"]:
        category, days, ended = facts["exempt"]
        await execute(
            "INSERT INTO floor_exemption (board, school, category, reason, from_day, until_day, ended_at)"
            " VALUES ('990000', $1, $2, 'chantier', $3, $4, $5)",
            code, category, DAY - timedelta(days=2), DAY + timedelta(days=days), NOON if ended else None,
        )  # fmt: skip
    return code


@pytest.mark.usefixtures("db")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(standard=st.lists(rules, min_size=1, max_size=4), network=st.lists(schools, min_size=1, max_size=4))
async def test_the_scan_and_the_rules_agree_on_any_network(
    standard: list[dict[str, Any]], network: list[dict[str, Any]]
) -> None:
    with time_machine.travel(NOON):
        async with undone():
            codes = await build(standard, network)
            scanned = await operations.scan(system())
            stored = await fetch(
                "SELECT school, rule, status, required, counted, gap, on_order, expected_on FROM floor_assessment"
                " WHERE until_at IS NULL"
            )
            overall_stored = {
                row["school"]: row["status"]
                for row in await fetch("SELECT school, status FROM floor_status WHERE until_at IS NULL")
            }
            floors = {code: await queries.gaps_of_school(system(), code) for code in codes}
    by_rules = {
        (code, one.rule): (one.status, one.required, one.counted, one.gap, one.on_order, one.expected)
        for code, found in floors.items()
        for one in found
    }
    assert {(row["school"], row["rule"]): tuple(row)[2:] for row in stored} == by_rules
    assert overall_stored == {code: overall(one.status for one in found) for code, found in floors.items() if found}
    assert scanned.assessed == len(overall_stored)
