"""The API of assets: nobody, a stranger, the rightful; versions and repeated demands."""

from typing import Any

import httpx
import pytest

from inventory.assets import operations
from kit.actor import Actor
from kit.database import fetch_value
from tests.factories import make_actor, make_school, make_token, new_unit

ACTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", "", {"note": "x"}),
    ("PUT", "/place", {"building": None, "room": "9"}),
    ("POST", "/out-of-service", {"why": "Brisé"}),
    ("POST", "/return-to-service", {}),
    ("POST", "/repair", {"why": "Écran"}),
    ("POST", "/lost", {"why": "Introuvable"}),
    ("POST", "/found", {}),
    ("POST", "/retirement", {"why": "Fin de vie"}),
]


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001")
    return await make_actor("technician", board="990000", email="tech@exemple.ca")


@pytest.fixture
async def tag(technician: Actor) -> str:
    (asset,) = await operations.receive_units(technician, [new_unit(serial="S1")])
    await operations.put_into_service(technician, [asset.tag])
    return asset.tag


async def bearer(who: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {await make_token(who.email)}"}


async def row(tag: str) -> Any:
    return await fetch_value("SELECT (state, room, note, version)::text FROM asset WHERE tag = $1", tag)


@pytest.mark.parametrize(("method", "path", "body"), ACTIONS)
async def test_nobody_changes_nothing(client: httpx.AsyncClient, tag: str, method: str, path: str, body: Any) -> None:
    before = await row(tag)
    answer = await client.request(method, f"/api/v1/assets/{tag}{path}", json=body)
    assert answer.status_code == 401
    assert await row(tag) == before


async def test_nobody_reads_nothing(client: httpx.AsyncClient, tag: str) -> None:
    for path in ("/api/v1/assets", f"/api/v1/assets/{tag}"):
        assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), ACTIONS)
async def test_a_stranger_finds_nothing_to_change(
    client: httpx.AsyncClient, tag: str, method: str, path: str, body: Any
) -> None:
    await make_school("991001", board="991000")
    headers = await bearer(await make_actor("technician", board="991000"))
    before = await row(tag)
    answer = await client.request(method, f"/api/v1/assets/{tag}{path}", json=body, headers=headers)
    assert answer.status_code == 404
    assert await row(tag) == before


async def test_a_stranger_lists_and_reads_nothing(client: httpx.AsyncClient, tag: str) -> None:
    await make_school("991001", board="991000")
    headers = await bearer(await make_actor("technician", board="991000"))
    assert (await client.get("/api/v1/assets", headers=headers)).json() == {"items": [], "next": None}
    assert (await client.get("/api/v1/assets", params={"q": tag}, headers=headers)).json()["items"] == []
    assert (await client.get(f"/api/v1/assets/{tag}", headers=headers)).status_code == 404
    into = await client.post("/api/v1/assets/into-service", json={"tags": [tag]}, headers=headers)
    assert into.status_code == 404


async def test_a_school_team_reads_its_asset_and_may_not_write(client: httpx.AsyncClient, tag: str) -> None:
    headers = await bearer(await make_actor("school_team", school="990001"))
    assert (await client.get(f"/api/v1/assets/{tag}", headers=headers)).status_code == 200
    for method, path, body in ACTIONS:
        answer = await client.request(method, f"/api/v1/assets/{tag}{path}", json=body, headers=headers)
        assert answer.status_code == 403, path


async def test_an_asset_is_read_changed_and_refused_when_stale(
    client: httpx.AsyncClient, technician: Actor, tag: str
) -> None:
    headers = await bearer(technician)
    read = await client.get(f"/api/v1/assets/{tag}", headers=headers)
    assert read.status_code == 200
    assert read.json()["asset"]["serial"] == "S1"
    assert read.json()["floor"] == "Compte pour le plancher de l'école."
    versioned = headers | {"if-match": read.headers["etag"]}

    out = await client.post(f"/api/v1/assets/{tag}/out-of-service", json={"why": "Écran fêlé"}, headers=versioned)
    assert out.status_code == 200
    assert (out.json()["state"], out.json()["counts"]) == ("out_of_service", False)

    stale = await client.patch(f"/api/v1/assets/{tag}", json={"note": "x"}, headers=versioned)
    assert stale.status_code == 412
    fresh = await client.patch(
        f"/api/v1/assets/{tag}", json={"note": "Vu"}, headers=headers | {"if-match": out.headers["etag"]}
    )
    assert fresh.json()["note"] == "Vu"


@pytest.mark.parametrize(
    "body",
    [{"state": "retired"}, {"school": "990002"}, {"board": "991000"}, {"net_cents": 1}, {"before_tax_cents": 1}, {"tag": "x"}],
)  # fmt: skip
async def test_a_correction_never_reaches_state_owner_or_money(
    client: httpx.AsyncClient, technician: Actor, tag: str, body: Any
) -> None:
    before = await row(tag)
    answer = await client.patch(f"/api/v1/assets/{tag}", json=body, headers=await bearer(technician))
    assert answer.status_code == 400
    assert await row(tag) == before


async def test_a_repeated_demand_makes_one_asset(client: httpx.AsyncClient, technician: Actor) -> None:
    headers = await bearer(technician) | {"idempotency-key": "once"}
    body = {"school": "990001", "name": "Robot", "category": "robotique", "serial": "R1", "in_service": True}
    first = await client.post("/api/v1/assets", json=body, headers=headers)
    again = await client.post("/api/v1/assets", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await fetch_value("SELECT count(*) FROM asset") == 1

    other = await client.post("/api/v1/assets", json=body | {"serial": "R2"}, headers=headers)
    assert other.status_code == 409
    taken = await client.post("/api/v1/assets", json=body, headers=await bearer(technician))
    assert taken.status_code == 422
    assert "Déjà inscrit" in taken.json()["errors"]["serial"]


async def test_received_assets_go_into_service_together(client: httpx.AsyncClient, technician: Actor) -> None:
    assets = await operations.receive_units(technician, [new_unit(), new_unit()])
    body = {"tags": [asset.tag for asset in assets], "room": "204"}
    headers = await bearer(technician) | {"idempotency-key": "glued"}
    answer = await client.post("/api/v1/assets/into-service", json=body, headers=headers)
    assert [asset["room"] for asset in answer.json()] == ["204", "204"]
    again = await client.post("/api/v1/assets/into-service", json=body, headers=headers)
    assert again.json() == answer.json()
    late = await client.post("/api/v1/assets/into-service", json=body, headers=await bearer(technician))
    assert late.status_code == 409


async def test_lists_search_filter_and_refuse_a_limit_too_large(
    client: httpx.AsyncClient, technician: Actor, tag: str
) -> None:
    headers = await bearer(technician)
    found = await client.get("/api/v1/assets", params={"q": "s1", "asset_state": "in_service"}, headers=headers)
    assert [asset["tag"] for asset in found.json()["items"]] == [tag]
    assert (await client.get("/api/v1/assets", params={"limit": 501}, headers=headers)).status_code == 422
    assert (await client.get("/api/v1/assets", params={"asset_state": "melted"}, headers=headers)).status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/assets/%00", "/api/v1/assets?q=%00", "/api/v1/assets?school=%00"])
async def test_hostile_text_is_no_error_of_ours(client: httpx.AsyncClient, technician: Actor, path: str) -> None:
    assert (await client.get(path, headers=await bearer(technician))).status_code < 500


async def test_a_null_character_is_refused_in_a_sentence(client: httpx.AsyncClient, technician: Actor) -> None:
    body = {"school": "990001", "name": "Ro\0bot", "category": "robotique"}
    answer = await client.post("/api/v1/assets", json=body, headers=await bearer(technician))
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM asset") == 0
