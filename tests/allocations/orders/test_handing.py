"""An order that no message carries: printed, handed over, said so; its money moves as that of a sent one."""

from uuid import UUID

import httpx
import pytest

from allocations.orders import cancelling, handing, operations, queries
from allocations.orders.rules import (
    CameAlready,
    How,
    MailCarriesIt,
    NotDraft,
    NothingToRecall,
    NotSent,
    State,
    TooLateToRecall,
)  # fmt: skip
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import Actor, system
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, NotFound, Stale
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school, make_token
from tests.reading import forms, seen, sign_in, submit

pytestmark = pytest.mark.usefixtures("db")


async def drafted(*, email: str = "") -> tuple[Actor, str, UUID]:
    """A buyer, a draft order of two devices, and the envelope that pays for them."""
    await make_school()
    await make_product()
    envelope = await make_envelope()
    await make_approved(("appareil", 2), envelope=envelope)
    await address(email)
    who = await make_actor("purchasing", board="990000")
    (order,) = await operations.build(who)
    return who, order.number, envelope


async def address(email: str) -> None:
    async with transaction(system()):
        await execute("UPDATE supplier SET email = $1", email)


async def messages() -> int:
    async with transaction(system()):
        return int(await fetch_value("SELECT count(*) FROM outbox"))


async def test_it_commits_the_money_in_one_go_and_no_message_leaves() -> None:
    who, number, envelope = await drafted()
    before = await figures(envelope)

    file = await handing.hand_over(who, number, how=How.phone, confirmation="  C 42  ")

    assert (file.order.state, file.order.sent_how, file.order.confirmation) == (State.sent, "phone", "C 42")
    assert (file.order.sent_by_name, file.mail, await messages()) == (who.name, "none", 0)
    assert await figures(envelope) == (before[0], 0, before[1], 0)
    async with transaction(system()):
        assert await fetch_value("SELECT sum(quantity) FROM expected_delivery") == 2
    told = file.timeline[0]
    assert (told.what, told.actor_name) == ("order.sent", who.name)
    assert told.after == {"net_cents": file.order.net_cents, "how": "phone", "confirmation": "C 42"}


async def test_a_supplier_with_an_address_may_take_orders_by_its_portal_and_gets_no_mail_then() -> None:
    who, number, _envelope = await drafted(email="ventes@exemple.ca")
    await handing.hand_over(who, number, how=How.portal)
    assert await messages() == 0
    with pytest.raises(NotDraft):
        await operations.send(who, number)


async def test_a_supplier_that_gains_an_address_later_gets_no_second_order() -> None:
    who, number, _envelope = await drafted()
    await handing.hand_over(who, number, how=How.fax)
    await address("ventes@exemple.ca")
    with pytest.raises(NotDraft):
        await operations.send(who, number)
    assert await messages() == 0
    await operations.recall(who, number)
    assert (await operations.send(who, number)).mail == "waiting"  # taken back, it leaves as any other
    assert (await queries.one(who, number)).order.sent_how == ""


async def test_a_wrong_mark_is_taken_back_until_something_has_come() -> None:
    who, number, envelope = await drafted()
    reserved = await figures(envelope)
    await handing.hand_over(who, number, how=How.in_person)
    back = await operations.recall(who, number)
    assert (back.order.state, back.order.sent_how, back.order.sent_at) == (State.draft, "", None)
    assert await figures(envelope) == reserved

    await handing.hand_over(who, number, how=How.in_person)
    technician = await make_actor("technician", board="990000")
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    with pytest.raises(CameAlready):
        await operations.recall(who, number)


async def test_an_order_sent_without_a_message_says_later_how_it_went() -> None:
    who, number, envelope = await drafted()
    await operations.send(who, number)
    with pytest.raises(NothingToRecall):
        await operations.recall(who, number)
    committed = await figures(envelope)

    await handing.hand_over(who, number, how=How.post)
    file = await handing.hand_over(who, number, how=How.fax, confirmation="F-7")

    assert await figures(envelope) == committed
    assert (file.order.sent_how, file.timeline[0].what) == ("fax", "order.handed_over")
    assert file.timeline[0].before == {"how": "post", "confirmation": ""}


async def test_only_a_message_that_failed_is_stood_in_for() -> None:
    who, number, _envelope = await drafted(email="ventes@exemple.ca")
    await operations.send(who, number)
    with pytest.raises(MailCarriesIt):
        await handing.hand_over(who, number, how=How.phone)
    async with transaction(system()):
        await execute("UPDATE outbox SET failed_at = now()")
    assert (await handing.hand_over(who, number, how=How.phone)).order.sent_how == "phone"
    assert (await operations.recall(who, number)).order.state is State.draft


async def test_a_message_that_left_is_not_taken_back_by_a_mark() -> None:
    who, number, _envelope = await drafted(email="ventes@exemple.ca")
    await operations.send(who, number)
    async with transaction(system()):
        await execute("UPDATE outbox SET sent_at = now()")
    with pytest.raises(TooLateToRecall):
        await operations.recall(who, number)


async def test_only_a_person_of_the_desk_marks_an_order_that_they_have_read() -> None:
    who, number, _envelope = await drafted()
    await make_school("991001", board="991000")
    for stranger, refused in (
        (system(), Forbidden),
        (await make_actor("technician", board="990000"), Forbidden),
        (await make_actor("purchasing", board="991000"), NotFound),
    ):
        with pytest.raises(refused):
            await handing.hand_over(stranger, number, how=How.phone)
    with pytest.raises(Stale):
        await handing.hand_over(who, number, how=How.phone, version=99)
    await cancelling.cancel(who, number, reason="Erreur")
    with pytest.raises(NotSent):
        await handing.hand_over(who, number, how=How.phone)


async def test_by_the_api_a_way_that_is_none_is_refused_and_a_key_serves_once(client: httpx.AsyncClient) -> None:
    who, number, envelope = await drafted()
    headers = {"authorization": f"Bearer {await make_token(who.email)}"}
    path = f"/api/v1/orders/{number}/hand-over"
    assert (await client.post(path, json={"how": "pigeon"}, headers=headers)).status_code == 400
    key = headers | {"idempotency-key": "une", "if-match": '"1"'}
    sent = [await client.post(path, json={"how": "portal", "confirmation": "W-1"}, headers=key) for _twice in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    assert sent[0].json() == sent[1].json()
    assert (await figures(envelope))[2] == 840_13


async def test_the_page_asks_how_first_where_there_is_no_address(client: httpx.AsyncClient) -> None:
    who, number, _envelope = await drafted()
    await sign_in(client, who)
    page = await client.get(f"/orders/{number}")
    assert f"/orders/{number}/send" not in forms(page)
    assert "imprimez le bon et remettez-le, puis marquez-le envoyé" in seen(page)

    nothing = await submit(client, page, f"/orders/{number}/hand-over", confirmation="A-1")
    assert nothing.status_code == 422
    assert "Remplissez ce champ." in seen(nothing) and 'value="A-1"' in nothing.text

    done = await submit(client, page, f"/orders/{number}/hand-over", how="phone", confirmation="A-1")
    assert done.status_code == 303
    after = await client.get(f"/orders/{number}")
    assert f"{number} envoyé. 840,13 $ engagés sur 1 enveloppe." in seen(after)
    assert "Remis par téléphone le" in seen(after) and "Confirmation du fournisseur : A-1" in seen(after)
    assert "Remis au fournisseur par téléphone. Confirmation A-1." in seen(after)
    undone = await submit(client, after, f"/orders/{number}/recall")
    assert undone.status_code == 303
    assert "Envoi annulé. 840,13 $ sont de nouveau réservés." in seen(await client.get(f"/orders/{number}"))
