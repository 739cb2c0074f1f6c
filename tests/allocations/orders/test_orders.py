"""Approved choices become orders; money goes from reserved to committed, and back; every cent stays where it was charged."""

import io
from datetime import timedelta

import pypdf
import pytest

from allocations.orders import cancelling, documents, operations, queries, waiting
from allocations.orders.rules import AlreadyReceived, NotDraft, NothingToOrder, NotOrderable, State, TooLateToRecall
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def buyer() -> Actor:
    await make_school()
    return await make_actor("purchasing", board="990000")


async def test_three_baskets_become_two_orders_and_the_four_figures_sum_to_the_allocation() -> None:
    who = await buyer()
    await make_school("990002")
    await make_product("tablette", 393_00, supplier="alpha")
    await make_product("robot", 185_37, supplier="beta", category="robotique")
    first, second = await make_envelope("990001", 10_000_00), await make_envelope("990002", 5_000_00)
    for basket in ("P-A", "P-B"):
        await make_approved(("tablette", 3), ("robot", 1), envelope=first, number=basket)
    await make_approved(("robot", 7), school="990002", envelope=second, number="P-C")

    preview = await waiting.preview(who)
    made = await operations.build(who)

    assert (preview.selections, preview.orders) == (3, 2)
    assert [(order.supplier, order.schools, order.units) for order in made] == [("alpha", 1, 6), ("beta", 2, 9)]
    assert [order.number for order in made] == ["BC-990-2026-00001", "BC-990-2026-00002"]
    before = [await figures(first), await figures(second)]
    assert [sum(figure) for figure in before] == [10_000_00, 5_000_00]
    for order in made:
        await operations.send(who, order.number)
    after = [await figures(first), await figures(second)]
    assert [(free, committed) for free, _reserved, committed, _spent in after] == [
        (free, r) for free, r, _c, _s in before
    ]
    assert sum(order.net_cents for order in made) == sum(figure[2] for figure in after)


async def test_what_is_ordered_once_is_not_ordered_again() -> None:
    who = await buyer()
    await make_product()
    basket = await make_approved(("appareil", 2))
    await operations.build(who)
    with pytest.raises(NothingToOrder):
        await operations.build(who)
    with pytest.raises(NotOrderable) as refused:
        await operations.build(who, selections=[basket])
    assert basket in refused.value.detail


async def test_a_named_basket_that_cannot_be_ordered_makes_nothing_of_the_others() -> None:
    who = await buyer()
    await make_product()
    basket = await make_approved(("appareil", 2))
    with pytest.raises(NotOrderable):
        await operations.build(who, selections=[basket, "P-990001-2026-999"])
    assert (await waiting.preview(who)).selections == 1


async def test_sending_waits_two_minutes_in_the_outbox_with_the_order_in_french() -> None:
    who = await buyer()
    await make_product()
    await make_approved(("appareil", 6))
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'ventes@exemple.ca' WHERE code = 'fournisseur'")
    (order,) = await operations.build(who, requested_on=today() + timedelta(days=30))

    sent = await operations.send(who, order.number)

    async with transaction(system()):
        message = await fetch_one("SELECT * FROM outbox WHERE about = $1", order.number)
    assert message is not None
    assert message["recipient"] == "ventes@exemple.ca"
    assert message["not_before"] - now() > timedelta(seconds=110)
    assert sent.leaves_at == message["not_before"]
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(message["attachment"])).pages)
    text = text.replace("\u00a0", " ")
    for expected in (
        order.number,
        "BON DE COMMANDE",
        "2026-2027",
        "2 358,00 $",
        "117,90 $",
        "235,21 $",
        "2 711,11 $",
        "990001",
    ):
        assert expected.lower() in text.lower(), expected


async def test_a_sending_can_be_taken_back_until_the_message_has_left() -> None:
    who = await buyer()
    await make_product()
    envelope = await make_envelope()
    await make_approved(("appareil", 2), envelope=envelope)
    async with transaction(system()):
        await execute("UPDATE supplier SET email = 'ventes@exemple.ca' WHERE code = 'fournisseur'")
    (order,) = await operations.build(who)
    reserved = await figures(envelope)
    await operations.send(who, order.number)

    back = await operations.recall(who, order.number)

    assert back.order.state is State.draft
    assert await figures(envelope) == reserved
    async with transaction(system()):
        assert await fetch_value("SELECT cancelled_at IS NOT NULL FROM outbox WHERE about = $1", order.number)
        assert await fetch_value("SELECT sum(quantity) FROM expected_delivery") == 0
    await operations.send(who, order.number)
    async with transaction(system()):
        await execute("UPDATE outbox SET sent_at = now() WHERE about = $1 AND cancelled_at IS NULL", order.number)
    with pytest.raises(TooLateToRecall):
        await operations.recall(who, order.number)


async def test_the_floor_is_told_what_comes_and_when() -> None:
    who = await buyer()
    await make_product("tablette")
    await make_product("cable", 10_00, tracked=False)
    await make_approved(("tablette", 4), ("cable", 4))
    (order,) = await operations.build(who)
    await operations.send(who, order.number)
    await operations.promise(who, order.number, expected_on=today() + timedelta(days=9))
    async with transaction(system()):
        rows = await fetch("SELECT school, category, quantity, expected_on, label FROM expected_delivery")
    assert [tuple(row) for row in rows] == [
        ("990001", "flotte-appareils", 4, today() + timedelta(days=9), order.number)
    ]


async def test_a_cancelled_order_gives_its_baskets_back_to_be_ordered_again() -> None:
    who = await buyer()
    await make_product()
    envelope = await make_envelope()
    await make_approved(("appareil", 2), envelope=envelope)
    before = await figures(envelope)
    (order,) = await operations.build(who)
    await operations.send(who, order.number)
    with pytest.raises(Invalid):
        await cancelling.cancel(who, order.number, reason=" ")

    cancelled = await cancelling.cancel(who, order.number, reason="Rupture de stock")

    assert cancelled.order.state is State.cancelled
    assert await figures(envelope) == before
    (again,) = await operations.build(who)
    assert again.net_cents == order.net_cents
    with pytest.raises(NotDraft):
        await operations.send(who, order.number)


async def test_an_order_of_which_something_came_is_not_cancelled_whole() -> None:
    who = await buyer()
    await make_product()
    await make_approved(("appareil", 2))
    (order,) = await operations.build(who)
    async with transaction(system()):
        await execute("UPDATE order_line SET received = 1")
    with pytest.raises(AlreadyReceived):
        await cancelling.cancel(who, order.number, reason="Erreur")


async def test_a_stale_version_and_a_second_click_change_nothing() -> None:
    who = await buyer()
    await make_product()
    await make_approved(("appareil", 2))
    (order,) = await operations.build(who)
    with pytest.raises(Stale):
        await operations.send(who, order.number, version=99)
    await operations.send(who, order.number, version=order.version)
    with pytest.raises(NotDraft):
        await operations.send(who, order.number)


async def test_only_who_may_order_orders_and_the_system_never_sends() -> None:
    who = await buyer()
    await make_product()
    await make_approved(("appareil", 2))
    technician = await make_actor("technician", board="990000")
    with pytest.raises(Forbidden):
        await operations.build(technician)
    (order,) = await operations.build(who)
    with pytest.raises(Forbidden):
        await operations.send(technician, order.number)
    with pytest.raises(Forbidden):
        await operations.send(system(), order.number)


async def test_another_board_finds_no_order_and_a_school_finds_its_own_lines_only() -> None:
    who = await buyer()
    await make_school("990002")
    await make_school("991001", board="991000")
    await make_product()
    await make_approved(("appareil", 2))
    await make_approved(("appareil", 3), school="990002")
    (order,) = await operations.build(who)
    stranger = await make_actor("purchasing", board="991000")
    own = await make_actor("principal", school="990001")
    with pytest.raises(NotFound):
        await queries.one(stranger, order.number)
    assert (await queries.list_orders(stranger, limit=50, after=None)).items == []
    with pytest.raises(NotFound):
        await operations.send(stranger, order.number)
    assert [line.school for line in (await queries.one(own, order.number)).lines] == ["990001"]


async def test_the_draft_says_that_it_is_one() -> None:
    who = await buyer()
    await make_product()
    await make_approved(("appareil", 2))
    (order,) = await operations.build(who)
    file = await queries.one(who, order.number)
    reader = pypdf.PdfReader(io.BytesIO(documents.purchase_order(file)))
    assert "Ébauche" in reader.pages[0].extract_text()
    assert reader.metadata is not None
    assert reader.metadata.title == f"Bon de commande {order.number}"


async def test_what_waits_is_read_by_pages_and_counted_whole() -> None:
    who = await buyer()
    await make_product("tablette", supplier="alpha")
    await make_product("robot", 185_37, supplier="beta", category="robotique")
    envelope = await make_envelope("990001", 20_000_00)
    for number in ("P-A", "P-B"):
        await make_approved(("tablette", 1), ("robot", 1), envelope=envelope, number=number)
    seen, after = [], None
    while True:
        page = await waiting.preview(who, limit=3, after=after)
        assert (page.selections, page.orders) == (2, 2)
        seen += [(item.selection, item.supplier) for item in page.items]
        if (after := page.next) is None:
            break
    assert seen == [("P-A", "alpha"), ("P-A", "beta"), ("P-B", "alpha"), ("P-B", "beta")]
    with pytest.raises(Invalid):
        await waiting.preview(who, limit=501)
