"""Receiving by forms without a script: typed, looked at, finished once; labels; into service."""

import io
from datetime import timedelta
from uuid import UUID

import httpx
import pypdf
import pytest

from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders.rules import State
from allocations.receipts import operations, queries, undoing, words
from allocations.receipts.schemas import Receive, ReceivedLine
from inventory.assets.operations import put_into_service, receive_units
from kit.actor import Actor, system
from kit.clock import today
from kit.database import fetch, fetch_value, transaction
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school, new_unit
from tests.reading import forms, seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")


async def awaited(*lines: tuple[str, int]) -> tuple[str, UUID, Actor]:
    """An order that is sent (six tablets, unless said otherwise); its envelope; the technician who receives."""
    await make_school(name="École des Érables")
    await make_product("tablette", 393_00)
    await make_product("cable", 10_00, tracked=False)
    envelope = await make_envelope("990001", 9_000_00)
    await make_approved(*lines or (("tablette", 6),), envelope=envelope)
    buyer = await make_actor("purchasing", board="990000")
    (order,) = await orders.build(buyer)
    await orders.send(buyer, order.number)
    return order.number, envelope, await make_actor("technician", board="990000")


async def assets() -> int:
    async with transaction(system()):
        return await fetch_value("SELECT count(*) FROM asset")  # type: ignore[no-any-return]


async def state_of(number: str) -> State:
    return (await order_queries.one(system(), number)).order.state


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    for path in ("/orders/BC-990-2026-00001/receive", "/receipts/BR-990-2026-00001"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?next=")


async def test_another_board_receives_nothing_and_who_orders_does_not_receive(client: httpx.AsyncClient) -> None:
    number, _envelope, who = await awaited()
    receipt = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await make_school("991001", board="991000")
    await sign_in(client, await make_actor("technician", board="991000"))
    token = forms(await client.get("/orders"))["/sign-out"]["_csrf_token"]
    form = {"_csrf_token": token, "quantity-1": "1", "do": "receive"}
    assert (await client.get(f"/orders/{number}/receive")).status_code == 404
    assert (await client.post(f"/orders/{number}/receive", data=form)).status_code == 404
    assert (await client.get(f"/receipts/{receipt.number}")).status_code == 404
    assert (await client.post(f"/receipts/{receipt.number}/into-service", data=form)).status_code == 404
    await sign_in(client, await make_actor("purchasing", board="990000"))
    token = forms(await client.get("/orders"))["/sign-out"]["_csrf_token"]
    assert (await client.post(f"/orders/{number}/receive", data=form | {"_csrf_token": token})).status_code == 403
    page = await client.get(f"/receipts/{receipt.number}")
    assert forms(page).keys() == {"/search", "/sign-out"}
    assert "La mise en service revient au personnel technique" in seen(page)
    assert await assets() == 1


async def test_four_of_six_by_scanner_are_looked_at_finished_once_labelled_and_put_to_work(
    client: httpx.AsyncClient,
) -> None:
    number, envelope, who = await awaited()
    await sign_in(client, who)
    receive = f"/orders/{number}/receive"
    form = await client.get(receive)
    assert "À recevoir : 6 unités. Reçues : 0 sur 6." in seen(form)

    codes = "DMPX1\r\nDMPX2\r\n\r\n DMPX3 \r\nDMPX4\r\n"  # each Enter of the scanner; one too many
    look = await submit(client, form, receive, **{"serials-1": codes, "slip": "B-77"})

    assert look.status_code == 200
    assert "4 biens seront créés. Il restera 2 unités à recevoir." in seen(look)
    assert "4 sur 6 · N° de série DMPX4 · Nouveau" in seen(look)
    assert (await assets(), await state_of(number)) == (0, State.sent)
    done = [await submit(client, look, receive, do="receive") for _click in range(2)]
    assert {(answer.status_code, answer.headers["location"]) for answer in done} == {
        (303, "/receipts/BR-990-2026-00001")
    }
    assert len(await queries.of_order(who, number)) == 1
    assert (await assets(), await state_of(number)) == (4, State.part_received)
    receipt = await client.get("/receipts/BR-990-2026-00001")
    assert "4 biens créés : 990-000001 à 990-000004. Il reste 2 unités à recevoir." in seen(receipt)
    assert "B-77" in seen(receipt)

    sheet = await submit(client, receipt, "/labels", start_at="7")
    assert sheet.headers["content-type"] == "application/pdf"
    printed = pypdf.PdfReader(io.BytesIO(sheet.content)).pages[0].extract_text()
    assert all(f"990-00000{n}" in printed for n in range(1, 5))
    assert "Imprimer les 4 étiquettes" in seen(receipt)

    into_service = "/receipts/BR-990-2026-00001/into-service"
    for _click in range(2):
        assert (await submit(client, receipt, into_service)).status_code == 303
    after = await client.get("/receipts/BR-990-2026-00001")
    assert "4 biens sont en service : ils comptent pour le plancher." in seen(after)
    assert into_service not in forms(after)
    async with transaction(system()):
        rows = await fetch("SELECT serial, state FROM asset ORDER BY tag")
    assert [tuple(row) for row in rows] == [(f"DMPX{n}", "in_service") for n in range(1, 5)]
    assert (await figures(envelope))[3] == 2_520_39 * 4 // 6


async def test_what_was_typed_stays_beside_what_is_wrong_with_it(client: httpx.AsyncClient) -> None:
    number, _envelope, who = await awaited(("tablette", 6), ("cable", 3))
    await sign_in(client, who)
    receive = f"/orders/{number}/receive"
    form = await client.get(receive)
    lines = {line.product: line.position for line in (await order_queries.one(who, number)).lines}
    tablet, cable = lines["tablette"], lines["cable"]
    wrong = await submit(
        client, form, receive, **{f"quantity-{tablet}": "deux", f"quantity-{cable}": "4", "note": "Boîte ouverte"}
    )
    assert wrong.status_code == 422
    assert f"Ligne {tablet} : « deux » n'est pas un nombre d'unités." in seen(wrong)
    kept = forms(wrong)[receive]
    assert (kept[f"quantity-{tablet}"], kept[f"quantity-{cable}"], kept["note"]) == ("deux", "4", "Boîte ouverte")
    over = await submit(client, wrong, receive, **{f"quantity-{tablet}": "7"})
    assert f"Ligne {tablet} : complète avec 6; 1 unité est en trop." in seen(over)
    assert f"Ligne {cable} : complète avec 3; 1 unité est en trop." in seen(over)
    assert f'href="#f-quantity-{cable}"' in over.text
    nothing = await submit(client, form, receive)
    assert "Dites ce qui est arrivé" in seen(nothing)
    tomorrow = await submit(
        client, form, receive,
        **{f"quantity-{tablet}": "1", "received_on": (today() + timedelta(days=1)).isoformat()},
    )  # fmt: skip
    assert "La date de réception est dans l'avenir." in seen(tomorrow)
    none = await submit(client, form, receive, **{f"quantity-{tablet}": "0", f"serials-{tablet}": "DMPX1"})
    assert "1 numéro de série pour aucune unité reçue" in seen(none)
    long = await submit(client, form, receive, **{f"serials-{tablet}": "X" * 121})
    assert "est trop long pour un numéro de série" in seen(long)
    assert await assets() == 0


async def test_serials_that_are_known_or_said_twice_are_told_at_their_line(client: httpx.AsyncClient) -> None:
    number, _envelope, who = await awaited(("tablette", 2), ("tablette", 3))
    await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=1, serials=["DMPX1"])]))
    await make_school("991001", board="991000")
    elsewhere = await make_actor("technician", board="991000")
    await receive_units(elsewhere, [new_unit(board="991000", school="991001", serial="AILLEURS")])
    before = await assets()
    await sign_in(client, who)
    receive = f"/orders/{number}/receive"
    form = await client.get(receive)

    known = await submit(client, form, receive, **{"serials-1": "NEUF", "serials-2": "dmpx1\nAILLEURS"})
    assert known.status_code == 422
    assert "Déjà inscrit : bien 990-000001." in seen(known)
    assert "Déjà inscrit ailleurs : mettez-le de côté et ouvrez un billet." in seen(known)
    assert "991-" not in known.text and "991001" not in known.text
    assert 'href="#f-serials-2"' in known.text and 'href="#f-serials-1"' not in known.text
    twice = await submit(client, form, receive, **{"serials-2": "NEUF\nneuf"})
    assert "Ligne 2 : le n° de série neuf y est deux fois." in seen(twice)
    across = await submit(client, form, receive, **{"serials-1": "NEUF", "serials-2": "NEUF"})
    assert "Ligne 2 : le n° de série NEUF est déjà à la ligne 1." in seen(across)
    assert await assets() == before


async def test_a_look_can_be_corrected_and_everything_can_be_filled_in(client: httpx.AsyncClient) -> None:
    number, _envelope, who = await awaited(("tablette", 2), ("cable", 3))
    await sign_in(client, who)
    receive = f"/orders/{number}/receive"
    form = await client.get(f"{receive}?everything=true")
    look = await submit(client, form, receive, note="Deux lignes\nde note", in_service="on")
    assert (
        "2 biens seront créés. 3 unités sans étiquette (articles non suivis). Il ne restera rien à recevoir."
        in seen(look)
    )
    again = await submit(client, look, receive, do="edit")
    assert forms(again)[receive]["note"] == "Deux lignes\nde note"
    assert forms(again)[receive]["in_service"] == "on"
    look = await submit(client, again, receive)
    assert (await submit(client, look, receive, do="receive")).status_code == 303
    receipt = seen(await client.get("/receipts/BR-990-2026-00001"))
    assert "2 biens créés : 990-000001 à 990-000002." in receipt
    assert "Il ne reste rien à recevoir." in receipt
    assert "Tout est collé?" not in receipt  # they are in service already
    assert await state_of(number) is State.received
    assert "tout est reçu" in seen(await client.get(receive))


async def test_a_draft_is_not_received(client: httpx.AsyncClient) -> None:
    _number, envelope, who = await awaited()
    await make_approved(("tablette", 1), envelope=envelope)
    (draft,) = await orders.build(await make_actor("purchasing", board="990000"))
    await sign_in(client, who)
    answer = await client.get(f"/orders/{draft.number}/receive")
    assert answer.status_code == 409
    assert "n'est pas envoyé" in seen(answer)


async def test_devices_seen_to_before_stay_as_they_are(client: httpx.AsyncClient) -> None:
    from inventory.assets import operations as care

    number, _envelope, who = await awaited()
    receipt = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    first, second = words.tags_of(receipt)
    await care.put_into_service(who, [first])
    await care.take_out_of_service(who, first, why="Écran fendu")
    moved = await operations.put_into_service(who, receipt.number)
    assert [asset.tag for asset in moved] == [second]
    assert await operations.put_into_service(who, receipt.number) == []


async def test_a_receipt_that_was_undone_is_told_as_such_and_prints_no_label(client: httpx.AsyncClient) -> None:
    number, _envelope, who = await awaited()
    receipt = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    (tag, _other) = words.tags_of(receipt)
    await undoing.undo(who, receipt.number, why="Bordereau d'une autre école.")
    await sign_in(client, who)
    said = seen(await client.get(f"/receipts/{receipt.number}"))
    assert "Réception annulée le" in said and "Bordereau d'une autre école." in said and "Imprimer" not in said
    assert "annulée le" in seen(await client.get(f"/orders/{number}"))
    assert "Imprimer l'étiquette" not in seen(await client.get(f"/assets/{tag}"))


def test_neighbouring_tags_are_said_together() -> None:
    assert (
        words.ranges(["990-000003", "990-000001", "990-000002", "990-000009"]) == "990-000001 à 990-000003, 990-000009"
    )
    assert words.ranges([]) == ""
    assert words.ranges(["990-000009", "990-000010"]) == "990-000009 à 990-000010"


async def test_the_page_of_a_basket_follows_its_order_until_its_devices_work(client: httpx.AsyncClient) -> None:
    number, _envelope, technician = await awaited()
    async with transaction(system()):
        basket = await fetch_value("SELECT number FROM selection")
    await sign_in(client, await make_actor("school_team", school="990001"))
    shown = await client.get(f"/selections/{basket}")
    assert "Commandé : l'organisme attend la livraison." in seen(shown) and f'href="/orders/{number}"' in shown.text
    receipt = await operations.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=6)]))
    assert "Reçu : 6 appareils restent à mettre en service." in seen(await client.get(f"/selections/{basket}"))
    await put_into_service(technician, [tag for line in receipt.lines for tag in line.tags])
    assert "Tout ce qui devait arriver est reçu." in seen(await client.get(f"/selections/{basket}"))
