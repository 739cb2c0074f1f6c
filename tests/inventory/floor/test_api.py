"""The API of the floor: nobody, a stranger, the rightful."""

import httpx
import pytest
import time_machine

from inventory.floor import operations
from kit.actor import Actor, system
from kit.database import fetch_value
from tests.factories import make_actor, make_school, make_token
from tests.inventory.floor.schools import NOON, flags, make_desk_school

PATHS = ("/floor/standard", "/floor/schools", "/floor/schools/990001", "/flags")


@pytest.fixture(autouse=True)
async def scanned(client: httpx.AsyncClient) -> None:
    await make_desk_school()
    await make_school("991001", board="991000")
    await operations.scan(system(), at=NOON)


async def bearer(who: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {await make_token(who.email)}"}


async def test_nobody_reads_nothing(client: httpx.AsyncClient) -> None:
    for path in PATHS:
        assert (await client.get(f"/api/v1{path}")).status_code == 401


async def test_a_stranger_finds_nothing(client: httpx.AsyncClient) -> None:
    who = await bearer(await make_actor("purchasing", board="991000"))
    assert (await client.get("/api/v1/floor/schools/990001", headers=who)).status_code == 404
    assert (await client.get("/api/v1/floor/schools?status=below", headers=who)).json()["items"] == []
    assert (await client.get("/api/v1/flags", headers=who)).json()["items"] == []
    flag = await fetch_value("SELECT id FROM floor_flag")
    answer = await client.post(f"/api/v1/flags/{flag}/acknowledge", headers=who, json={"note": "Moi"})
    assert answer.status_code == 404
    assert {state for state, _ in (await flags("990001")).values()} == {"open"}


@time_machine.travel(NOON)
async def test_the_board_reads_the_list_the_school_and_the_standard(client: httpx.AsyncClient) -> None:
    who = await bearer(await make_actor("technician", board="990000"))
    (item,) = (await client.get("/api/v1/floor/schools", headers=who)).json()["items"]
    assert item["school"] == "990001" and item["status"] == "below" and item["since"] == "2026-11-24"
    assert item["rules"][2] == {
        "category": "flotte-appareils", "status": "below", "required": 29, "counted": 23, "gap": 6, "on_order": 4,
        "expected": "2027-03-12",
    }  # fmt: skip
    floor = (await client.get("/api/v1/floor/schools/990001", headers=who)).json()
    assert [rule["left"] for rule in floor["rules"]] == [0, 0, 2]
    standard = (await client.get("/api/v1/floor/standard", headers=who)).json()
    assert standard["example"] is True and len(standard["rules"]) == 3


async def test_a_wrong_filter_is_refused_with_its_field(client: httpx.AsyncClient) -> None:
    who = await bearer(await make_actor("technician", board="990000"))
    for query in ("status=fine", "board=991000", "region=99", "limit=501", "limit=0", "after=zzz", "board=%00"):
        assert (await client.get(f"/api/v1/floor/schools?{query}", headers=who)).status_code == 422, query


async def test_a_flag_is_taken_in_charge_once_for_a_repeated_demand(client: httpx.AsyncClient) -> None:
    who = await bearer(await make_actor("purchasing", board="990000"))
    (flag,) = (await client.get("/api/v1/flags?state=open", headers=who)).json()["items"]
    path = f"/api/v1/flags/{flag['id']}/acknowledge"
    for _ in range(2):
        answer = await client.post(path, headers=who | {"idempotency-key": "k1"}, json={"note": "Ana, avant Noël"})
        assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    assert await fetch_value("SELECT count(*) FROM event WHERE what = 'floor.flag_acknowledged'") == 1
    assert (
        await client.post(
            path,
            headers=who,
            json={
                "note": "",
            },
        )
    ).status_code == 422
    assert (await client.post(path, headers=who, json={"note": "x", "gap": 0})).status_code == 400
    assert (await client.get("/api/v1/flags?state=open", headers=who)).json()["items"] == []
