"""The network and its imports over HTTP: nobody, somebody else, then the rightful."""

from typing import Any

import httpx
import pytest

from tests.directory.imports.lists import board, listed, load, school
from tests.factories import make_actor, make_token

pytestmark = pytest.mark.usefixtures("db")


async def signed(role: str, **place: str) -> dict[str, str]:
    email = (await make_actor(role, **place)).email
    return {"Authorization": f"Bearer {await make_token(email)}"}


def upload(kind: str, *lines: Any) -> dict[str, Any]:
    found = listed(kind, *lines)
    return {"files": (found.name, found.file.read(), "text/csv")}


async def test_nobody_reads_the_network_or_imports(client: httpx.AsyncClient) -> None:
    for path in ("boards", "boards/990000", "schools", "schools/990001", "buildings", "imports", "imports/1"):
        assert (await client.get(f"/api/v1/{path}")).status_code == 401
    assert (await client.post("/api/v1/imports?kind=boards", files=upload("boards", board()))).status_code == 401
    assert (await client.post("/api/v1/imports/1/accept")).status_code == 401


async def test_a_board_reads_its_own_and_imports_nothing(client: httpx.AsyncClient) -> None:
    await load("boards", board(), board("991000", "Autre"))
    await load("schools", school(), school("991001", "991101", board="991000"))
    who = await signed("technician", board="991000")
    found = (await client.get("/api/v1/schools", headers=who)).json()
    assert [item["code"] for item in found["items"]] == ["991001"]
    assert (await client.get("/api/v1/schools/990001", headers=who)).status_code == 404
    assert (await client.get("/api/v1/schools/991001", headers=who)).json()["board"] == "991000"
    assert (await client.get("/api/v1/boards/991", headers=who)).json()["code"] == "991000"
    assert (await client.get("/api/v1/buildings/991101", headers=who)).json()["tenants"][0]["code"] == "991001"
    assert (await client.get("/api/v1/imports", headers=who)).status_code == 403
    refused = await client.post("/api/v1/imports?kind=boards", files=upload("boards", board()), headers=who)
    assert refused.status_code == 403


async def test_the_ministry_stages_looks_accepts_and_takes_back(client: httpx.AsyncClient) -> None:
    who = await signed("ministry")
    made = await client.post("/api/v1/imports?kind=boards&accept=true", files=upload("boards", board()), headers=who)
    assert (made.status_code, made.json()["created"], made.json()["state"]) == (200, 1, "applied")
    lines = [school(), school("995001", board="995000")]
    staged = (await client.post("/api/v1/imports?kind=schools", files=upload("schools", *lines), headers=who)).json()
    assert (staged["state"], staged["created"], staged["refused"][0]["value"]) == ("staged", 1, "995000")
    assert (await client.get("/api/v1/schools", headers=who)).json()["items"] == []
    batch = staged["batch"]
    detail = (await client.get(f"/api/v1/imports/{batch}", headers=who)).json()
    assert (detail["changes"], detail["lines_refused"][0]["line"], detail["counts"]["read"]) == (3, 3, 2)
    changes = (await client.get(f"/api/v1/imports/{batch}/changes", headers=who)).json()["items"]
    assert [(change["record"], change["action"]) for change in changes] == [
        ("building", "create"), ("link", "create"), ("school", "create"),
    ]  # fmt: skip
    key = {"Idempotency-Key": "une-fois"}
    for _again in range(2):
        done = await client.post(f"/api/v1/imports/{batch}/accept", headers=who | key)
        assert (done.status_code, done.json()["state"]) == (200, "applied")
    assert (await client.post(f"/api/v1/imports/{batch}/accept", headers=who)).status_code == 409
    assert (await client.post(f"/api/v1/imports/{batch}/undo", headers=who)).json()["state"] == "undone"
    assert (await client.get("/api/v1/schools/990001", headers=who)).json()["closed_on"]
    listed_batches = (await client.get("/api/v1/imports?limit=1", headers=who)).json()
    assert (listed_batches["items"][0]["number"], listed_batches["next"] is not None) == (batch, True)


@pytest.mark.parametrize(
    ("query", "content", "status"),
    [
        ("kind=boards", b"%PDF-1.7", 422),
        ("kind=boards", b"", 422),
        ("kind=boards", b"NOM_OFFCL\nA\n", 422),
        ("kind=planets", b"CD_ORGNS,NOM_OFFCL\n990000,A\n", 422),
        ("kind=boards&as_of=hier", b"CD_ORGNS,NOM_OFFCL\n990000,A\n", 400),
        ("", b"CD_ORGNS,NOM_OFFCL\n990000,A\n", 400),
    ],
)
async def test_what_cannot_be_imported_is_a_problem_in_a_sentence(
    client: httpx.AsyncClient, query: str, content: bytes, status: int
) -> None:
    who = await signed("ministry")
    answer = await client.post(f"/api/v1/imports?{query}", files={"files": ("liste.csv", content)}, headers=who)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    who = await signed("ministry")
    for path in ("imports/99", "imports/99/changes", "schools/990999", "boards/999000", "buildings/990999"):
        assert (await client.get(f"/api/v1/{path}", headers=who)).status_code == 404
    assert (await client.post("/api/v1/imports/99/accept", headers=who)).status_code == 404
