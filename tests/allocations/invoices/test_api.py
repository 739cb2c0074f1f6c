"""Invoices by HTTP: what headers promise. The walk of all routes asks them as nobody, as strangers, as who may."""

from typing import Any

import httpx
import msgspec
import pytest

from kit.database import fetch_value
from tests.allocations.invoices.desk import Desk, make_desk
from tests.factories import make_token

pytestmark = pytest.mark.usefixtures("db")


async def bearer(email: str, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {await make_token(email)}"} | more


async def body(desk: Desk, unit: int = 393_00) -> Any:
    return msgspec.to_builtins(await desk.paper((1, 6, unit)))


async def test_a_repeated_entry_answers_the_same_and_enters_once(client: httpx.AsyncClient) -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    headers, sent = await bearer(desk.buyer.email, **{"idempotency-key": "saisie-1"}), await body(desk)
    first = await client.post("/api/v1/invoices", json=sent, headers=headers)
    second = await client.post("/api/v1/invoices", json=sent, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await fetch_value("SELECT count(*) FROM invoice") == 1
    again = await client.post("/api/v1/invoices", json=sent, headers=await bearer(desk.buyer.email))
    assert again.status_code == 409
    assert "déjà inscrit" in again.json()["detail"]


async def test_a_version_that_was_read_before_a_change_is_refused(client: httpx.AsyncClient) -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    made = await desk.invoice((1, 6, 400_00))
    number = made.invoice.number
    path, second = f"/api/v1/invoices/{number}", await bearer(desk.second.email)
    read = await client.get(path, headers=second)
    sent = {**(await body(desk, 401_00)), "supplier_number": made.invoice.supplier_number}
    del sent["order"]
    changed = await client.put(
        path, json=sent, headers=await bearer(desk.buyer.email, **{"if-match": read.headers["etag"]})
    )
    assert changed.status_code == 200, changed.text
    decision = {"outcome": "accept", "reason": "Prix de l'année"}
    stale = await client.post(f"{path}/decide", json=decision, headers=second | {"if-match": read.headers["etag"]})
    assert stale.status_code == 412
    fresh = (await client.get(path, headers=second)).headers["etag"]
    done = await client.post(f"{path}/decide", json=decision, headers=second | {"if-match": fresh})
    assert (done.status_code, done.json()["invoice"]["state"]) == (200, "approved")


async def test_an_envelope_without_room_answers_the_two_amounts(client: httpx.AsyncClient) -> None:
    desk = await make_desk(("tablette", 393_00, 6), cents=2_520_39)
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 400_00))).invoice.number
    decision = {"outcome": "accept", "reason": "Prix de l'année"}
    answer = await client.post(
        f"/api/v1/invoices/{number}/decide", json=decision, headers=await bearer(desk.second.email)
    )
    assert answer.status_code == 409
    assert "44,89" in answer.json()["detail"] and "0,00" in answer.json()["detail"]


async def test_a_scan_is_kept_with_its_invoice_and_downloaded_by_the_board_alone(client: httpx.AsyncClient) -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 393_00))).invoice.number
    path, mine = f"/api/v1/invoices/{number}/papers", await bearer(desk.buyer.email)
    sent = {"file": ("facture.txt", b"Facture F-1 : 2 711,11 $")}
    made = await client.post(path, files=sent, headers=mine)
    assert made.status_code == 201, made.text
    found = await client.get(f"{path}/{made.json()['id']}", headers=mine)
    assert found.content == sent["file"][1]
    assert found.headers["content-disposition"].startswith("attachment")
    refused = await client.post(path, files={"file": ("x.exe", b"MZ\x90\x00")}, headers=mine)
    assert refused.status_code == 422
    removed = await client.post(f"{path}/{made.json()['id']}/remove", headers=mine)
    assert removed.status_code == 204
    assert (await client.get(path, headers=mine)).json() == []


@pytest.mark.parametrize("sort", ["csv", "xlsx"])
async def test_the_list_is_taken_away_as_a_file(client: httpx.AsyncClient, sort: str) -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    await desk.invoice((1, 6, 393_00))
    answer = await client.get(f"/api/v1/invoices/export?file_format={sort}", headers=await bearer(desk.buyer.email))
    assert answer.status_code == 200
    assert f'filename="factures.{sort}"' in answer.headers["content-disposition"]
    if sort == "csv":
        assert "2711,11" in answer.content.decode("utf-8-sig")
