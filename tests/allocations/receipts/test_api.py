"""Receipts by HTTP: nobody, another board, the technician; the same goods said twice."""

import httpx
import pytest

from allocations.orders import operations as orders
from kit.actor import system
from kit.database import fetch_value, transaction
from tests.factories import make_actor, make_approved, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

Headers = dict[str, str]


async def sent_order() -> str:
    """Two lines of tablets: of two, and of three."""
    await make_school()
    await make_product()
    await make_approved(("appareil", 2), ("appareil", 3))
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await orders.build(buyer)
    await orders.send(buyer, order.number)
    return order.number


async def headers_of(role: str, *, board: str = "990000") -> Headers:
    await make_school("990001" if board == "990000" else "991001", board=board)
    who = await make_actor(role, board=board)
    return {"authorization": f"Bearer {await make_token(who.email, board=board)}"}


async def assets() -> int:
    async with transaction(system()):
        return await fetch_value("SELECT count(*) FROM asset")  # type: ignore[no-any-return]


ONE = {"lines": [{"position": 1, "quantity": 1}]}


async def test_nobody_is_answered(client: httpx.AsyncClient) -> None:
    number = await sent_order()
    assert (await client.get(f"/api/v1/orders/{number}/receipts")).status_code == 401
    assert (await client.post(f"/api/v1/orders/{number}/receipts", json=ONE)).status_code == 401
    assert (await client.get("/api/v1/receipts/BR-990-2026-00001")).status_code == 401
    assert await assets() == 0


async def test_another_board_s_order_is_absent_and_who_buys_does_not_receive(client: httpx.AsyncClient) -> None:
    number = await sent_order()
    theirs = await headers_of("technician", board="991000")
    assert (await client.get(f"/api/v1/orders/{number}/receipts", headers=theirs)).status_code == 404
    assert (await client.post(f"/api/v1/orders/{number}/receipts", json=ONE, headers=theirs)).status_code == 404
    buyer = await headers_of("purchasing")
    assert (await client.post(f"/api/v1/orders/{number}/receipts", json=ONE, headers=buyer)).status_code == 403
    assert await assets() == 0


async def test_goods_said_twice_under_one_key_are_received_once(client: httpx.AsyncClient) -> None:
    number = await sent_order()
    headers = await headers_of("technician")
    body = {"lines": [{"position": 2, "quantity": 2, "serials": ["DMPX1", "DMPX2"]}], "slip": "B-77"}
    key = headers | {"idempotency-key": "livraison du 24"}
    answers = [await client.post(f"/api/v1/orders/{number}/receipts", json=body, headers=key) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    receipt = answers[0].json()
    assert (receipt["outstanding"], receipt["slip"], await assets()) == (3, "B-77", 2)
    listed = await client.get(f"/api/v1/orders/{number}/receipts", headers=headers)
    assert listed.json() == [receipt]
    assert (await client.get(f"/api/v1/receipts/{receipt['number']}", headers=headers)).json() == receipt


async def test_refused_serials_are_named_by_their_place_in_the_demand(client: httpx.AsyncClient) -> None:
    number = await sent_order()
    headers = await headers_of("technician")
    path = f"/api/v1/orders/{number}/receipts"
    first = {"lines": [{"position": 1, "quantity": 1, "serials": ["DMPX1"]}]}
    assert (await client.post(path, json=first, headers=headers)).status_code == 201

    def with_serials(*serials: str) -> dict[str, object]:
        return {"lines": [{"position": 1, "quantity": 1}, {"position": 2, "quantity": 2, "serials": serials}]}

    junk = await client.post(path, json=with_serials("N/A", "DMPX9"), headers=headers)
    assert (junk.status_code, list(junk.json()["errors"])) == (422, ["lines.1.serials.0"])
    known = await client.post(path, json=with_serials("DMPX9", "DMPX1"), headers=headers)
    assert (known.status_code, list(known.json()["errors"])) == (422, ["lines.1.serials.1"])
    over = await client.post(path, json={"lines": [{"position": 1, "quantity": 5}]}, headers=headers)
    assert (over.status_code, list(over.json()["lines"])) == (422, ["1"])
    assert await assets() == 1


@pytest.mark.parametrize(
    "body", [{}, {"lines": []}, {"lines": [{"position": 1, "quantity": 0}]}, {"lines": [], "typo": 1}, {"lines": "x"}]
)
async def test_a_demand_of_the_wrong_shape_is_refused(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    number = await sent_order()
    answer = await client.post(f"/api/v1/orders/{number}/receipts", json=body, headers=await headers_of("technician"))
    assert answer.status_code == 400
    assert await assets() == 0
