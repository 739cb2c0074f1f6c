"""A board's own order number: once in a board, whatever its case and spaces; on the page, the PDF, the mail, in every list."""

import csv
import io
from uuid import UUID

import httpx
import pypdf
import pytest
from python_calamine import CalamineWorkbook

from allocations.orders import closing, documents, numbering, operations, queries
from allocations.orders.rules import NumberFixed
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school
from tests.reading import seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")


async def drafted() -> tuple[Actor, str]:
    await make_school()
    await make_school("991001", board="991000")
    await make_product()
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
    return await another(await make_actor("purchasing", board="990000"))


async def another(who: Actor, school: str = "990001") -> tuple[Actor, str]:
    await make_approved(("appareil", 2), school=school, envelope=await _envelope(school))
    (order,) = await operations.build(who)
    return who, order.number


async def _envelope(school: str) -> UUID:
    async with transaction(system()):
        found: UUID | None = await fetch_value("SELECT id FROM envelope WHERE school = $1", school)
    return found or await make_envelope(school, 10_000_00)


async def test_it_serves_once_in_a_board_whatever_its_case_and_spaces() -> None:
    who, first = await drafted()
    _who, second = await another(who)
    other, elsewhere = await another(await make_actor("purchasing", board="991000"), "991001")

    file = await numbering.give_own_number(who, first, own="  PO  45-a\u00a07 ")
    assert file.order.external_number == "PO 45-a 7"
    with pytest.raises(Invalid) as refused:
        await numbering.give_own_number(who, second, own="po45-A7")
    assert "sert déjà à un autre bon" in refused.value.errors["external_number"]
    assert (await queries.one(who, second)).order.external_number == ""
    assert (await numbering.give_own_number(other, elsewhere, own="PO 45-A 7")).order.external_number == "PO 45-A 7"

    await numbering.give_own_number(who, first, own="")
    assert (await numbering.give_own_number(who, second, own="po45-A7")).order.external_number == "po45-A7"


async def test_it_changes_until_the_order_is_closed_and_each_change_is_told() -> None:
    who, number = await drafted()
    await numbering.give_own_number(who, number, own="A-1")
    await operations.send(who, number)
    file = await numbering.give_own_number(who, number, own="A-2")
    assert [(e.what, e.before, e.after) for e in file.timeline[:1]] == [
        ("order.numbered", {"external_number": "A-1"}, {"external_number": "A-2"})
    ]
    same = await numbering.give_own_number(who, number, own=" A-2 ")
    assert (same.order.version, len(same.timeline)) == (file.order.version, len(file.timeline))
    with pytest.raises(Stale):
        await numbering.give_own_number(who, number, own="A-3", version=1)
    await closing.close(who, number, reason="Modèle abandonné")
    with pytest.raises(NumberFixed):
        await numbering.give_own_number(who, number, own="A-3")


async def test_a_stranger_and_another_desk_write_none() -> None:
    _who, number = await drafted()
    with pytest.raises(NotFound):
        await numbering.give_own_number(await make_actor("purchasing", board="991000"), number, own="X")
    with pytest.raises(Forbidden):
        await numbering.give_own_number(await make_actor("technician", board="990000"), number, own="X")


async def test_the_pdf_and_the_mail_bear_it_one_that_waits_too() -> None:
    who, number = await drafted()
    await numbering.give_own_number(who, number, own="PO-77")
    await operations.send(who, number)
    file = await numbering.give_own_number(who, number, own="PO-78")  # within the two minutes

    pages = pypdf.PdfReader(io.BytesIO(documents.purchase_order(file))).pages
    assert "PO-78" in "\n".join(page.extract_text() for page in pages)
    async with transaction(system()):
        rows = await fetch("SELECT * FROM outbox WHERE about = $1 ORDER BY id", number)
    first, second = rows
    assert f"{number} (PO-77)" in first["subject"] and first["cancelled_at"] is not None
    assert f"{number} (PO-78)" in second["subject"] and second["cancelled_at"] is None
    assert second["not_before"] == first["not_before"] and "PO-78" in second["body"]
    assert (await operations.recall(who, number)).mail == "none"


async def test_it_is_found_in_search_and_in_the_list_and_taken_away_with_it(client: httpx.AsyncClient) -> None:
    who, number = await drafted()
    _who, other = await another(who)
    await numbering.give_own_number(who, number, own="4500 123")
    await sign_in(client, who)

    assert (await client.get("/search", params={"q": "4500123"})).headers["location"] == f"/orders/{number}"
    listed = await client.get("/orders", params={"q": "4500"})
    assert number in listed.text and other not in listed.text and "4500 123" in seen(listed)
    for word in ("fournisseur", number, "4500 123"):
        found = await queries.list_orders(who, text=word, limit=10, after=None)
        assert number in [order.number for order in found.items]

    taken = await client.get("/orders/export", params={"q": "4500", "format": "csv"})
    head, row = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig")), delimiter=";"))
    assert dict(zip(head, row, strict=True))["Numéro interne"] == "4500 123"
    assert dict(zip(head, row, strict=True))["Total"] == "903,70"
    book = CalamineWorkbook.from_filelike(
        io.BytesIO((await client.get("/orders/export", params={"q": "4500", "format": "xlsx"})).content)
    )
    titles, cells = book.get_sheet_by_index(0).to_python()
    told = dict(zip(titles, cells, strict=True))
    assert (told["Numéro interne"], told["Total"]) == ("4500 123", 903.7)
    assert (await client.get("/orders/export", params={"format": "pdf"})).status_code == 422

    await sign_in(client, await make_actor("purchasing", board="991000"))
    assert number not in (await client.get("/search", params={"q": "4500123"})).text
    assert number not in (await client.get("/orders/export")).text


async def test_the_page_keeps_what_was_typed_where_it_is_refused(client: httpx.AsyncClient) -> None:
    who, first = await drafted()
    _who, second = await another(who)
    await numbering.give_own_number(who, first, own="A-1")
    await sign_in(client, who)
    page = await client.get(f"/orders/{second}")
    refused = await submit(client, page, f"/orders/{second}/own-number", external_number="a-1")
    assert refused.status_code == 422
    assert "sert déjà à un autre bon" in seen(refused) and 'value="a-1"' in refused.text
    done = await submit(client, page, f"/orders/{second}/own-number", external_number="A-2")
    assert done.status_code == 303
    assert f"{second} porte chez vous le numéro A-2." in seen(await client.get(f"/orders/{second}"))
