"""Orders by HTTP: nobody, another board, the desk that buys; the same demand twice, a version that is old."""

from datetime import timedelta

import httpx
import pytest

from allocations.orders import operations, queries
from allocations.orders.rules import State
from kit.actor import Actor, system
from kit.clock import today
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

Headers = dict[str, str]
ORDERS = "/api/v1/orders"


async def desk(role: str = "purchasing", *, board: str = "990000") -> tuple[Actor, Headers]:
    await make_school("990001" if board == "990000" else "991001", board=board)
    who = await make_actor(role, board=board)
    return who, {"authorization": f"Bearer {await make_token(who.email, board=board)}"}


async def drafted(who: Actor) -> str:
    await make_product()
    await make_approved(("appareil", 6))
    (order,) = await operations.build(who)
    return order.number


async def test_nobody_is_answered(client: httpx.AsyncClient) -> None:
    for path in ("", "/waiting", "/BC-990-2026-00001", "/BC-990-2026-00001/pdf"):
        assert (await client.get(ORDERS + path)).status_code == 401
    for path in ("/build", *(f"/BC-990-2026-00001/{verb}" for verb in ("send", "recall", "cancel", "promise"))):
        assert (await client.post(ORDERS + path, json={})).status_code == 401


async def test_another_board_s_order_is_absent_and_stays_as_it_is(client: httpx.AsyncClient) -> None:
    who, _ = await desk()
    number = await drafted(who)
    _stranger, theirs = await desk(board="991000")
    assert (await client.get(ORDERS, headers=theirs)).json() == {"items": [], "next": None}
    for path in ("", "/pdf"):
        assert (await client.get(f"{ORDERS}/{number}{path}", headers=theirs)).status_code == 404
    bodies = {"send": None, "recall": None, "cancel": {"reason": "Erreur"}, "promise": {"expected_on": None}}
    for verb, body in bodies.items():
        answer = await client.post(f"{ORDERS}/{number}/{verb}", json=body, headers=theirs)
        assert answer.status_code == 404, verb
    order = (await queries.one(system(), number)).order
    assert (order.state, order.version) == (State.draft, 1)


async def test_who_may_only_read_is_refused(client: httpx.AsyncClient) -> None:
    who, _ = await desk()
    number = await drafted(who)
    _technician, headers = await desk("technician")
    assert (await client.get(f"{ORDERS}/{number}", headers=headers)).status_code == 200
    assert (await client.get(f"{ORDERS}/waiting", headers=headers)).status_code == 403
    assert (await client.post(f"{ORDERS}/build", json={}, headers=headers)).status_code == 403
    assert (await client.post(f"{ORDERS}/{number}/send", headers=headers)).status_code == 403


async def test_orders_are_made_sent_dated_and_cancelled(client: httpx.AsyncClient) -> None:
    _who, headers = await desk()
    await make_product()
    envelope = await make_envelope()
    basket = await make_approved(("appareil", 2), envelope=envelope)
    assert (await client.get(f"{ORDERS}/waiting", headers=headers)).json()["orders"] == 1
    body = {"selections": [basket]}
    key = headers | {"idempotency-key": "un"}
    made = [await client.post(f"{ORDERS}/build", json=body, headers=key) for _twice in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json() == made[1].json()
    number = made[0].json()[0]["number"]

    read = await client.get(f"{ORDERS}/{number}", headers=headers)
    assert read.headers["etag"] == '"1"'
    old = await client.post(f"{ORDERS}/{number}/send", headers=headers | {"if-match": '"9"'})
    assert old.status_code == 412
    key = headers | {"if-match": read.headers["etag"], "idempotency-key": "deux"}
    sent = [await client.post(f"{ORDERS}/{number}/send", headers=key) for _twice in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    assert sent[0].json() == sent[1].json()
    assert (await client.post(f"{ORDERS}/{number}/send", headers=headers)).status_code == 409
    assert (await figures(envelope))[2] == 840_13

    day = (today() + timedelta(days=9)).isoformat()
    dated = await client.post(f"{ORDERS}/{number}/promise", json={"expected_on": day}, headers=headers)
    assert [line["expected_on"] for line in dated.json()["lines"]] == [day]
    unknown = await client.post(f"{ORDERS}/{number}/promise", json={"expected_on": day, "lines": [7]}, headers=headers)
    assert unknown.status_code == 409
    before = await client.post(f"{ORDERS}/{number}/promise", json={"expected_on": "2020-01-01"}, headers=headers)
    assert (before.status_code, list(before.json()["errors"])) == (422, ["expected_on"])

    nothing = await client.post(f"{ORDERS}/{number}/recall", headers=headers)  # its supplier has no address
    assert nothing.status_code == 409
    assert "Aucun courriel" in nothing.json()["detail"]
    cancelled = await client.post(f"{ORDERS}/{number}/cancel", json={"reason": "Rupture"}, headers=headers)
    assert cancelled.json()["order"]["state"] == "cancelled"
    assert (await figures(envelope))[1:] == (840_13, 0, 0)


async def test_a_key_that_served_another_demand_is_refused(client: httpx.AsyncClient) -> None:
    _who, headers = await desk()
    await make_product()
    first = await make_approved(("appareil", 2), envelope=await make_envelope())
    key = headers | {"idempotency-key": "une"}
    assert (await client.post(f"{ORDERS}/build", json={"selections": [first]}, headers=key)).status_code == 201
    assert (await client.post(f"{ORDERS}/build", json={"selections": ["P-X"]}, headers=key)).status_code == 409


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?limit=501", 422),
        ("?after=nulle-part", 422),
        ("?order_state=perdu", 400),
        ("?late=true", 200),
        ("?limit=1", 200),
    ],
)
async def test_a_list_is_asked_for_as_it_should_be(client: httpx.AsyncClient, query: str, status: int) -> None:
    _who, headers = await desk()
    assert (await client.get(ORDERS + query, headers=headers)).status_code == status


async def test_the_pdf_bears_the_number(client: httpx.AsyncClient) -> None:
    who, headers = await desk()
    number = await drafted(who)
    answer = await client.get(f"{ORDERS}/{number}/pdf", headers=headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="{number}.pdf"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF")
