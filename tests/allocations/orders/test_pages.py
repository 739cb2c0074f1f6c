"""Pages of orders, without a script: grouping, sending, taking back, dating, cancelling; what each desk is offered."""

import io
from datetime import timedelta
from uuid import UUID

import httpx
import pypdf
import pytest

from allocations.orders import operations, queries, waiting
from allocations.orders.rules import State
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, fetch_value, transaction
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school
from tests.reading import forms, seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")


async def buyer(*, email: str = "ventes@exemple.ca") -> Actor:
    """Of board 990000; supplier alpha (of the tablet) has this address, beta (of the robot) has none."""
    await make_school()
    await make_product("tablette", 393_00, supplier="alpha")
    await make_product("robot", 185_37, supplier="beta", category="robotique")
    async with transaction(system()):
        await execute("UPDATE supplier SET email = $1 WHERE code = 'alpha'", email)
    return await make_actor("purchasing", board="990000")


async def drafted(who: Actor, *lines: tuple[str, int], school: str = "990001", envelope: UUID | None = None) -> str:
    await make_approved(*lines or (("tablette", 6),), school=school, envelope=envelope)
    (order,) = await operations.build(who)
    return order.number


async def state_of(number: str) -> State:
    return (await queries.one(system(), number)).order.state


@pytest.mark.parametrize(
    "path", ["/orders", "/orders/build", "/orders/BC-990-2026-00001", "/orders/BC-990-2026-00001/pdf"]
)
async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


async def test_another_board_finds_no_order_and_can_do_nothing_to_it(client: httpx.AsyncClient) -> None:
    number = await drafted(await buyer())
    await make_school("991001", board="991000")
    await sign_in(client, await make_actor("purchasing", board="991000"))
    listed = await client.get("/orders")
    assert number not in listed.text
    token = forms(listed)["/sign-out"]["_csrf_token"]
    for path in ("", "/pdf"):
        assert (await client.get(f"/orders/{number}{path}")).status_code == 404
    for action in ("send", "recall", "cancel", "promise", "close"):
        answer = await client.post(f"/orders/{number}/{action}", data={"_csrf_token": token, "reason": "Erreur"})
        assert answer.status_code == 404, action
    assert await state_of(number) is State.draft


async def test_baskets_are_ticked_previewed_again_and_made_into_orders_once(client: httpx.AsyncClient) -> None:
    who = await buyer()
    await make_school("990002")
    first = await make_approved(("tablette", 3), ("robot", 1))
    second = await make_approved(("robot", 7), school="990002")
    await sign_in(client, who)
    shown = await client.get("/orders/build")
    assert "2 paniers deviennent 2 bons de commande." in seen(shown)

    ticked_otherwise = await submit(client, shown, "/orders/build", selection=[second], do="create")

    assert "Rien n'est encore créé" in seen(ticked_otherwise)
    assert "1 panier devient 1 bon de commande." in seen(ticked_otherwise)
    assert (await waiting.preview(who)).selections == 2
    made = await submit(client, ticked_otherwise, "/orders/build", do="create")
    assert (made.status_code, made.headers["location"]) == (303, "/orders/BC-990-2026-00001")
    again = await submit(client, ticked_otherwise, "/orders/build", do="create")  # a second click
    assert again.headers["location"] == made.headers["location"]
    (order,) = (await queries.list_orders(who, limit=50, after=None)).items
    assert (order.supplier, order.units) == ("beta", 7)
    assert {row.selection for row in (await waiting.preview(who)).items} == {first}


async def test_nothing_ticked_and_a_day_that_is_past_are_said_and_what_was_typed_stays(
    client: httpx.AsyncClient,
) -> None:
    who = await buyer()
    await make_approved(("tablette", 3))
    await sign_in(client, who)
    shown = await client.get("/orders/build")
    none = await submit(client, shown, "/orders/build", selection=[], do="create")
    assert none.status_code == 422
    assert "Cochez au moins un panier" in seen(none)
    yesterday = (today() - timedelta(days=1)).isoformat()
    past = await submit(client, shown, "/orders/build", requested_on=yesterday, do="create")
    assert past.status_code == 422
    assert "La date de livraison souhaitée est passée" in seen(past)
    assert forms(past)["/orders/build"]["requested_on"] == yesterday
    nonsense = await submit(client, shown, "/orders/build", requested_on="demain", do="create")
    assert "« demain » n'est pas une date" in seen(nonsense)
    assert (await queries.list_orders(who, limit=50, after=None)).items == []


async def test_an_order_is_sent_and_the_money_committed_then_taken_back(client: httpx.AsyncClient) -> None:
    who = await buyer()
    envelope = await make_envelope()
    await make_approved(("tablette", 2), envelope=envelope)
    (order,) = await operations.build(who)
    reserved = await figures(envelope)
    await sign_in(client, who)
    page = await client.get(f"/orders/{order.number}")
    send = f"/orders/{order.number}/send"

    for _click in range(2):
        sent = await submit(client, page, send)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/orders/{order.number}")

    after = await client.get(f"/orders/{order.number}")
    assert f"{order.number} envoyé. 840,13 $ engagés sur 1 enveloppe." in seen(after)
    assert "Envoi à" in seen(after) and "pour l'annuler" in seen(after)
    recall = f"/orders/{order.number}/recall"
    for _click in range(2):
        assert (await submit(client, after, recall)).status_code == 303
    back = await client.get(f"/orders/{order.number}")
    assert "le courriel ne partira pas. 840,13 $ sont de nouveau réservés" in seen(back)
    assert await figures(envelope) == reserved
    assert send in forms(back)


async def test_a_message_that_has_left_is_not_offered_to_be_taken_back(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    await operations.send(who, number)
    await sign_in(client, who)
    before = await client.get(f"/orders/{number}")
    async with transaction(system()):
        await execute("UPDATE outbox SET sent_at = now() WHERE about = $1", number)
    assert f"/orders/{number}/recall" not in forms(await client.get(f"/orders/{number}"))
    late = await submit(client, before, f"/orders/{number}/recall")
    assert late.status_code == 409
    assert "est parti" in seen(late)
    assert await state_of(number) is State.sent


async def test_a_message_that_failed_and_a_supplier_without_an_address_are_said(client: httpx.AsyncClient) -> None:
    who = await buyer()
    envelope = await make_envelope("990001", 10_000_00)
    failed = await drafted(who, envelope=envelope)
    silent = await drafted(who, ("robot", 1), envelope=envelope)
    await sign_in(client, who)
    assert "n'a pas de courriel au catalogue" in seen(await client.get(f"/orders/{silent}"))
    for number in (failed, silent):
        await operations.send(who, number)
    async with transaction(system()):
        await execute("UPDATE outbox SET failed_at = now() WHERE about = $1", failed)
    assert "Le fournisseur n'a pas reçu le courriel. L'engagement demeure." in seen(
        await client.get(f"/orders/{failed}")
    )
    assert "Aucun courriel : imprimez le bon, remettez-le, puis inscrivez comment." in seen(
        await client.get(f"/orders/{silent}")
    )


async def test_a_page_that_is_out_of_date_changes_nothing(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    await sign_in(client, who)
    page = await client.get(f"/orders/{number}")
    await operations.promise(who, number, expected_on=today() + timedelta(days=9))
    stale = await submit(client, page, f"/orders/{number}/send")
    assert stale.status_code == 412
    assert await state_of(number) is State.draft
    assert (
        await submit(client, stale, f"/orders/{number}/send")
    ).status_code == 303  # the page shown anew is read anew


async def test_cancelling_wants_a_reason_and_frees_the_baskets(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    await operations.send(who, number)
    await sign_in(client, who)
    page = await client.get(f"/orders/{number}")
    cancel = f"/orders/{number}/cancel"
    silent = await submit(client, page, cancel, reason="  ")
    assert silent.status_code == 422
    assert silent.text.count("Erreur : ".replace(" :", "\u00a0:")) >= 1
    assert 'href="#f-reason"' in silent.text and 'id="f-reason"' in silent.text
    assert (await submit(client, silent, cancel, reason="Rupture de stock")).status_code == 303
    after = seen(await client.get(f"/orders/{number}"))
    assert f"{number} annulé. 2 520,39 $ désengagés; ses paniers attendent de nouveau d'être commandés." in after
    assert "Annulé : Rupture de stock" in after
    assert (await waiting.preview(who)).selections == 1


async def test_the_rest_of_an_order_is_given_up_with_a_reason(client: httpx.AsyncClient) -> None:
    who = await buyer()
    envelope = await make_envelope()
    await make_approved(("tablette", 2), envelope=envelope)
    (order,) = await operations.build(who)
    await operations.send(who, order.number)
    technician = await make_actor("technician", board="990000")
    receipt = await receipts.receive(technician, order.number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await sign_in(client, who)
    page = await client.get(f"/orders/{order.number}")
    close = f"/orders/{order.number}/close"
    assert f"/orders/{order.number}/cancel" not in forms(page)  # something came: it is not cancelled whole
    silent = await submit(client, page, close, close_reason=" ")
    assert silent.status_code == 422
    assert 'href="#f-close_reason"' in silent.text and 'id="f-close_reason"' in silent.text
    for _click in range(2):
        assert (await submit(client, silent, close, close_reason="Modèle abandonné")).status_code == 303
    after = await client.get(f"/orders/{order.number}")
    assert f"{order.number} clos. 420,07 $ sont libres de nouveau." in seen(after)
    assert "Modèle abandonné" in seen(after) and receipt.number in after.text
    assert (await figures(envelope)) == (2_150_00 - 420_06, 0, 0, 420_06)
    assert forms(after).keys() == {"/search", "/sign-out"}
    assert "Il ne reste rien à recevoir." in seen(await client.get(f"/receipts/{receipt.number}"))
    assert "Clos" in seen(await client.get("/orders?state=closed"))


async def test_the_supplier_s_day_is_written_for_all_lines_or_for_some(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who, ("tablette", 2), ("tablette", 3))
    await operations.send(who, number)
    await sign_in(client, who)
    promise = f"/orders/{number}/promise"
    page = await client.get(f"/orders/{number}")
    soon, later = today() + timedelta(days=9), today() + timedelta(days=30)
    assert (await submit(client, page, promise, expected_on=soon.isoformat())).status_code == 303
    page = await client.get(f"/orders/{number}")
    assert (await submit(client, page, promise, expected_on=later.isoformat(), line=["2"])).status_code == 303
    assert [line.expected_on for line in (await queries.one(who, number)).lines] == [soon, later]
    page = await client.get(f"/orders/{number}")
    wrong = await submit(client, page, promise, expected_on="2020-01-01", line=["2"])
    assert wrong.status_code == 422
    assert forms(wrong)[promise]["expected_on"] == "2020-01-01"
    assert forms(wrong)[promise]["line"] == "2"
    unknown = await submit(client, page, promise, expected_on=later.isoformat(), line=["2", "9"])
    assert unknown.status_code == 409
    assert [line.expected_on for line in (await queries.one(who, number)).lines] == [soon, later]


async def test_late_orders_come_first_then_the_newest_by_pages(client: httpx.AsyncClient) -> None:
    who = await buyer()
    envelope = await make_envelope("990001", 10_000_00)
    numbers = [await drafted(who, ("tablette", 1), envelope=envelope) for _ in range(5)]
    for number in numbers[:4]:
        await operations.send(who, number)
    async with transaction(system()):
        await execute(
            "UPDATE order_line SET expected_on = $2 WHERE \"order\" IN (SELECT id FROM purchase_order WHERE number = ANY($1))",
            [numbers[0], numbers[2], numbers[4]], today() - timedelta(days=9),
        )  # fmt: skip
    wanted = [numbers[2], numbers[0], numbers[4], numbers[3], numbers[1]]  # a draft is never late
    found, after = [], None
    for _page in range(3):
        part = await queries.list_orders(who, limit=2, after=after)
        found += [order.number for order in part.items]
        after = part.next
    assert (found, after) == (wanted, None)
    await sign_in(client, who)
    page = await client.get("/orders")
    places = [page.text.index(f"/orders/{number}") for number in wanted]
    assert places == sorted(places)
    assert seen(page).count("en retard de 9 jours") == 2
    late = await client.get("/orders?late=true")
    assert numbers[0] in late.text and numbers[4] not in late.text
    drafts = await client.get("/orders?state=draft")
    assert numbers[4] in drafts.text and numbers[0] not in drafts.text
    assert (await client.get("/orders?state=perdu")).status_code == 422


async def test_an_empty_list_says_what_to_do_first(client: httpx.AsyncClient) -> None:
    who = await buyer()
    await sign_in(client, who)
    assert "commencez par ceux qui attendent votre accord" in seen(await client.get("/orders"))
    assert "Aucun panier approuvé n'attend" in seen(await client.get("/orders/build"))
    await make_approved(("tablette", 1))
    assert "1 panier approuvé attend d'être commandé" in seen(await client.get("/orders"))
    assert "Aucun résultat avec ces filtres" in seen(await client.get("/orders?late=true"))
    await sign_in(client, await make_actor("technician", board="990000"))
    assert "L'approvisionnement en crée" in seen(await client.get("/orders"))
    assert (await client.get("/orders/build")).status_code == 403


async def test_the_page_says_what_the_pdf_says(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    await sign_in(client, who)
    page = seen(await client.get(f"/orders/{number}"))
    pdf = await client.get(f"/orders/{number}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(pdf.content))
    printed = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).replace("\u00a0", " ").split())
    for words in (
        "990001",
        "2 358,00 $",
        "117,90 $",
        "235,21 $",
        "2 711,11 $",
        "9,975 %",
        "Direction",
        "alpha",
        "Conditions :",
    ):
        assert words in page, words
        assert words in printed, words
    links = [mark.get_object()["/A"]["/URI"] for sheet in reader.pages for mark in sheet.get("/Annots", [])]
    assert any(link.endswith(f"/orders/{number}") for link in links)


async def test_each_desk_is_offered_what_is_its_own(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    technician, team = await make_actor("technician", board="990000"), await make_actor("principal", school="990001")
    await sign_in(client, technician)
    assert forms(await client.get(f"/orders/{number}")).keys() == {"/search", "/sign-out"}
    await operations.send(who, number)
    assert f"/orders/{number}/receive" in (await client.get(f"/orders/{number}")).text
    await sign_in(client, team)
    theirs = await client.get(f"/orders/{number}")
    assert f"/orders/{number}/receive" not in theirs.text
    assert forms(theirs).keys() == {"/search", "/sign-out"}
    token = forms(theirs)["/sign-out"]["_csrf_token"]
    assert (
        await client.post(f"/orders/{number}/cancel", data={"_csrf_token": token, "reason": "x"})
    ).status_code == 403
    assert await state_of(number) is State.sent


async def test_a_school_is_told_that_it_reads_its_own_part(client: httpx.AsyncClient) -> None:
    who = await buyer()
    await make_school("990002", name="École des Voisins")
    await make_approved(("tablette", 2))
    number = await drafted(who, ("tablette", 3), school="990002")
    await sign_in(client, await make_actor("principal", school="990001"))
    page = seen(await client.get(f"/orders/{number}"))
    assert "Extrait : seule la part de vos écoles y est, montants compris." in page
    assert "École des Voisins" not in page
    await sign_in(client, who)
    assert "Extrait" not in seen(await client.get(f"/orders/{number}"))


async def test_the_rates_are_those_of_the_day_that_the_baskets_were_priced(client: httpx.AsyncClient) -> None:
    who = await buyer()
    number = await drafted(who)
    async with transaction(system()):
        await execute("UPDATE tax_rate SET until_day = $1 WHERE until_day IS NULL", today() - timedelta(days=1))
        taxes = await fetch_value("SELECT count(*) FROM tax_rate WHERE until_day IS NULL")
        await execute("UPDATE selection SET submitted_at = $1", now() - timedelta(days=1))
    assert taxes == 0
    assert (await queries.one(who, number)).qst_ppm == 99_750
