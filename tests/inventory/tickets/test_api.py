"""The API of tickets: nobody, a stranger, a sibling, the rightful."""

from typing import Any

import httpx
import pytest

from inventory.assets import operations as assets
from inventory.tickets import operations
from kit.actor import Actor
from kit.database import fetch_value
from tests.factories import make_actor, make_school, make_token, new_unit

TRIAGE: list[tuple[str, dict[str, Any]]] = [
    ("take", {}),
    ("hold", {"why": "Pièce commandée"}),
    ("out-of-service", {"out_of_service": True}),
    ("close", {"answer": "Réglé."}),
]
ALL = [*TRIAGE, ("comments", {"body": "Bonjour"}), ("reopen", {"why": "Encore"})]


@pytest.fixture
async def technician(client: httpx.AsyncClient) -> Actor:
    await make_school("990001")
    await make_school("990002")
    return await make_actor("technician", board="990000")


@pytest.fixture
async def tag(technician: Actor) -> str:
    (asset,) = await assets.receive_units(technician, [new_unit()])
    await assets.put_into_service(technician, [asset.tag])
    return asset.tag


@pytest.fixture
async def number(technician: Actor, tag: str) -> str:
    return (await operations.open_ticket(technician, tag, subject="Écran noir")).number


async def bearer(who: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {await make_token(who.email)}"}


async def world() -> Any:
    """Everything that a ticket may change."""
    return await fetch_value(
        "SELECT (SELECT array_agg((number, state, version) ORDER BY number)::text FROM ticket) ||"
        " (SELECT count(*) FROM ticket_comment) || (SELECT array_agg((tag, state) ORDER BY tag)::text FROM asset)"
    )


@pytest.mark.parametrize(("action", "body"), ALL)
async def test_nobody_changes_nothing(client: httpx.AsyncClient, number: str, action: str, body: Any) -> None:
    before = await world()
    assert (await client.post(f"/api/v1/tickets/{number}/{action}", json=body)).status_code == 401
    assert await world() == before


async def test_nobody_reads_or_opens(client: httpx.AsyncClient, number: str, tag: str) -> None:
    before = await world()
    assert (await client.get("/api/v1/tickets")).status_code == 401
    assert (await client.get(f"/api/v1/tickets/{number}")).status_code == 401
    opening = await client.post("/api/v1/tickets", json={"asset": tag, "subject": "x"})
    assert opening.status_code == 401
    assert await world() == before


@pytest.mark.parametrize(("action", "body"), ALL)
async def test_a_stranger_finds_nothing_to_change(
    client: httpx.AsyncClient, number: str, action: str, body: Any
) -> None:
    await make_school("991001", board="991000")
    before = await world()
    headers = await bearer(await make_actor("technician", board="991000"))
    answer = await client.post(f"/api/v1/tickets/{number}/{action}", json=body, headers=headers)
    assert answer.status_code == 404
    assert await world() == before


async def test_a_stranger_and_a_sibling_list_read_and_open_nothing(
    client: httpx.AsyncClient, number: str, tag: str
) -> None:
    await make_school("991001", board="991000")
    before = await world()
    for who in (await make_actor("technician", board="991000"), await make_actor("school_team", school="990002")):
        headers = await bearer(who)
        assert (await client.get("/api/v1/tickets", headers=headers)).json() == {"items": [], "next": None}
        everything = await client.get("/api/v1/tickets?school=990001&everything=true", headers=headers)
        assert everything.json()["items"] == []
        assert (await client.get(f"/api/v1/tickets/{number}", headers=headers)).status_code == 404
        opening = await client.post("/api/v1/tickets", json={"asset": tag, "subject": "x"}, headers=headers)
        assert opening.status_code == 404
    assert await world() == before


@pytest.mark.parametrize(("action", "body"), TRIAGE)
async def test_a_school_team_may_not_triage(client: httpx.AsyncClient, number: str, action: str, body: Any) -> None:
    before = await world()
    headers = await bearer(await make_actor("school_team", school="990001"))
    answer = await client.post(f"/api/v1/tickets/{number}/{action}", json=body, headers=headers)
    assert answer.status_code == 403
    assert await world() == before


async def test_the_way_from_a_school_to_its_answer(client: httpx.AsyncClient, technician: Actor, tag: str) -> None:
    team, desk = await bearer(await make_actor("school_team", school="990001")), await bearer(technician)
    body = {"asset": tag, "subject": "Ne s'allume plus", "out_of_service": True}
    once = team | {"idempotency-key": "broken"}
    opened = await client.post("/api/v1/tickets", json=body, headers=once)
    assert opened.status_code == 201
    assert (await client.post("/api/v1/tickets", json=body, headers=once)).json() == opened.json()
    address = f"/api/v1/tickets/{opened.json()['number']}"
    assert (await client.get(f"/api/v1/assets/{tag}", headers=team)).json()["asset"]["counts"] is False

    taken = await client.post(f"{address}/take", headers=desk | {"if-match": opened.headers["etag"]})
    assert taken.json()["state"] == "in_progress"
    late = await client.post(f"{address}/take", headers=desk | {"if-match": opened.headers["etag"]})
    assert late.status_code == 412
    noted = await client.post(f"{address}/comments", json={"body": "Carte mère", "internal": True}, headers=desk)
    assert noted.status_code == 201
    assert (await client.get(address, headers=team)).json()["comments"] == []
    secret = await client.post(f"{address}/comments", json={"body": "x", "internal": True}, headers=team)
    assert secret.status_code == 403

    unsaid = await client.post(f"{address}/close", json={"answer": "Réparé."}, headers=desk)
    assert (unsaid.status_code, list(unsaid.json()["errors"])) == (422, ["returns_to_service"])
    closing = {"answer": "Réparé.", "returns_to_service": True}
    closed = await client.post(f"{address}/close", json=closing, headers=desk | {"idempotency-key": "closing"})
    assert closed.json()["state"] == "closed"
    again = await client.post(f"{address}/close", json=closing, headers=desk | {"idempotency-key": "closing"})
    assert again.json() == closed.json()
    assert (await client.get(f"/api/v1/assets/{tag}", headers=team)).json()["asset"]["counts"] is True
    assert (await client.get("/api/v1/tickets", headers=team)).json()["items"] == []

    reopened = await client.post(f"{address}/reopen", json={"why": "Toujours en panne"}, headers=team)
    assert reopened.json()["state"] == "open"
