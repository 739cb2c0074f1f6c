import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from allocations.envelopes import queries as envelopes
from allocations.envelopes.rules import Figures, OverBudget
from allocations.selections import decisions, operations, queries, queues
from allocations.selections.rules import (
    AlreadyOnOrder,
    ChangedMeanwhile,
    NotReady,
    OnlyAPerson,
    OrderedOnce,
    OwnSelection,
    PriceMoved,
    WrongState,
)
from allocations.selections.schemas import LineChange, NewLine
from directory.people.actors import actor_of_person
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Refused, Stale
from tests.factories import give_role, make_actor, make_person, make_product, make_school

from .conftest import Desk


async def figures(desk: Desk) -> Figures:
    return (await envelopes.one(system(), desk.envelope)).figures


async def test_a_submission_reserves_the_net_cost_and_says_why(desk: Desk) -> None:
    basket = await desk.submitted(2)
    assert (basket.state, basket.charged_cents, basket.may) == ("submitted", 840_13, ["withdraw"])
    assert await figures(desk) == Figures(2_150_00, 840_13)
    line = (await envelopes.ledger(desk.team, desk.envelope)).items[0]
    assert (line.kind, line.reserved_cents, line.about_kind, line.about) == (
        "reservation", 840_13, "selection", basket.number,
    )  # fmt: skip
    assert (line.reason, line.actor_name) == (f"Panier {basket.number} soumis.", desk.team.name)


async def test_six_tablets_miss_370_39_and_nothing_is_reserved(desk: Desk) -> None:
    basket = await desk.basket(6)
    with pytest.raises(OverBudget) as refused:
        await decisions.submit(desk.team, basket.number, version=basket.version)
    assert (refused.value.wanted_cents, refused.value.free_cents, refused.value.missing_cents) == (
        2_520_39, 2_150_00, 370_39,
    )  # fmt: skip
    assert await figures(desk) == Figures(2_150_00)
    assert (await queries.one(desk.team, basket.number)).state == "draft"
    assert await fetch("SELECT 1 FROM selection_item") == []


async def test_a_second_basket_reads_what_is_missing_and_is_kept(desk: Desk) -> None:
    first, second = await desk.basket(5), await desk.basket(1)
    await decisions.submit(desk.team, first.number, version=2)
    with pytest.raises(OverBudget) as refused:
        await decisions.submit(desk.team, second.number, version=2)
    assert refused.value.free_cents == 49_67
    assert [line.quantity for line in (await queries.one(desk.team, second.number)).lines] == [1]


async def test_a_double_press_is_one_reservation_and_one_answer(desk: Desk) -> None:
    basket = await desk.basket(2)
    first = await decisions.submit(desk.team, basket.number, version=2)
    again = await decisions.submit(desk.team, basket.number, version=2)
    assert first == again
    assert await figures(desk) == Figures(2_150_00, 840_13)
    assert await fetch_value("SELECT count(*) FROM event WHERE what = 'selection.submitted'") == 1


async def test_what_is_bought_is_frozen_at_the_cheapest_price_then_the_suppliers_code(desk: Desk) -> None:
    await make_product("appareil", 390_00, supplier="zoe")
    await make_product("appareil", 390_00, supplier="alain")
    await make_product("robot", 120_55, supplier="zoe", category="robotique")
    basket = await desk.basket(2)
    basket = await operations.put_line(desk.team, basket.number, NewLine(product="robot"), version=2)
    basket = await decisions.submit(desk.team, basket.number, version=3)
    items = await fetch(
        "SELECT p.code, s.code AS supplier, i.quantity, i.unit_before_tax_cents, i.before_tax_cents, i.net_cents,"
        " i.charged_cents, i.price_source FROM selection_item i JOIN product p ON p.id = i.product"
        " JOIN supplier s ON s.id = i.supplier ORDER BY p.code"
    )
    assert [tuple(item)[:5] for item in items] == [
        ("appareil", "alain", 2, 390_00, 780_00), ("robot", "zoe", 1, 120_55, 120_55),
    ]  # fmt: skip
    invoices = await fetch("SELECT * FROM selection_invoice")
    assert sum(invoice["net_cents"] for invoice in invoices) == basket.net_cents == sum(i["net_cents"] for i in items)
    assert basket.gst_cents == sum(invoice["gst_cents"] for invoice in invoices)

    # A price that changes later changes nothing for what is submitted.
    await make_product("appareil", 1_00, supplier="marc")
    assert (await queries.one(desk.team, basket.number)).net_cents == basket.net_cents


@pytest.mark.parametrize(
    ("ruin", "sentence"),
    [
        ("UPDATE price SET until_day = '2026-06-30'", "prix échu le 30 juin 2026"),
        ("DELETE FROM price", "n'a pas de prix connu"),
        ("UPDATE product SET closed_on = '2026-07-01'", "n'est plus offert"),
        ("DELETE FROM measure_category WHERE category = 'flotte-appareils'", "ne paie pas « appareil »"),
        ("DELETE FROM selection_line", "Le panier est vide"),
    ],
)
async def test_what_is_not_ready_is_refused_in_a_sentence(desk: Desk, ruin: str, sentence: str) -> None:
    basket = await desk.basket()
    await execute(ruin)
    with pytest.raises(NotReady) as refused:
        await decisions.submit(desk.team, basket.number, version=2)
    assert sentence in refused.value.detail.replace("\u00a0", " ")
    assert await figures(desk) == Figures(2_150_00)


async def test_the_principal_approves_and_the_team_reads_who_did(desk: Desk) -> None:
    basket = await desk.submitted()
    assert [row.number for row in (await queues.queue(desk.principal)).items] == [basket.number]
    approved = await decisions.approve(desk.principal, basket.number, version=3)
    assert (approved.state, approved.version) == ("approved", 4)
    (approval,) = (await queries.one(desk.team, basket.number)).approvals
    assert (approval.step, approval.decision, approval.person_name, approval.of_version) == (
        "school", "approved", desk.principal.name, 3,
    )  # fmt: skip
    assert (await queues.queue(desk.principal)).items == []
    assert await figures(desk) == Figures(2_150_00, 840_13)  # still reserved: nothing is ordered yet


async def test_an_officer_of_the_board_approves_at_the_boards_step(desk: Desk) -> None:
    basket = await desk.submitted()
    approved = await decisions.approve(desk.officer, basket.number, version=3, reason="Conforme")
    assert [(a.step, a.reason) for a in approved.approvals] == [("board", "Conforme")]


async def test_a_principals_own_basket_goes_to_the_board(desk: Desk) -> None:
    basket = await desk.submitted(by=desk.principal)
    assert (await queues.queue(desk.principal)).items == []
    with pytest.raises(OwnSelection, match="une autre personne doit l'approuver"):
        await decisions.approve(desk.principal, basket.number, version=3)
    with pytest.raises(OwnSelection):
        await decisions.refuse(desk.principal, basket.number, version=3, reason="non")
    assert (await decisions.approve(desk.officer, basket.number, version=3)).state == "approved"


async def test_whoever_changed_one_quantity_may_not_approve(desk: Desk) -> None:
    basket = await desk.basket()
    basket = await operations.change_line(
        desk.principal, basket.number, basket.lines[0].id, LineChange(quantity=3), version=2
    )
    await decisions.submit(desk.team, basket.number, version=3)
    with pytest.raises(OwnSelection):
        await decisions.approve(desk.principal, basket.number, version=4)


async def test_neither_the_team_nor_the_system_nor_a_stranger_approves(desk: Desk) -> None:
    basket = await desk.submitted()
    other = await make_actor("school_team", school="990001")
    await make_school("990002")
    sibling = await make_actor("principal", school="990002")
    await make_school("991001", board="991000")
    neighbour = await make_actor("purchasing", board="991000")
    tries: list[tuple[Actor, type[Refused]]] = [
        (desk.team, Forbidden), (other, Forbidden), (system(), OnlyAPerson), (sibling, NotFound), (neighbour, NotFound),
    ]  # fmt: skip
    for who, error in tries:
        with pytest.raises(error):
            await decisions.approve(who, basket.number, version=3)
        with pytest.raises(error):
            await decisions.refuse(who, basket.number, version=3, reason="non")
    assert (await queries.one(desk.team, basket.number)).version == 3
    assert await fetch("SELECT 1 FROM approval") == []
    for who in (sibling, neighbour):
        assert (await queues.queue(who)).items == []
        async with transaction(who):
            for table in ("selection_item", "selection_invoice", "approval"):
                assert await fetch(f"SELECT 1 FROM {table}") == []


async def test_an_approval_of_another_version_is_refused(desk: Desk) -> None:
    basket = await desk.submitted()
    with pytest.raises(ChangedMeanwhile, match="Rien n'a été approuvé"):
        await decisions.approve(desk.principal, basket.number, version=2)
    with pytest.raises(Invalid, match="If-Match"):
        await decisions.approve(desk.principal, basket.number, version=None)
    assert (await queries.one(desk.team, basket.number)).state == "submitted"


async def test_a_second_press_on_approve_reads_the_same_answer(desk: Desk) -> None:
    basket = await desk.submitted()
    first = await decisions.approve(desk.principal, basket.number, version=3)
    assert await decisions.approve(desk.principal, basket.number, version=3) == first
    assert await fetch_value("SELECT count(*) FROM approval") == 1
    with pytest.raises(Stale):
        await decisions.approve(desk.officer, basket.number, version=3)


async def test_a_refusal_needs_a_reason_and_frees_the_money(desk: Desk) -> None:
    basket = await desk.submitted()
    with pytest.raises(Invalid, match="Écrivez ce que l'équipe-école doit savoir"):
        await decisions.refuse(desk.principal, basket.number, version=3, reason="  ")
    assert await figures(desk) == Figures(2_150_00, 840_13)
    refused = await decisions.refuse(desk.principal, basket.number, version=3, reason="Prenez des portables.")
    assert (refused.state, refused.decision_reason) == ("refused", "Prenez des portables.")
    assert await figures(desk) == Figures(2_150_00)
    event = await fetch_one("SELECT why FROM event WHERE what = 'selection.refused'")
    assert event and event["why"] == "Prenez des portables."


async def test_an_approved_basket_may_still_be_refused_by_the_board(desk: Desk) -> None:
    basket = await desk.submitted()
    await decisions.approve(desk.principal, basket.number, version=3)
    refused = await decisions.refuse(desk.officer, basket.number, version=4, reason="Hors contrat")
    assert [(a.decision, a.voided_at is None) for a in refused.approvals] == [("approved", False), ("refused", True)]
    assert await figures(desk) == Figures(2_150_00)


async def test_taking_back_frees_the_money_and_approvals_fall_then_it_is_corrected_and_submitted_again(
    desk: Desk,
) -> None:
    basket = await desk.submitted()
    await decisions.approve(desk.principal, basket.number, version=3)
    taken = await decisions.withdraw(desk.team, basket.number, version=4)
    assert (taken.state, taken.approvals[0].voided_at is not None, taken.may) == ("withdrawn", True, ["resume"])
    assert await figures(desk) == Figures(2_150_00)

    opened = await decisions.resume(desk.team, basket.number, version=5)
    assert (opened.state, opened.submitted_at) == ("draft", None)
    changed = await operations.change_line(
        desk.team, basket.number, opened.lines[0].id, LineChange(quantity=3), version=6
    )
    again = await decisions.submit(desk.team, basket.number, version=changed.version)
    assert await figures(desk) == Figures(2_150_00, again.charged_cents)
    assert await fetch_value("SELECT sum(quantity) FROM selection_item") == 3
    submitted = await fetch("SELECT after FROM event WHERE what = 'selection.submitted' ORDER BY at, id")
    assert [json.loads(event["after"])["items"][0]["quantity"] for event in submitted] == [2, 3]  # nothing is lost


async def test_a_refused_basket_is_corrected(desk: Desk) -> None:
    basket = await desk.submitted()
    await decisions.refuse(desk.principal, basket.number, version=3, reason="Corrigez")
    opened = await decisions.resume(desk.team, basket.number, version=4)
    assert (opened.state, opened.decision_reason) == ("draft", "Corrigez")
    assert (await decisions.submit(desk.team, basket.number, version=5)).decision_reason == ""


Verb = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("draft", decisions.approve), ("draft", decisions.withdraw), ("draft", decisions.resume),
        ("submitted", decisions.resume), ("refused", decisions.submit), ("refused", decisions.approve),
        ("withdrawn", decisions.submit), ("ordered", decisions.withdraw), ("ordered", decisions.approve),
        ("ordered", decisions.submit),
    ],
)  # fmt: skip
async def test_a_verb_out_of_turn_changes_nothing(desk: Desk, state: str, verb: Verb) -> None:
    basket = await desk.basket()
    await execute("UPDATE selection SET state = $1", state)
    who = desk.officer if verb is decisions.approve else desk.team
    with pytest.raises(WrongState):
        await verb(who, basket.number, version=2)
    assert (await queries.one(desk.team, basket.number)).version == 2
    assert await figures(desk) == Figures(2_150_00)


@pytest.mark.parametrize(
    ("verb", "state"),
    [(decisions.submit, "draft"), (decisions.withdraw, "submitted"), (decisions.resume, "refused")],
)
async def test_each_verb_wants_the_current_version(desk: Desk, verb: Verb, state: str) -> None:
    basket = await desk.basket()
    await execute("UPDATE selection SET state = $1", state)
    with pytest.raises(Stale):
        await verb(desk.team, basket.number, version=7)
    with pytest.raises(Invalid):
        await verb(desk.team, basket.number, version=None)


async def test_an_officer_reads_but_does_not_compose_submit_or_take_back(desk: Desk) -> None:
    basket = await desk.basket()
    for verb in (decisions.submit, decisions.withdraw, decisions.resume):
        with pytest.raises(Forbidden):
            await verb(desk.officer, basket.number, version=2)
    assert (await queries.one(desk.officer, basket.number)).may == []


async def on_order(number: str, state: str) -> None:
    """A purchase order that has a part of this basket."""
    await execute(
        "INSERT INTO purchase_order (number, board, supplier, year, state) SELECT 'BC-990-2026-00001', s.board, i.supplier, s.year,"
        " $2 FROM selection s JOIN selection_invoice i ON i.selection = s.id WHERE s.number = $1",
        number, state,
    )  # fmt: skip
    await execute(
        'INSERT INTO order_part ("order", selection, envelope, board, school) SELECT o.id, s.id, s.envelope, s.board, s.school'
        " FROM selection s, purchase_order o WHERE s.number = $1",
        number,
    )


async def test_what_is_on_an_order_is_neither_taken_back_nor_refused(desk: Desk) -> None:
    basket = await desk.submitted()
    await decisions.approve(desk.principal, basket.number, version=3)
    await on_order(basket.number, "draft")
    with pytest.raises(AlreadyOnOrder, match="BC-990-2026-00001"):
        await decisions.withdraw(desk.team, basket.number, version=4)
    with pytest.raises(AlreadyOnOrder):
        await decisions.refuse(desk.officer, basket.number, version=4, reason="non")
    assert await figures(desk) == Figures(2_150_00, 840_13)


async def test_after_a_cancelled_order_it_may_be_taken_back_but_the_order_stays_readable(desk: Desk) -> None:
    basket = await desk.submitted()
    await decisions.approve(desk.principal, basket.number, version=3)
    await on_order(basket.number, "cancelled")
    taken = await decisions.withdraw(desk.team, basket.number, version=4)
    with pytest.raises(OrderedOnce):
        await decisions.resume(desk.team, basket.number, version=taken.version)


async def test_the_queue_is_oldest_first_with_what_it_adds(desk: Desk) -> None:
    numbers = [(await desk.submitted(1)).number for _n in range(3)]
    for n, number in enumerate(numbers):
        await execute(
            "UPDATE selection SET submitted_at = now() - make_interval(hours => $2) WHERE number = $1", number, n
        )
    first = await queues.queue(desk.principal, limit=2)
    rest = await queues.queue(desk.principal, limit=2, after=first.next)
    assert [row.number for row in [*first.items, *rest.items]] == numbers[::-1]
    assert first.items[0].units == {"flotte-appareils": 1}
    with pytest.raises(Forbidden):
        await queues.queue(desk.team)


async def test_a_technician_of_the_board_who_directs_one_school_decides_in_that_school_alone(desk: Desk) -> None:
    basket = await desk.submitted()
    await make_school("990002")
    email = await make_person()
    await give_role(email, "technician", board="990000")
    await give_role(email, "principal", school="990002")
    who = await actor_of_person(email)
    assert (await queries.one(who, basket.number)).may == [] and (await queues.queue(who)).items == []
    with pytest.raises(Forbidden):
        await decisions.approve(who, basket.number, version=3)

    await give_role(email, "principal", school="990001")
    who = await actor_of_person(email)
    assert [row.number for row in (await queues.queue(who)).items] == [basket.number]
    assert [a.step for a in (await decisions.approve(who, basket.number, version=3)).approvals] == ["school"]


async def test_a_price_that_changes_while_it_is_read_stops_the_submission(desk: Desk) -> None:
    basket = await desk.basket(2)
    await execute("UPDATE price SET before_tax_cents = 600_00")
    before = await figures(desk)

    with pytest.raises(PriceMoved) as refused:
        await decisions.submit(desk.team, basket.number, version=basket.version, seen_cents=840_13)

    assert (refused.value.seen_cents, refused.value.cost_cents) == (840_13, 1_282_64)
    assert await figures(desk) == before
    sent = await decisions.submit(desk.team, basket.number, version=basket.version, seen_cents=1_282_64)
    assert sent.charged_cents == 1_282_64
