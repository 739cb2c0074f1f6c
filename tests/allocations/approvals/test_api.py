"""Delegations, replacements and the new doors of baskets over HTTP: nobody, a stranger, then the rightful one."""

from datetime import timedelta

import httpx
import pytest

from allocations.selections import decisions
from kit.clock import today
from tests.allocations.selections.conftest import Desk, make_desk
from tests.factories import make_actor, make_school, make_token

STEPS = [{"role": "principal", "limit_cents": 500_00}, {"role": "purchasing"}]


@pytest.fixture
async def desk(db: None) -> Desk:
    return await make_desk()


async def bearer(email: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await make_token(email)}"}


async def test_a_board_delegates_and_a_basket_goes_up_its_steps(client: httpx.AsyncClient, desk: Desk) -> None:
    admin = await bearer((await make_actor("board_admin", board="990000")).email)
    new = {"from_day": today().isoformat(), "steps": STEPS}
    assert (await client.post("/api/v1/delegations", json=new)).status_code == 401
    assert (
        await client.post("/api/v1/delegations", json=new, headers=await bearer(desk.officer.email))
    ).status_code == 403
    made = await client.post("/api/v1/delegations", json=new, headers=admin | {"Idempotency-Key": "une fois"})
    again = await client.post("/api/v1/delegations", json=new, headers=admin | {"Idempotency-Key": "une fois"})
    assert made.status_code == 201 and again.json() == made.json()
    listed = await client.get("/api/v1/delegations", headers=await bearer(desk.team.email))
    assert [one["id"] for one in listed.json()] == [made.json()["id"]]

    basket = await desk.submitted()
    principal, officer = await bearer(desk.principal.email), await bearer(desk.officer.email)
    address = f"/api/v1/selections/{basket.number}"
    counts = (await client.get("/api/v1/selections/queue/counts", headers=principal)).json()
    assert (counts["n"], counts["charged_cents"], counts["stuck"]) == (1, 840_13, [])
    early = await client.post(f"{address}/approve", json={}, headers=officer | {"If-Match": f'"{basket.version}"'})
    assert early.status_code == 403 and "Direction d'école" in early.json()["detail"]
    agreed = await client.post(f"{address}/approve", json={}, headers=principal | {"If-Match": f'"{basket.version}"'})
    assert agreed.status_code == 200 and "Votre limite pour ce genre d'achat" in agreed.json()["said"]
    assert agreed.headers["etag"] == f'"{basket.version + 1}"'
    stale = await client.post(f"{address}/approve", json={}, headers=officer | {"If-Match": f'"{basket.version}"'})
    assert stale.status_code == 412 and stale.json()["by"] == desk.principal.name
    done = await client.post(f"{address}/approve", json={}, headers=officer | {"If-Match": f'"{basket.version + 1}"'})
    assert done.json()["state"] == "approved"

    ended = await client.post(f"/api/v1/delegations/{made.json()['id']}/end", json={}, headers=admin)
    assert ended.json()["state"] == "over"


async def test_a_replacement_is_named_seen_and_ended(client: httpx.AsyncClient, desk: Desk) -> None:
    other = await make_actor("technician", board="990000")
    new = {
        "deputy": other.email,
        "from_day": today().isoformat(),
        "until_day": (today() + timedelta(days=2)).isoformat(),
    }
    assert (await client.post("/api/v1/replacements", json=new)).status_code == 401
    assert (
        await client.post("/api/v1/replacements", json=new, headers=await bearer(desk.team.email))
    ).status_code == 403
    principal = await bearer(desk.principal.email)
    made = await client.post("/api/v1/replacements", json=new, headers=principal)
    assert made.status_code == 201 and made.json()["state"] == "active"
    twice = await client.post("/api/v1/replacements", json=new, headers=principal)
    assert twice.status_code == 409 and other.name in twice.json()["detail"]

    basket = await desk.submitted()
    deputy = await bearer(other.email)
    queue = await client.get("/api/v1/selections/queue", headers=deputy)
    assert [row["number"] for row in queue.json()["items"]] == [basket.number]
    ended = await client.post(f"/api/v1/replacements/{made.json()['id']}/end", headers=principal)
    assert ended.json()["state"] == "over"
    refused = await client.post(
        f"/api/v1/selections/{basket.number}/approve", json={}, headers=deputy | {"If-Match": f'"{basket.version}"'}
    )
    assert refused.status_code == 403


async def test_a_basket_is_changed_copied_commented_and_taken_away(client: httpx.AsyncClient, desk: Desk) -> None:
    basket = await desk.basket()
    team = await bearer(desk.team.email)
    stranger = await bearer((await make_actor("school_team", school=await make_school("990002"))).email)
    address = f"/api/v1/selections/{basket.number}"
    change = {"priority": "high", "wanted_by": "2027-03-01"}
    assert (await client.patch(address, json=change, headers=stranger | {"If-Match": '"2"'})).status_code == 404
    assert (await client.patch(address, json=change, headers=team)).status_code == 422  # no version was read
    changed = await client.patch(address, json=change, headers=team | {"If-Match": '"2"'})
    assert (changed.json()["priority"], changed.headers["etag"]) == ("high", '"3"')
    assert (await client.patch(address, json={"priority": "urgent"}, headers=team)).status_code == 400

    copied = await client.post(f"{address}/copy", json={"year": "2026-2027"}, headers=team)
    assert copied.status_code == 201 and copied.json()["selection"]["lines"][0]["quantity"] == 2
    said = await client.post(f"{address}/comments", json={"body": "Pour la 5e année"}, headers=team)
    assert [one["body"] for one in said.json()] == ["Pour la 5e année"]
    kept = await client.post(f"{address}/files", files={"file": ("devis.txt", b"Deux tablettes")}, headers=team)
    assert kept.status_code == 201, kept.text
    file = await client.get(f"{address}/files/{kept.json()['id']}", headers=team)
    assert file.content == b"Deux tablettes" and file.headers["content-disposition"].startswith("attachment")
    assert (await client.get(f"{address}/files", headers=stranger)).status_code == 404
    csv = await client.get("/api/v1/selections/export.csv?school=990001", headers=team)
    assert csv.status_code == 200 and basket.number in csv.text and len(csv.text.splitlines()) == 3
    assert (await client.get("/api/v1/selections/export.xlsx", headers=team)).content[:2] == b"PK"

    nothing = await client.post(
        "/api/v1/selections", json={"school": "990001", "year": "2026-2027", "title": "Idées"}, headers=team
    )
    assert nothing.status_code == 201 and nothing.json()["envelope"] is None
    submitted = await client.post(
        f"/api/v1/selections/{nothing.json()['number']}/submit", headers=team | {"If-Match": '"1"'}
    )
    assert submitted.status_code == 422
    assert "Aucune enveloppe cette année\u00a0: panier possible, soumission non." in submitted.json()["problems"]


async def test_a_change_is_asked_and_the_differences_are_read(client: httpx.AsyncClient, desk: Desk) -> None:
    basket = await desk.submitted()
    principal, team = await bearer(desk.principal.email), await bearer(desk.team.email)
    address = f"/api/v1/selections/{basket.number}"
    version = {"If-Match": f'"{basket.version}"'}
    assert (await client.post(f"{address}/ask-change", json={"reason": "?"}, headers=team | version)).status_code == 403
    blank = await client.post(f"{address}/ask-change", json={"reason": " "}, headers=principal | version)
    assert blank.status_code == 422
    asked = await client.post(f"{address}/ask-change", json={"reason": "Quelle classe?"}, headers=principal | version)
    assert asked.json()["state"] == "change_asked"
    assert (await client.get(f"{address}/differences", headers=team)).json()["differences"] == []
    again = await decisions.resume(desk.team, basket.number, version=asked.json()["version"])
    assert again.state == "draft"


async def test_prices_that_hold_are_not_taken_again(client: httpx.AsyncClient, desk: Desk) -> None:
    basket = await desk.submitted()
    version = {"If-Match": f'"{basket.version}"'}
    address = f"/api/v1/selections/{basket.number}/reprice"
    assert (await client.post(address, headers=await bearer(desk.team.email) | version)).status_code == 403
    assert (await client.post(address, headers=await bearer(desk.officer.email) | version)).status_code == 409
