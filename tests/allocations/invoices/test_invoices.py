"""Invoices on a board's order: what is entered, matched, decided, approved, paid and taken back, to the cent."""

import dataclasses
from datetime import timedelta

import pytest

from allocations.invoices import approving, entering, owed, paying, queries, rules, tolerances
from allocations.invoices.rules import CreditFor, LineKind, Outcome, State
from allocations.invoices.schemas import Decide, NewInvoiceLine, Pay, ToleranceIn
from allocations.orders import closing
from kit.actor import system
from kit.clock import today
from kit.database import fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.allocations.invoices.desk import as_paper, booked, check_sums, desk_order, line_of, make_desk
from tests.factories import figures, make_actor, make_envelope

pytestmark = pytest.mark.usefixtures("db")

TABLETS = ("tablette", 393_00, 6)


async def test_what_was_ordered_and_received_is_approved_without_moving_a_cent_and_its_order_closes() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    before = await figures(desk.envelope)

    made = await desk.invoice((1, 6, 393_00))
    assert (made.invoice.state, made.differences, made.invoice.number) == (State.matched, [], "FA-990-2026-00001")
    done = await desk.approve(made.invoice.number)

    assert done.invoice.state is State.approved
    assert await figures(desk.envelope) == before
    line = await line_of(desk.order)
    assert (line["invoiced"], line["corrected_cents"], line["state"]) == (6, 0, "closed")
    assert done.booked_cents == await booked() == 0
    await check_sums()


async def test_more_than_came_is_held_until_it_comes() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(4)
    made = await desk.invoice((1, 6, 393_00))
    assert made.invoice.state is State.to_decide and made.invoice.blocked
    assert made.differences[0].sentence.startswith("Ligne 1\u00a0: facturé 6, reçu 4.")
    with pytest.raises(rules.Blocked, match="facturé 6, reçu 4"):
        await desk.decide(made.invoice.number)
    with pytest.raises(rules.ToDecide):
        await desk.approve(made.invoice.number)

    await desk.receive(2)
    assert (await desk.approve(made.invoice.number)).invoice.state is State.approved
    assert (await line_of(desk.order))["state"] == "closed"
    await check_sums()


async def test_part_invoices_close_the_order_with_the_last() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    for units, state in ((2, "received"), (3, "received"), (1, "closed")):
        await desk.approve((await desk.invoice((1, units, 393_00))).invoice.number)
        assert (await line_of(desk.order))["state"] == state
    line = await line_of(desk.order)
    assert (line["invoiced"], line["corrected_cents"]) == (6, 0)
    await check_sums()


async def test_a_higher_price_is_decided_by_another_person_and_costs_the_envelope_its_net() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    free, *_held, spent = await figures(desk.envelope)
    number = (await desk.invoice((1, 6, 400_00))).invoice.number
    with pytest.raises(rules.OwnInvoice):
        await approving.decide(desk.buyer, number, Decide(outcome=Outcome.accept, reason="Oui"))
    with pytest.raises(Forbidden):
        await approving.decide(system(), number, Decide(outcome=Outcome.accept, reason="Oui"))
    with pytest.raises(Invalid):
        await approving.decide(desk.second, number, Decide(outcome=Outcome.accept, reason="  "))

    done = await desk.decide(number)

    more = 44_89  # 42.00 before tax × 1.0688675
    assert (await figures(desk.envelope)) == (free - more, 0, 0, spent + more)
    assert (await line_of(desk.order))["corrected_cents"] == more
    assert done.decisions[0].outcome is Outcome.accept
    assert "42,00" in done.decisions[0].differences
    paid = done.invoice.total_cents - sum(charge.gst_rebate_cents + charge.qst_rebate_cents for charge in done.charges)
    assert paid == spent + more + await booked()
    await check_sums()


async def test_who_changed_an_invoice_does_not_decide_it() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    new = await desk.paper((1, 6, 395_00))
    number = (await entering.enter(desk.buyer, new)).invoice.number
    worse = await desk.paper((1, 6, 400_00), supplier_number=new.supplier_number)
    await entering.change(desk.second, number, as_paper(worse))
    with pytest.raises(rules.OwnInvoice):
        await desk.decide(number)


async def test_a_lower_price_gives_room_back() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    free, *_rest, spent = await figures(desk.envelope)
    number = (await desk.invoice((1, 6, 380_00))).invoice.number
    await desk.decide(number)
    less = 83_37  # 78.00 × 1.0688675
    assert (await figures(desk.envelope)) == (free + less, 0, 0, spent - less)
    await check_sums()


async def test_within_the_boards_tolerance_nobody_is_asked_and_the_envelope_still_pays() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    admin = await make_actor("board_admin", board="990000")
    await tolerances.set_tolerance(
        admin, ToleranceIn(from_day=today(), price_ppm=20_000, price_cents=10_00, extra_cents=5_00)
    )
    made = await desk.invoice((1, 6, 394_00))
    assert made.invoice.state is State.matched
    await desk.approve(made.invoice.number)
    assert (await line_of(desk.order))["corrected_cents"] == 6_41
    await check_sums()


async def test_an_envelope_without_room_keeps_its_invoice_undecided_and_says_what_to_do() -> None:
    desk = await make_desk(TABLETS, cents=2_520_40)
    await desk.receive(6)
    made = await desk.invoice((1, 6, 400_00))
    assert [each.kind for each in made.differences] == ["room", "price_above"]
    with pytest.raises(rules.Blocked, match="virement"):
        await desk.decide(made.invoice.number)
    assert (await queries.one(desk.buyer, made.invoice.number)).invoice.state is State.to_decide
    assert (await line_of(desk.order))["corrected_cents"] == 0
    await check_sums()


async def test_freight_is_shared_on_the_lines_and_schools_read_their_part() -> None:
    desk = await make_desk(TABLETS, ("robot", 100_00, 3))
    await desk.receive(*[line["quantity"] for line in [await line_of(desk.order, n) for n in (1, 2)]])
    lines = {row["description"]: row["position"] for row in [await line_of(desk.order, n) for n in (1, 2)]}
    freight = NewInvoiceLine(kind=LineKind.freight, description="Transport", unit_before_tax_cents=26_58)
    made = await desk.invoice((lines["tablette"], 6, 393_00), (lines["robot"], 3, 100_00), extras=[freight])
    assert [each.kind for each in made.differences] == ["extra"]
    done = await desk.decide(made.invoice.number)
    assert {charge.description: charge.before_tax_cents for charge in done.charges} == {
        "tablette": 6 * 393_00 + 23_58,
        "robot": 3 * 100_00 + 3_00,
    }
    principal = await make_actor("principal", school="990001")
    theirs = await queries.one(principal, made.invoice.number)
    assert theirs.invoice.total_cents == done.invoice.total_cents
    assert theirs.differences == [] and [line.kind for line in theirs.lines] == ["goods", "goods"]
    stranger = await make_actor("principal", school=(await make_other_school()))
    with pytest.raises(NotFound):
        await queries.one(stranger, made.invoice.number)
    await check_sums()


async def make_other_school() -> str:
    from tests.factories import make_school

    return await make_school("990002")


async def test_the_same_number_serves_once_and_the_same_amount_is_asked_about() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    await desk.invoice((1, 3, 393_00), supplier_number="A 100")
    with pytest.raises(rules.SameNumber):
        async with transaction(system()):
            await desk.invoice((1, 3, 393_00), supplier_number=" a100 ")
    twin = await desk.invoice((1, 3, 393_00), supplier_number="A-101")
    assert [each.kind for each in twin.differences] == ["same_amount"]
    assert "FA-990-2026-00001" in twin.differences[0].sentence
    await approving.decide(desk.second, twin.invoice.number, Decide(outcome=Outcome.reject, reason="Saisie deux fois"))
    again = await desk.invoice((1, 2, 393_00), supplier_number="A-101")  # what was rejected may come corrected
    assert again.invoice.state is State.matched


async def test_what_is_sent_back_is_credited_once_and_gives_its_room_back() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    whole = await desk.approve((await desk.invoice((1, 6, 393_00))).invoice.number)
    await desk.send_back(1, 1)
    assert [(each.why, each.units, each.cents) for each in await owed.expected_credits(desk.buyer)] == [
        ("return", 1, 393_00)
    ]
    free, *_rest, spent = await figures(desk.envelope)
    note = await desk.credit(whole.invoice.number, CreditFor.returned, (1, 1, 393_00))
    assert note.invoice.state is State.matched
    await desk.approve(note.invoice.number)
    one = 420_06  # 2 520.39 / 6, the first unit
    assert (await figures(desk.envelope)) == (free + one, 0, 0, spent - one)
    assert (await line_of(desk.order))["invoiced"] == 5
    assert await owed.expected_credits(desk.buyer) == []
    twice = await desk.credit(whole.invoice.number, CreditFor.returned, (1, 1, 393_00))
    assert {"not_returned", "same_amount"} == {each.kind for each in twice.differences}
    with pytest.raises(rules.Blocked):
        await desk.decide(twice.invoice.number)
    again = await desk.invoice((1, 1, 393_00))
    assert "quantity" in {each.kind for each in again.differences}
    await check_sums()


async def test_a_credit_of_the_whole_lets_the_invoice_come_again() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    before = await figures(desk.envelope)
    first = await desk.invoice((1, 6, 400_00))
    await desk.decide(first.invoice.number)
    note = await entering.enter(
        desk.buyer,
        await desk.paper(
            (1, 6, 400_00), kind=rules.Kind.credit_note, credits=first.invoice.number, credit_for=CreditFor.whole
        ),
    )
    assert note.differences == []
    await desk.approve(note.invoice.number)
    assert await figures(desk.envelope) == before
    right = await desk.invoice((1, 6, 393_00))
    assert right.invoice.state is State.matched
    await desk.approve(right.invoice.number)
    assert await figures(desk.envelope) == before
    await check_sums()


async def test_a_credit_that_was_asked_for_is_awaited_until_it_comes() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    before = await figures(desk.envelope)
    number = (await desk.invoice((1, 6, 400_00))).invoice.number
    done = await desk.decide(number, Outcome.credit)
    assert done.invoice.expected_credit_cents == 42_00
    assert [(each.why, each.invoice, each.cents) for each in await owed.expected_credits(desk.buyer)] == [
        ("decision", number, 42_00)
    ]
    note = await desk.credit(number, CreditFor.price, (1, 6, 7_00))
    assert note.invoice.state is State.matched
    await desk.approve(note.invoice.number)
    assert await owed.expected_credits(desk.buyer) == []
    assert await figures(desk.envelope) == before
    line = await line_of(desk.order)
    assert (line["invoiced"], line["corrected_cents"]) == (6, 0)
    await check_sums()


async def test_cancelling_puts_everything_back_and_opens_the_order_again() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    before = await figures(desk.envelope)
    number = (await desk.invoice((1, 6, 401_11))).invoice.number
    await desk.decide(number)
    assert (await line_of(desk.order))["state"] == "closed"
    with pytest.raises(Invalid):
        await paying.cancel(desk.buyer, number, reason=" ")
    done = await paying.cancel(desk.buyer, number, reason="Saisie sur le mauvais bon")
    assert done.invoice.state is State.cancelled
    assert await figures(desk.envelope) == before
    line = await line_of(desk.order)
    assert (line["invoiced"], line["corrected_cents"], line["state"]) == (0, 0, "received")
    assert await booked() == 0
    await check_sums()


async def test_an_invoice_with_a_credit_note_is_not_cancelled_under_it() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.approve((await desk.invoice((1, 6, 393_00))).invoice.number)).invoice.number
    await desk.send_back(1, 1)
    note = await desk.credit(number, CreditFor.returned, (1, 1, 393_00))
    with pytest.raises(rules.HasCredits):
        await paying.cancel(desk.buyer, number, reason="Erreur")
    await paying.cancel(desk.buyer, note.invoice.number, reason="Erreur")
    await paying.cancel(desk.buyer, number, reason="Erreur")
    await check_sums()


async def test_a_payment_is_written_with_its_reference_and_taken_off() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 393_00))).invoice.number
    with pytest.raises(rules.NotApproved):
        await paying.pay(desk.buyer, number, Pay(reference="VIR-1"))
    await desk.approve(number)
    with pytest.raises(Invalid):
        await paying.pay(desk.buyer, number, Pay(reference="VIR-1", paid_on=today() + timedelta(days=1)))
    paid = await paying.pay(desk.buyer, number, Pay(reference="VIR-1"))
    assert (paid.invoice.state, paid.invoice.paid_on, paid.invoice.payment_reference) == (State.paid, today(), "VIR-1")
    with pytest.raises(rules.PaidAlready):
        await paying.cancel(desk.buyer, number, reason="Erreur")
    with pytest.raises(Stale):
        await paying.unpay(desk.buyer, number, reason="Erreur", version=1)
    assert (await paying.unpay(desk.buyer, number, reason="Erreur")).invoice.state is State.approved


async def test_an_order_whose_rest_is_abandoned_is_invoiced_for_what_came() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(4)
    await closing.close(desk.buyer, desk.order, reason="Plus fabriqué")
    assert [
        (row.uninvoiced, row.uninvoiced_cents) for row in (await owed.uninvoiced(desk.buyer, limit=9, after=None)).items
    ] == [(4, 1_680_26)]
    assert await owed.uninvoiced_of(desk.buyer, [desk.envelope]) == {desk.envelope: 1_680_26}
    made = await desk.invoice((1, 4, 393_00))
    await desk.approve(made.invoice.number)
    assert (await owed.uninvoiced(desk.buyer, limit=9, after=None)).items == []
    assert await owed.uninvoiced_of(desk.buyer, [desk.envelope]) == {}
    assert (await line_of(desk.order))["state"] == "closed"
    await check_sums()


async def test_what_was_sent_back_before_any_invoice_is_free_again_when_the_order_ends() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    await desk.send_back(1, 2)
    free, *_rest, spent = await figures(desk.envelope)
    number = (await desk.approve((await desk.invoice((1, 4, 393_00))).invoice.number)).invoice.number
    two = 840_13  # 2 520.39 × 2 / 6
    assert (await figures(desk.envelope)) == (free + two, 0, 0, spent - two)
    line = await line_of(desk.order)
    assert (line["state"], line["settled"], line["invoiced"]) == ("closed", 2, 4)
    await check_sums()
    await paying.cancel(desk.buyer, number, reason="Erreur")
    assert (await figures(desk.envelope)) == (free, 0, 0, spent)
    await check_sums()


async def test_a_product_of_several_lines_is_shared_out_by_what_came() -> None:
    desk = await make_desk(TABLETS)
    other = await desk_order(desk, ("tablette", 3), ("tablette", 3))
    desk.order = other
    await desk.receive(1, 3, order=other)
    line = NewInvoiceLine(product="tablette", quantity=4, unit_before_tax_cents=393_00)
    made = await desk.invoice(extras=[line])
    assert made.differences == []
    assert [(each.order_position, each.quantity, each.before_tax_cents) for each in made.lines] == [
        (1, 1, 393_00),
        (2, 3, 3 * 393_00),
    ]


async def test_one_order_over_several_envelopes_balances_to_the_cent() -> None:
    desk = await make_desk(("tablette", 33_33, 7))
    from allocations.orders import operations as orders
    from tests.factories import make_approved, make_school

    school = await make_school("990002")
    other = await make_envelope(school, 1_000_00)
    baskets = [
        await make_approved(("tablette", 5), school="990001", envelope=desk.envelope),
        await make_approved(("tablette", 3), school=school, envelope=other),
    ]
    (order,) = await orders.build(desk.buyer, selections=baskets)
    await orders.send(desk.buyer, order.number)
    desk.order = order.number
    await desk.receive(5, 3)
    before = [await figures(envelope) for envelope in (desk.envelope, other)]
    made = await desk.approve((await desk.invoice((1, 5, 33_33), (2, 3, 33_33))).invoice.number)
    assert [await figures(envelope) for envelope in (desk.envelope, other)] == before
    net = made.invoice.total_cents - sum(charge.gst_rebate_cents + charge.qst_rebate_cents for charge in made.charges)
    lines = [await line_of(order.number, n) for n in (1, 2)]
    assert net == sum(line["spent_cents"] for line in lines) + made.booked_cents
    assert made.booked_cents == await booked() != 0  # two baskets round apart, their invoice once
    await check_sums()


async def test_a_paper_that_does_not_add_up_is_not_approved_by_anybody() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    new = await desk.paper((1, 6, 393_00))
    number = (
        await entering.enter(
            desk.buyer, type(new)(**{f: getattr(new, f) for f in new.__struct_fields__} | {"total_cents": 1})
        )
    ).invoice.number
    with pytest.raises(rules.Blocked, match="imprime un total"):
        await desk.decide(number)
    done = await entering.change(desk.buyer, number, as_paper(new))
    assert done.invoice.state is State.matched


async def test_an_invoice_waits_for_its_lines() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    new = await desk.paper((1, 6, 393_00))
    empty = await entering.enter(
        desk.buyer, type(new)(**{f: getattr(new, f) for f in new.__struct_fields__} | {"lines": []})
    )
    assert empty.invoice.state is State.entered
    with pytest.raises(rules.NothingToMatch):
        await desk.approve(empty.invoice.number)
    with pytest.raises(rules.NothingToMatch):
        await entering.rematch(desk.buyer, empty.invoice.number)
    assert (await entering.change(desk.buyer, empty.invoice.number, as_paper(new))).invoice.state is State.matched


async def test_dates_that_cannot_be_are_refused() -> None:
    desk = await make_desk(TABLETS)
    for of in (
        {"dated": today() + timedelta(days=1)},
        {"dated": today() - timedelta(days=400)},
        {"due_on": today() - timedelta(days=1)},
    ):
        with pytest.raises(Invalid):
            await desk.invoice((1, 1, 393_00), **of)


async def test_nothing_is_invoiced_before_its_order_is_sent() -> None:
    desk = await make_desk(TABLETS)
    from allocations.orders import operations as orders
    from tests.factories import make_approved

    basket = await make_approved(("tablette", 1), envelope=desk.envelope)
    (draft,) = await orders.build(desk.buyer, selections=[basket])
    with pytest.raises(rules.NotInvoiceable):
        await desk.invoice((1, 1, 393_00), order=draft.number)


async def test_the_ministry_counts_and_reads_no_invoice() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 393_00))).invoice.number
    analyst = await make_actor("ministry")
    assert [(row.board, row.states) for row in await queries.counts(analyst)] == [("990000", {"matched": 1})]
    with pytest.raises(Forbidden):
        await queries.one(analyst, number)
    with pytest.raises(Forbidden):
        await queries.counts(dataclasses.replace(analyst, rights=frozenset()))


async def test_a_school_enters_approves_and_sets_nothing() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    new = await desk.paper((1, 6, 393_00))
    number = (await entering.enter(desk.buyer, new)).invoice.number
    for role in ("principal", "school_team"):
        who = await make_actor(role, school="990001")
        for act in (
            entering.enter(who, new),
            approving.approve(who, number),
            approving.decide(who, number, Decide(outcome=Outcome.accept, reason="Oui")),
            paying.cancel(who, number, reason="Non"),
            tolerances.set_tolerance(who, ToleranceIn(from_day=today(), price_ppm=0, price_cents=0)),
        ):
            with pytest.raises(Forbidden):
                await act


async def test_listing_puts_what_is_to_decide_first_and_pages() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    numbers = [(await desk.invoice((1, 1, unit))).invoice.number for unit in (393_00, 400_00, 392_00, 393_00)]
    wanted = [numbers[3], numbers[2], numbers[1], numbers[0]]  # the last has the amount and day of the first
    found, after = [], None
    while True:
        page = await queries.list_invoices(desk.buyer, limit=2, after=after)
        found += [row.number for row in page.items]
        if (after := page.next) is None:
            break
    assert found == wanted
    assert [row.number for row in (await queries.list_invoices(desk.buyer, text="f-3", limit=9, after=None)).items] == [
        numbers[2]
    ]
    assert (await queries.list_invoices(desk.buyer, state=State.paid, limit=9, after=None)).items == []


async def test_every_press_is_in_the_trail() -> None:
    desk = await make_desk(TABLETS)
    await desk.receive(6)
    number = (await desk.invoice((1, 6, 400_00))).invoice.number
    await desk.decide(number)
    await paying.pay(desk.buyer, number, Pay(reference="VIR-1"))
    file = await queries.one(desk.buyer, number)
    assert [event.what for event in file.timeline] == ["invoice.paid", "invoice.approved", "invoice.entered"]
    async with transaction(system()):
        rows = await fetch("SELECT kind, reason, about FROM ledger_entry WHERE about_kind = 'invoice'")
        assert [tuple(row) for row in rows] == [("correction", f"Facture {number} approuvée", number)]
        assert await fetch_value("SELECT count(*) FROM invoice_decision") == 1
