"""The new moves of orders by HTTP: nobody, another board, the desk; the same demand twice; files; what a contract binds."""

import httpx
import pytest

from allocations.orders import justifying, operations, queries
from allocations.orders.justifying import NothingToJustify
from allocations.orders.rules import NeedsJustification, State
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden
from tests.factories import make_actor, make_approved, make_board, make_product, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")

Headers = dict[str, str]
ORDERS = "/api/v1/orders"
VERBS = {
    "ask": None,
    "authorise": None,
    "send-back": {"reason": "Non"},
    "acknowledge": {"confirmation": "A-1"},
    "hold": {"reason": "Attente"},
    "resume": None,
    "amend": {"lines": [{"position": 1, "quantity": 5}], "reason": "Entente"},
    "resend": {"email": "ventes@exemple.ca"},
    "justify": {"reason": "Modèle absent du contrat"},
}


async def desk(role: str = "purchasing", *, board: str = "990000") -> tuple[Actor, Headers]:
    await make_board(board)
    who = await make_actor(role, board=board)
    return who, {"authorization": f"Bearer {await make_token(who.email, board=board)}"}


async def drafted(who: Actor) -> str:
    await make_school()
    await make_product()
    await make_approved(("appareil", 6))
    (order,) = await operations.build(who)
    return order.number


async def outside(number: str) -> None:
    """The board is bound by a contract for what the order buys elsewhere."""
    async with transaction(system()):
        await execute(
            "INSERT INTO contract (code, number, name, kind, supplier, from_day, binds_all)"
            " SELECT 'essai', '2026-0871', 'Essai', 'group', id, '2020-07-01', true FROM supplier"
        )
        await execute("UPDATE selection_item SET mandatory_contract = (SELECT id FROM contract)")


async def test_nobody_is_answered_and_another_board_s_order_is_absent(client: httpx.AsyncClient) -> None:
    who, _headers = await desk()
    number = await drafted(who)
    _stranger, theirs = await desk(board="991000")
    reads = ("revisions", "revisions/0", "revisions/0/pdf", "files")
    for path in reads:
        assert (await client.get(f"{ORDERS}/{number}/{path}")).status_code == 401
        assert (await client.get(f"{ORDERS}/{number}/{path}", headers=theirs)).status_code == 404
    for verb, body in VERBS.items():
        assert (await client.post(f"{ORDERS}/{number}/{verb}", json=body)).status_code == 401
        assert (await client.post(f"{ORDERS}/{number}/{verb}", json=body, headers=theirs)).status_code == 404, verb
    assert (await client.get("/api/v1/order-limits/990000", headers=theirs)).status_code == 404
    assert (await queries.one(system(), number)).order.version == 1


async def test_the_desk_confirms_amends_and_reads_what_it_sent(client: httpx.AsyncClient) -> None:
    who, headers = await desk()
    number = await drafted(who)
    await operations.send(who, number)
    done = await client.post(f"{ORDERS}/{number}/acknowledge", json=VERBS["acknowledge"], headers=headers)
    assert done.json()["order"]["state"] == "acknowledged"
    twice = [
        await client.post(
            f"{ORDERS}/{number}/amend", json=VERBS["amend"], headers=headers | {"Idempotency-Key": "revision-1"}
        )
        for _click in range(2)
    ]
    assert [answer.status_code for answer in twice] == [200, 200] and twice[0].json() == twice[1].json()
    assert twice[0].json()["order"]["revision"] == 1
    listed = (await client.get(f"{ORDERS}/{number}/revisions", headers=headers)).json()
    assert [(one["revision"], one["reason"]) for one in listed] == [(0, ""), (1, "Entente")]
    paper = await client.get(f"{ORDERS}/{number}/revisions/1/pdf", headers=headers)
    assert paper.content.startswith(b"%PDF") and f"{number}-revision-1.pdf" in paper.headers["content-disposition"]
    stale = await client.post(
        f"{ORDERS}/{number}/hold", json={"reason": "Attente"}, headers=headers | {"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    over = {"lines": [{"position": 1, "quantity": 500}], "reason": "Trop"}
    assert (await client.post(f"{ORDERS}/{number}/amend", json=over, headers=headers)).status_code == 422
    unknown = {"lines": [{"position": 9, "quantity": 1}], "reason": "Erreur"}
    refused = await client.post(f"{ORDERS}/{number}/amend", json=unknown, headers=headers)
    assert refused.status_code == 422 and "lines.0.position" in refused.json()["errors"]


async def test_late_lines_are_taken_away_as_a_table(client: httpx.AsyncClient) -> None:
    who, headers = await desk()
    number = await drafted(who)
    await operations.send(who, number)
    async with transaction(system()):
        await execute("UPDATE order_line SET expected_on = '2026-09-01'")
    (line,) = (await client.get(f"{ORDERS}/late-lines", headers=headers)).json()["items"]
    assert (line["order"], line["outstanding"], line["expected_on"]) == (number, 6, "2026-09-01")
    table = await client.get(f"{ORDERS}/late-lines/export", params={"format": "csv"}, headers=headers)
    assert number in table.text and "2026-09-01" in table.text
    assert (await client.get(f"{ORDERS}/late-lines/export?format=pdf", headers=headers)).status_code == 422
    assert (await client.get(f"{ORDERS}/late-lines")).status_code == 401


async def test_a_supplier_s_reply_is_kept_once_and_only_what_a_desk_reads(client: httpx.AsyncClient) -> None:
    who, headers = await desk()
    number = await drafted(who)
    files = f"{ORDERS}/{number}/files"
    reply = {"file": ("réponse.txt", b"Livraison mardi.")}
    first, again = [await client.post(files, files=reply, headers=headers) for _click in range(2)]
    assert first.status_code == 201 and first.json()["id"] == again.json()["id"]
    assert (await client.post(files, files={"file": ("x.exe", b"MZ\x00\x01")}, headers=headers)).status_code == 422
    (kept,) = (await client.get(files, headers=headers)).json()
    assert (await client.get(f"{files}/{kept['id']}", headers=headers)).content == b"Livraison mardi."
    _technician, reading = await desk("technician")
    assert (await client.post(files, files=reply, headers=reading)).status_code == 403


async def test_the_administration_sets_the_amount_and_purchasing_does_not(client: httpx.AsyncClient) -> None:
    _admin, headers = await desk("board_admin")
    _buyer, buying = await desk()
    path, new = (
        "/api/v1/order-limits/990000",
        {"from_day": today().isoformat(), "before_tax_cents": 25_000_00, "reason": "Politique"},
    )
    assert (await client.post(path, json=new, headers=buying)).status_code == 403
    made = await client.post(path, json=new, headers=headers)
    assert made.status_code == 201 and made.json()[0]["before_tax_cents"] == 25_000_00
    assert (await client.post(path, json=new, headers=headers)).status_code == 409
    assert (await client.get(path, headers=buying)).json() == made.json()


async def test_what_a_contract_binds_is_justified_and_attested_before_it_is_sent() -> None:
    who, _headers = await desk()
    number = await drafted(who)
    with pytest.raises(NothingToJustify):
        await justifying.justify(who, number, reason="Rien")
    await outside(number)
    with pytest.raises(NeedsJustification) as refused:
        await operations.send(who, number)
    assert refused.value.figures["lines"] == [1]
    with pytest.raises(Forbidden):
        await justifying.justify((await desk("technician"))[0], number, reason="Non")
    with pytest.raises(NothingToJustify):
        await justifying.justify(who, number, reason="Autre", lines=[1, 2])
    file = await justifying.justify(who, number, reason="Modèle absent du contrat")
    line = file.lines[0]
    assert (line.outside_contract, line.exception_reason, line.attested_by_name) == (
        True,
        "Modèle absent du contrat",
        who.name,
    )
    assert (await operations.send(who, number)).order.state is State.sent
    async with transaction(system()):
        assert await fetch_value("SELECT attested_at IS NOT NULL FROM order_line")
