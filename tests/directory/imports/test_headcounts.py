"""Headcounts by year and level; missing is not zero."""

from datetime import date

import pytest

from directory.imports import operations
from kit.actor import system
from kit.database import fetch, fetch_one
from tests.directory.imports.lists import headcount, load, school, source
from tests.directory.imports.network import MANY, boards, counts, events

pytestmark = pytest.mark.usefixtures("db")


async def test_headcounts_are_kept_by_year_and_level_and_missing_is_not_zero() -> None:
    await boards()
    await load("schools", *MANY)
    lines = [headcount(), headcount("990002", "1,000"), headcount("990003", "", IMSE="SP"), headcount("990999")]
    answer = await load("headcounts", *lines, accept=False)
    assert (answer.state, answer.read, counts(answer), len(answer.refused)) == ("applied", 4, (3, 0, 0, 0), 1)
    rows = await fetch("SELECT school, level, counted_on, pupils, imse, board FROM headcount ORDER BY school")
    assert [tuple(found) for found in rows] == [
        ("990001", "primary", date(2025, 9, 30), 105, 10.4, "990000"),
        ("990002", "primary", date(2025, 9, 30), 1000, 10.4, "990000"),
        ("990003", "primary", date(2025, 9, 30), None, None, "990000"),
    ]
    again = await load("headcounts", headcount(pupils="110"), headcount(year="2024-2025"))
    assert counts(again) == (1, 1, 0, 0)
    happened = await events("990001")
    assert (happened["headcount.created"], happened["headcount.changed"]) == (2, 1)


async def test_a_figure_without_a_column_stays_as_it_was() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    content = "Code_Org,Nbre_Eleves,Annee_Scol\n990001,110,2025-2026\n"
    await operations.import_list(system(), "headcounts", [source(content, "effectifs_primaire.csv")])
    assert tuple(await fetch_one("SELECT pupils, imse_rank FROM headcount") or ()) == (110, 9)


async def test_headcounts_taken_back_lose_their_figures_only() -> None:
    await boards()
    await load("schools", school())
    await load("headcounts", headcount())
    answer = await load("headcounts", headcount(pupils="110"), headcount(year="2024-2025"))
    await operations.undo(system(), answer.batch or 0)
    rows = await fetch("SELECT year, pupils, imse FROM headcount ORDER BY year")
    assert [tuple(found) for found in rows] == [("2024-2025", None, None), ("2025-2026", 105, 10.4)]
