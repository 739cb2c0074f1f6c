"""Best mixes, fits and bundles over HTTP: nobody, a stranger, then who may."""

from typing import Any

import httpx
import pytest

from catalog.bundles import operations as bundles
from catalog.bundles.schemas import BundleContent, NewBundleLine
from kit.actor import system
from kit.clock import school_year, today
from kit.database import execute, fetch_value, transaction
from tests.app.world import PICTURE
from tests.factories import (
    give_role,
    make_board,
    make_envelope,
    make_headcount,
    make_person,
    make_product,
    make_school,
    make_token,
)

pytestmark = pytest.mark.usefixtures("db")
YEAR = school_year(today())


async def _place() -> None:
    await make_headcount(await make_school(), 30)
    await make_board("991000")
    await make_envelope(cents=2_150_00)
    await make_product("tablette", 393_00)
    async with transaction(system()):
        await execute("DELETE FROM floor_rule WHERE category <> 'flotte-appareils'")
    lines = [NewBundleLine(product="tablette", quantity=1)]
    content = BundleContent(name="Une", category="flotte-appareils", levels=["primary"], lines=lines)
    drafted = await bundles.draft(system(), "une", content, version=None)
    await bundles.publish(system(), "une", version=drafted.version)


async def _token(role: str, **where: Any) -> dict[str, str]:
    email = await make_person(f"{role}@exemple.ca")
    await give_role(email, role, **where)
    return {"authorization": f"Bearer {await make_token(email)}"}


async def test_the_team_finds_the_best_puts_it_in_a_basket_once_and_a_stranger_finds_nothing(
    client: httpx.AsyncClient,
) -> None:
    await _place()
    best = f"/api/v1/schools/990001/best?measure=EX-COMBOS&year={YEAR}"
    assert (await client.get(best)).status_code == 401
    stranger = await _token("purchasing", board="991000")
    assert (await client.get(best, headers=stranger)).status_code == 404
    assert (await client.get("/api/v1/schools/990001/fits", headers=stranger)).status_code == 404

    team = await _token("school_team", school="990001")
    found = (await client.get(best, headers=team)).json()
    assert found["sentence"] == "Aucune combinaison ne comble tout l'écart. La meilleure en comble 5 sur 6."
    proposal = found["proposals"][0]
    assert (proposal["charged_cents"], proposal["reason"]) == (2_100_33, "floor")
    names = ("bundle", "product", "choices", "quantity")
    body = {
        "measure": "EX-COMBOS",
        "year": YEAR,
        "lines": [{name: line[name] for name in names} for line in proposal["lines"]],
    }
    keyed = team | {"idempotency-key": "une-fois"}
    first = await client.post("/api/v1/schools/990001/best/basket", json=body, headers=keyed)
    again = await client.post("/api/v1/schools/990001/best/basket", json=body, headers=keyed)
    assert first.status_code == 201 and first.json() == again.json()
    assert first.json()["charged_cents"] == 2_100_33
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM selection") == 1

    fits = (await client.get("/api/v1/schools/990001/fits?quantity=1", headers=team)).json()
    assert fits["draft"] == first.json()["number"] and fits["fit"]["left_cents"] == 49_67
    (card,) = fits["bundles"]
    assert card["fit"]["left_cents"] == -370_39
    assert card["room"].replace("\u00a0", " ").startswith("Entre si vous retirez 1 unité de «")
    assert (await client.get("/api/v1/schools/990001/fits?quantity=0", headers=team)).status_code == 400


async def test_the_ministry_alone_writes_a_bundle_and_reads_its_draft(client: httpx.AsyncClient) -> None:
    await _place()
    body = {
        "name": "Deux",
        "category": "flotte-appareils",
        "levels": ["primary"],
        "lines": [{"product": "tablette", "quantity": 2}],
    }
    assert (await client.put("/api/v1/bundles/deux/draft", json=body)).status_code == 401
    buyer = await _token("purchasing", board="990000")
    assert (await client.put("/api/v1/bundles/deux/draft", json=body, headers=buyer)).status_code == 403

    ministry = await _token("ministry")
    drafted = await client.put("/api/v1/bundles/deux/draft", json=body, headers=ministry)
    assert (drafted.status_code, drafted.json()["state"], drafted.headers["etag"]) == (200, "draft", '"1"')
    assert (await client.get("/api/v1/bundles/deux", headers=buyer)).status_code == 404
    stale = await client.post("/api/v1/bundles/deux/publish", headers=ministry | {"if-match": '"9"'})
    assert stale.status_code == 412
    published = await client.post("/api/v1/bundles/deux/publish", headers=ministry | {"if-match": '"1"'})
    assert published.json()["state"] == "published"
    read = await client.get("/api/v1/bundles/deux", headers=buyer)
    assert read.json()["lines"][0]["quantity"] == 2
    closing = {"closed_on": str(today()), "reason": "Fini"}
    retired = await client.post(
        "/api/v1/bundles/deux/retire", json=closing, headers=ministry | {"if-match": read.headers["etag"]}
    )
    assert (retired.status_code, retired.json()["state"]) == (200, "retired")
    editions = await client.get("/api/v1/bundles/deux/editions", headers=buyer)
    assert [bundle["state"] for bundle in editions.json()] == ["retired"]


async def test_a_bundle_s_picture_is_sent_and_read_back(client: httpx.AsyncClient) -> None:
    await _place()
    ministry = await _token("ministry")
    answer = await client.put(
        "/api/v1/bundles/une/photo?words=Une%20tablette",
        files={"file": ("une.png", PICTURE)},
        headers=ministry,
    )
    assert answer.status_code == 200, answer.text
    read = await client.get("/api/v1/bundles/une/photo", headers=await _token("school_team", school="990001"))
    assert (read.content, read.headers["content-type"]) == (PICTURE, "image/png")
    bundle = (await client.get("/api/v1/bundles/une", headers=ministry)).json()
    assert bundle["photo"]["words"] == "Une tablette"
