"""Labels by HTTP: nobody, another board, the technician."""

import io

import httpx
import pytest
from pypdf import PdfReader

from inventory.assets.operations import receive_units
from inventory.labels import operations
from kit.errors import Forbidden, Invalid, NotFound
from kit.events import timeline
from tests.factories import give_role, make_actor, make_board, make_person, make_school, make_token, new_unit

pytestmark = pytest.mark.usefixtures("db")


async def _tags(how_many: int, *, board: str = "990000", school: str = "990001") -> list[str]:
    await make_school(school, board=board, name="École des Érables")
    who = await make_actor("technician", board=board)
    return [asset.tag for asset in await receive_units(who, [new_unit(board=board, school=school)] * how_many)]


async def _headers(role: str, *, board: str = "990000") -> dict[str, str]:
    await make_board(board)
    email = await make_person()
    await give_role(email, role, board=board)
    return {"Authorization": f"Bearer {await make_token(email, board=board)}"}


async def test_a_technician_prints_the_labels_of_these_devices_and_each_says_so(client: httpx.AsyncClient) -> None:
    tags = await _tags(3)
    answer = await client.post(
        "/api/v1/labels", json={"tags": tags[::-1], "start_at": 29}, headers=await _headers("technician")
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="etiquettes-{tags[2]}.pdf"'
    first, second = (page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert tags[2] in first and tags[1] in first and tags[0] in second
    assert "École des Érables" in first
    for tag in tags:
        assert (await timeline("asset", tag))[0].what == "asset.label_printed"


async def test_nobody_and_who_may_not_print_get_no_label(client: httpx.AsyncClient) -> None:
    tags = await _tags(1)
    for path in ("/api/v1/labels", "/api/v1/labels/stocks"):
        send = client.post(path, json={"tags": tags}) if path.endswith("labels") else client.get(path)
        assert (await send).status_code == 401
    answer = await client.post("/api/v1/labels", json={"tags": tags}, headers=await _headers("purchasing"))
    assert answer.status_code == 403


async def test_another_board_s_device_is_absent(client: httpx.AsyncClient) -> None:
    theirs, ours = await _tags(1), await _tags(1, board="991000", school="991001")
    answer = await client.post(
        "/api/v1/labels", json={"tags": ours + theirs}, headers=await _headers("technician", board="991000")
    )

    assert answer.status_code == 404
    assert theirs[0] in answer.json()["detail"]
    assert all(event.what != "asset.label_printed" for event in await timeline("asset", ours[0]))


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"stock": "a4"}, 422, "Papier inconnu"),
        ({"start_at": 31}, 422, "de 1 à 30"),
        ({"start_at": 0}, 400, ""),
        ({"tags": []}, 400, ""),
        ({"offset_right_mm": 90}, 400, ""),
    ],
)
async def test_a_wrong_order_is_refused_in_a_sentence(
    client: httpx.AsyncClient, wrong: dict[str, object], status: int, words: str
) -> None:
    tags = await _tags(1)
    answer = await client.post("/api/v1/labels", json={"tags": tags} | wrong, headers=await _headers("technician"))
    assert answer.status_code == status
    assert words in answer.text


async def test_the_papers_are_named_in_the_reader_s_language(client: httpx.AsyncClient) -> None:
    papers = (await client.get("/api/v1/labels/stocks", headers=await _headers("technician"))).json()

    assert papers[0]["code"] == "letter-3x10"
    assert papers[0]["name"].startswith("Feuille Lettre")


async def test_the_operation_asks_again(client: httpx.AsyncClient) -> None:
    tags = await _tags(1)
    with pytest.raises(Forbidden):
        await operations.sheet(await make_actor("purchasing", board="990000"), tags)
    technician = await make_actor("technician", board="990000")
    with pytest.raises(NotFound):
        await operations.sheet(technician, ["990-999999"])
    with pytest.raises(Invalid):
        await operations.sheet(technician, [])
    with pytest.raises(Invalid):
        await operations.sheet(technician, tags * 1_001)
