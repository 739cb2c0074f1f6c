"""A batch is taken back only while nobody has used what it changed; a school closed by mistake keeps all that it had."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from allocations.envelopes.computing import compute
from directory.imports import operations, queries
from directory.imports.rules import NotTheLast, UsedSince
from directory.people.grants import grant_role
from directory.people.schemas import GrantIn
from inventory.assets import operations as assets
from inventory.assets.schemas import NewAsset
from inventory.floor import operations as floor
from kit.actor import system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_value
from tests.directory.imports.lists import building, headcount, load, school
from tests.directory.imports.network import MANY, boards, counts
from tests.factories import make_actor, make_assets, make_person
from tests.reading import forms, seen, sign_in

pytestmark = pytest.mark.usefixtures("db")

Later = Callable[[], Awaitable[Any]]
TABLET = NewAsset(school="990002", category="flotte-appareils", name="Tablette")
LATER = timedelta(minutes=5)


async def made() -> int:
    """The number of a batch that made school 990002, named Renommée, where 990001 was already."""
    await boards()
    await load("schools", school())
    answer = await load("schools", school(), school("990002", "990199", name="Renommée"), partial=True)
    assert counts(answer) == (1, 0, 1, 0)
    return answer.batch or 0


async def refused(batch: int) -> str:
    before = await fetch("SELECT code, name, closed_on FROM school ORDER BY code")
    with pytest.raises(UsedSince) as found:
        await operations.undo(system(), batch)
    assert await fetch("SELECT code, name, closed_on FROM school ORDER BY code") == before
    assert (await queries.one(system(), batch)).state == "applied"
    return found.value.detail.replace("\u00a0", " ")


async def an_asset() -> None:
    await assets.add_asset(await make_actor("technician", board="990000"), TABLET)


async def an_exemption() -> None:
    await floor.exempt(
        await make_actor("ministry"),
        school="990002",
        category=None,
        reason="Travaux",
        until_day=today() + timedelta(days=9),
    )


async def a_role() -> None:
    grant = GrantIn(role="principal", board="990000", school="990002")
    await grant_role(system(), await make_person("direction@exemple.ca"), grant)


@pytest.mark.parametrize(
    ("later", "named"),
    [
        (an_asset, "un bien"),
        (lambda: compute(system(), "EX-COMBOS", "2026-2027"), "une enveloppe"),
        (lambda: load("headcounts", headcount("990002")), "un effectif"),
        (a_role, "un rôle donné"),
        (an_exemption, "une exemption"),
    ],
    ids=["an asset", "an envelope", "a headcount", "a role", "an exemption"],
)
async def test_a_school_that_it_made_has_been_used(later: Later, named: str) -> None:
    batch = await made()
    with time_machine.travel(now() + LATER, tick=False):
        await later()
        said = await refused(batch)
    assert "Renommée (990002) : " in said and named in said and "Rien n'a été changé." in said


async def test_what_is_done_at_other_schools_and_what_a_scan_finds_is_nobody_s_use() -> None:
    batch = await made()
    with time_machine.travel(now() + LATER, tick=False):
        elsewhere = NewAsset(school="990001", category="flotte-appareils", name="Tablette")
        await assets.add_asset(await make_actor("technician", board="990000"), elsewhere)
        await floor.scan(system())
        assert (await operations.undo(system(), batch)).state == "undone"
    assert await fetch_value("SELECT closed_on FROM school WHERE code = '990002'") is not None


async def test_a_record_that_somebody_changed_by_hand_is_not_written_over() -> None:
    await boards()
    await load("schools", school())
    renamed = await load("schools", school(name="Nouveau nom"), partial=True)
    await execute("UPDATE school SET name = 'Corrigé', version = version + 1 WHERE code = '990001'")
    assert "Corrigé (990001) : une fiche changée." in await refused(renamed.batch or 0)
    await execute("UPDATE school SET name = 'Nouveau nom' WHERE code = '990001'")
    assert (await operations.undo(system(), renamed.batch or 0)).state == "undone"


async def test_headcounts_that_an_envelope_was_computed_with_stay() -> None:
    await boards()
    await load("schools", school())
    counted = await load("headcounts", headcount("990001"))
    with time_machine.travel(now() + LATER, tick=False):
        await compute(system(), "EX-COMBOS", "2026-2027")
        assert "une enveloppe" in await refused(counted.batch or 0)


async def test_a_building_where_a_device_was_placed_stays_its_school_s() -> None:
    await boards()
    await load("schools", school())
    await load("buildings", building("990802"))
    linked = await load("schools", school(), school("990001", "990802"))
    with time_machine.travel(now() + LATER, tick=False):
        placed = NewAsset(school="990001", category="flotte-appareils", name="Tablette", building="990802")
        await assets.add_asset(await make_actor("technician", board="990000"), placed)
        assert "(990001) : un bien" in await refused(linked.batch or 0)


async def test_a_later_batch_is_named_first() -> None:
    batch = await made()
    later = await load("schools", school(name="Nouveau nom"), partial=True)
    with pytest.raises(NotTheLast) as found:
        await operations.undo(system(), batch)
    assert found.value.later == later.batch


async def test_a_school_closed_by_a_list_and_given_back_keeps_everything() -> None:
    await boards()
    await load("schools", *MANY)
    await load("headcounts", headcount("990002"))
    await compute(system(), "EX-COMBOS", "2026-2027")
    tags = await make_assets("990002", n=3)
    teacher = await make_actor("school_team", school="990002", email="equipe@exemple.ca")
    kept = {
        table: await fetch(f"SELECT * FROM {table} WHERE school = '990002' ORDER BY id")
        for table in ("asset", "envelope", "ledger_entry", "headcount", "school_building", "role_grant")
    }
    before = await fetch("SELECT * FROM school WHERE code = '990002'")
    closing = await load("schools", *(line for line in MANY if line["CD_ORGNS"] != "990002"))
    assert closing.closed == 1
    with time_machine.travel(now() + LATER, tick=False):
        technician = await make_actor("technician", board="990000")
        await assets.take_out_of_service(
            technician, tags[0], why="Écran brisé"
        )  # a closed school's device still breaks
        await assets.return_to_service(technician, tags[0])
        assert (await operations.undo(system(), closing.batch or 0)).state == "undone"

    (after,) = await fetch("SELECT * FROM school WHERE code = '990002'")
    assert {**after, "version": 0} == {**before[0], "version": 0}
    for table, rows in kept.items():
        again = await fetch(f"SELECT * FROM {table} WHERE school = '990002' ORDER BY id")
        without = {"version", "state_since"}
        assert [{k: v for k, v in row.items() if k not in without} for row in again] == [
            {k: v for k, v in row.items() if k not in without} for row in rows
        ], table
    assert "990002" in teacher.schools


async def test_the_page_says_why_and_offers_nothing(client: httpx.AsyncClient) -> None:
    batch = await made()
    await sign_in(client, await make_actor("ministry"))
    assert f"/imports/{batch}/undo" in forms(await client.get(f"/imports/{batch}"))
    with time_machine.travel(now() + LATER, tick=False):
        await an_asset()
    page = await client.get(f"/imports/{batch}")
    assert f"/imports/{batch}/undo" not in forms(page)
    assert "Ce lot ne s'annule plus, car on s'en est servi depuis. Renommée (990002) : un bien" in seen(page)
