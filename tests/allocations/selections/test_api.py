"""The choice over HTTP: nobody, a stranger, then the rightful one."""

from typing import Any

import httpx
import pytest

from allocations.selections.schemas import SelectionOut
from tests.factories import make_actor, make_school, make_token

from .conftest import Desk

NEW = {"school": "990001", "measure": "EX-COMBOS", "year": "2026-2027", "title": "Tablettes"}


@pytest.fixture
async def basket(desk: Desk) -> SelectionOut:
    return await desk.basket(2)


async def bearer(email: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await make_token(email)}"}


async def sibling() -> dict[str, str]:
    return await bearer((await make_actor("school_team", "principal", school=await make_school("990002"))).email)


async def neighbour() -> dict[str, str]:
    await make_school("991001", board="991000")
    return await bearer((await make_actor("purchasing", board="991000")).email)


ROUTES = [
    ("GET", "", None),
    ("POST", "/submit", {}),
    ("POST", "/approve", {}),
    ("POST", "/refuse", {"reason": "non"}),
    ("POST", "/withdraw", {}),
    ("POST", "/resume", {}),
    ("POST", "/lines", {"product": "appareil"}),
    ("GET", "/price", None),
    ("GET", "/timeline", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_nobody_and_strangers_get_nothing_and_change_nothing(
    client: httpx.AsyncClient, basket: SelectionOut, desk: Desk, method: str, path: str, body: Any
) -> None:
    address = f"/api/v1/selections/{basket.number}{path}"
    answer = await client.request(method, address, json=body)
    assert answer.status_code == 401
    for headers in (await sibling(), await neighbour()):
        answer = await client.request(method, address, json=body, headers=headers | {"If-Match": '"2"'})
        assert answer.status_code in (403, 404), answer.text
    mine = await client.get(f"/api/v1/selections/{basket.number}", headers=await bearer(desk.team.email))
    assert mine.json()["version"] == 2 and mine.json()["state"] == "draft"


async def test_the_loop_from_lack_to_approval(client: httpx.AsyncClient, desk: Desk) -> None:
    team, principal = await bearer(desk.team.email), await bearer(desk.principal.email)
    drafted = await client.post("/api/v1/selections", json=NEW, headers=team)
    assert drafted.status_code == 201, drafted.text
    number = drafted.json()["number"]
    address = f"/api/v1/selections/{number}"

    put = await client.post(
        f"{address}/lines",
        json={"product": "appareil", "quantity": 6},
        headers=team | {"If-Match": drafted.headers["etag"]},
    )
    assert put.status_code == 200 and put.json()["net_cents"] == 2_520_39
    price = (await client.get(f"{address}/price", headers=team)).json()
    assert price["fit"]["left_cents"] == -370_39 and price["lines"][0]["remove"] == 1

    short = await client.post(f"{address}/submit", headers=team | {"If-Match": put.headers["etag"]})
    assert short.status_code == 422
    assert (short.json()["wanted_cents"], short.json()["free_cents"], short.json()["missing_cents"]) == (
        2_520_39, 2_150_00, 370_39,
    )  # fmt: skip
    assert short.json()["detail"].replace("\u00a0", " ") == "Il manque 370,39 $, taxes nettes comprises."

    line = put.json()["lines"][0]["id"]
    changed = await client.patch(
        f"{address}/lines/{line}", json={"quantity": 5}, headers=team | {"If-Match": put.headers["etag"]}
    )
    assert changed.json()["net_cents"] == 2_100_33
    stale = await client.delete(f"{address}/lines/{line}", headers=team | {"If-Match": put.headers["etag"]})
    assert stale.status_code == 412
    unread = await client.delete(f"{address}/lines/{line}", headers=team)
    assert unread.status_code == 422

    key = {"If-Match": changed.headers["etag"], "Idempotency-Key": "une-fois"}
    submitted = [await client.post(f"{address}/submit", headers=team | key) for _n in range(2)]
    assert [answer.status_code for answer in submitted] == [200, 200]
    assert submitted[0].json() == submitted[1].json() and submitted[0].json()["state"] == "submitted"
    envelope = (await client.get(f"/api/v1/envelopes/{desk.envelope}", headers=team)).json()
    assert envelope["figures"] == {
        "allocated_cents": 2_150_00, "reserved_cents": 2_100_33, "committed_cents": 0, "spent_cents": 0,
        "free_cents": 49_67,
    }  # fmt: skip

    forged = await client.post(f"{address}/approve", json={}, headers=team | {"If-Match": '"4"'})
    assert forged.status_code == 403
    queue = (await client.get("/api/v1/selections/queue", headers=principal)).json()
    assert [row["number"] for row in queue["items"]] == [number]
    unexplained = await client.post(f"{address}/refuse", json={}, headers=principal | {"If-Match": '"4"'})
    assert unexplained.status_code == 422 and "reason" in unexplained.text
    approved = await client.post(f"{address}/approve", json={}, headers=principal | {"If-Match": '"4"'})
    assert approved.status_code == 200 and approved.json()["state"] == "approved"
    timeline = (await client.get(f"{address}/timeline", headers=team)).json()
    assert [event["what"] for event in timeline][:2] == ["selection.approved", "selection.submitted"]


async def test_two_posts_with_one_key_are_one_draft(client: httpx.AsyncClient, desk: Desk) -> None:
    headers = await bearer(desk.team.email) | {"Idempotency-Key": "brouillon"}
    answers = [await client.post("/api/v1/selections", json=NEW, headers=headers) for _n in range(2)]
    assert answers[0].json()["number"] == answers[1].json()["number"]
    listed = await client.get("/api/v1/selections", params={"school": "990001"}, headers=headers)
    assert len(listed.json()["items"]) == 1


async def test_a_payload_that_is_none_is_a_bad_request(
    client: httpx.AsyncClient, basket: SelectionOut, desk: Desk
) -> None:
    team = await bearer(desk.team.email) | {"If-Match": '"2"'}
    address = f"/api/v1/selections/{basket.number}/lines"
    for body in ({"quantity": "six"}, {"product": "appareil", "quantity": 0}, {"produit": "appareil"}):
        assert (await client.post(address, json=body, headers=team)).status_code == 400


async def test_envelopes_and_ledgers_over_http(client: httpx.AsyncClient, desk: Desk) -> None:
    await desk.submitted(2)
    for path in (
        "/api/v1/envelopes",
        f"/api/v1/envelopes/{desk.envelope}",
        f"/api/v1/envelopes/{desk.envelope}/ledger",
    ):
        assert (await client.get(path)).status_code == 401
    foreign = await sibling()
    assert (await client.get("/api/v1/envelopes", headers=foreign)).json() == {"items": [], "next": None}
    assert (await client.get(f"/api/v1/envelopes/{desk.envelope}", headers=foreign)).status_code == 404
    assert (await client.get(f"/api/v1/envelopes/{desk.envelope}/ledger", headers=foreign)).status_code == 404

    team = await bearer(desk.team.email)
    listed = (await client.get("/api/v1/envelopes", params={"year": "2026-2027"}, headers=team)).json()
    assert [row["school"] for row in listed["items"]] == ["990001"]
    ledger = (await client.get(f"/api/v1/envelopes/{desk.envelope}/ledger", headers=team)).json()
    assert [line["kind"] for line in ledger["items"]] == ["reservation", "allocation"]
    assert (await client.get("/api/v1/envelopes", params={"limit": 501}, headers=team)).status_code == 422


async def test_measures_are_read_by_all_who_are_signed_in(client: httpx.AsyncClient, desk: Desk) -> None:
    assert (await client.get("/api/v1/measures")).status_code == 401
    team = await bearer(desk.team.email)
    assert [row["code"] for row in (await client.get("/api/v1/measures", headers=team)).json()] == ["EX-COMBOS"]
    assert (await client.get("/api/v1/measures/EX-COMBOS", headers=team)).json()["tax_basis"] == "net"
    assert (await client.get("/api/v1/measures/15081", headers=team)).status_code == 404
