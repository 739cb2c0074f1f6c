"""Orders authorised by another person, confirmed, held, sent again, cancelled by whom: who may, what moves, what is told."""

from datetime import timedelta

import pytest

from allocations.orders import (
    acknowledging,
    authorising,
    cancelling,
    closing,
    handing,
    holding,
    late,
    limits,
    operations,
    queries,
    resending,
)
from allocations.orders.rules import (
    CancelledBy,
    How,
    MailCarriesIt,
    NeedsAuthorisation,
    NoAuthorisationNeeded,
    NotHeld,
    NotSent,
    NotToAuthorise,
    OnHold,
    OwnOrder,
    State,
    TooLateToRecall,
)
from allocations.receipts import operations as receipts
from allocations.receipts.rules import LinesRefused
from allocations.receipts.schemas import Receive, ReceivedLine
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories import figures, make_actor, make_approved, make_board, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def drafted(*, mail: bool = True) -> tuple[Actor, str]:
    """A buyer and their draft of 2 358.00 $ before tax, in an envelope of 5 000.00 $."""
    await make_school()
    await make_board("991000")
    await make_product()
    if mail:
        async with transaction(system()):
            await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
    await make_approved(("appareil", 6), envelope=await make_envelope("990001", 5_000_00))
    who = await make_actor("purchasing", board="990000")
    (order,) = await operations.build(who)
    return who, order.number


async def limit(cents: int | None) -> None:
    admin = await make_actor("board_admin", board="990000")
    await limits.set_from(admin, "990000", from_day=today(), before_tax_cents=cents, reason="Politique")


async def leave(number: str) -> None:
    """The worker has sent what waits."""
    async with transaction(system()):
        await execute(
            "UPDATE outbox SET sent_at = now() WHERE about = $1 AND cancelled_at IS NULL AND failed_at IS NULL", number
        )


async def test_an_order_over_the_amount_is_authorised_by_another_person_and_then_sent() -> None:
    who, number = await drafted()
    other = await make_actor("purchasing", board="990000")
    with pytest.raises(NoAuthorisationNeeded):
        await authorising.ask(who, number)
    await limit(2_000_00)
    for send in (operations.send(who, number), handing.hand_over(who, number, how=How.phone)):
        with pytest.raises(NeedsAuthorisation):
            await send
    assert (await queries.one(who, number)).needs_authorisation
    with pytest.raises(NotToAuthorise):
        await authorising.authorise(other, number)
    asked = await authorising.ask(who, number)
    assert (asked.order.state, asked.order.asked_by_name) == (State.to_authorise, who.name)
    with pytest.raises(OwnOrder):
        await authorising.authorise(who, number)
    for outsider in (await make_actor("technician", board="990000"), await make_actor("principal", school="990001")):
        with pytest.raises(Forbidden):
            await authorising.authorise(outsider, number)
    with pytest.raises(Forbidden):
        await authorising.authorise(system(), number)
    with pytest.raises(NotFound):
        await authorising.authorise(await make_actor("purchasing", board="991000"), number)
    given = await authorising.authorise(other, number)
    assert (given.order.state, given.order.authorised_by_name) == (State.authorised, other.name)
    sent = await operations.send(who, number)
    assert sent.order.state is State.sent
    assert (await operations.recall(who, number)).order.state is State.authorised


async def test_what_is_sent_back_is_a_draft_with_a_reason() -> None:
    who, number = await drafted()
    other = await make_actor("purchasing", board="990000")
    await limit(0)
    await authorising.ask(who, number)
    with pytest.raises(Invalid):
        await authorising.send_back(other, number, reason="")
    with pytest.raises(Forbidden):
        await authorising.send_back(await make_actor("technician", board="990000"), number, reason="Trop cher")
    back = await authorising.send_back(other, number, reason="Trop cher")
    assert (back.order.state, back.timeline[0].why) == (State.draft, "Trop cher")
    with pytest.raises(NotToAuthorise):
        await authorising.send_back(other, number, reason="Encore")


async def test_the_amount_is_dated_and_set_by_the_administration_alone() -> None:
    who, number = await drafted()
    admin = await make_actor("board_admin", board="990000")
    with pytest.raises(Forbidden):
        await limits.set_from(who, "990000", from_day=today(), before_tax_cents=0, reason="x")
    with pytest.raises(Invalid):
        await limits.set_from(admin, "990000", from_day=today() - timedelta(days=1), before_tax_cents=0, reason="x")
    with pytest.raises(Invalid):
        await limits.set_from(admin, "990000", from_day=today(), before_tax_cents=0, reason=" ")
    await limits.set_from(
        admin, "990000", from_day=today() + timedelta(days=1), before_tax_cents=0, reason="Dès demain"
    )
    with pytest.raises(Conflict):
        await limits.set_from(
            admin, "990000", from_day=today() + timedelta(days=1), before_tax_cents=1, reason="Encore"
        )
    assert [one.before_tax_cents for one in await limits.listing(who, "990000")] == [0]
    with pytest.raises(NotFound):
        await limits.listing(await make_actor("board_admin", board="991000"), "990000")
    assert (await operations.send(who, number)).order.state is State.sent


async def test_a_supplier_confirms_with_a_number_a_day_and_a_promise() -> None:
    who, number = await drafted()
    with pytest.raises(NotSent):
        await acknowledging.acknowledge(who, number, confirmation="A-1")
    await operations.send(who, number)
    for day in (today() - timedelta(days=1), today() + timedelta(days=1)):
        with pytest.raises(Invalid):
            await acknowledging.acknowledge(who, number, confirmation="A-1", acknowledged_on=day)
    promised = today() + timedelta(days=20)
    done = await acknowledging.acknowledge(who, number, confirmation=" A  1 ", expected_on=promised)
    assert (done.order.state, done.order.confirmation, done.order.acknowledged_on) == (
        State.acknowledged,
        "A 1",
        today(),
    )
    assert done.lines[0].expected_on == promised
    again = await acknowledging.acknowledge(who, number, confirmation="A-2")
    assert (again.order.state, again.order.confirmation) == (State.acknowledged, "A-2")
    technician = await make_actor("technician", board="990000")
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    after = await acknowledging.acknowledge(who, number, confirmation="A-3")
    assert after.order.state is State.part_received


@pytest.mark.parametrize("sent", [False, True])
async def test_what_is_on_hold_receives_nothing_and_goes_back_where_it_was(sent: bool) -> None:
    who, number = await drafted()
    technician = await make_actor("technician", board="990000")
    if sent:
        await operations.send(who, number)
    before = await queries.one(who, number)
    with pytest.raises(Invalid):
        await holding.hold(who, number, reason=" ")
    held = await holding.hold(who, number, reason="Modèle à vérifier")
    assert (held.order.state, held.order.held_from, held.order.hold_reason) == (
        State.on_hold,
        before.order.state.value,
        "Modèle à vérifier",
    )
    assert held.mail == "none"  # what waited does not leave
    with pytest.raises((Conflict, LinesRefused)):
        await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    with pytest.raises(OnHold):
        await operations.send(who, number)
    back = await holding.resume(who, number)
    assert (back.order.state, back.order.hold_reason, back.mail) == (before.order.state, "", before.mail)
    with pytest.raises(NotHeld):
        await holding.resume(who, number)


@pytest.mark.parametrize("end", ["cancel", "close"])
@pytest.mark.parametrize("sent", [False, True])
async def test_what_is_on_hold_may_be_given_up_and_its_money_goes_where_it_came_from(sent: bool, end: str) -> None:
    who, number = await drafted()
    async with transaction(system()):
        envelope = await fetch_value("SELECT id FROM envelope")
    if sent:
        await operations.send(who, number)
    await holding.hold(who, number, reason="Attente")
    if end == "cancel":
        await cancelling.cancel(who, number, reason="Fini")
        assert await figures(envelope) == (5_000_00 - 2_520_39, 2_520_39, 0, 0)
    else:
        await closing.close(who, number, reason="Fini")
        assert await figures(envelope) == (5_000_00, 0, 0, 0)


@pytest.mark.parametrize("by", CancelledBy)
async def test_a_cancelled_order_says_by_whom_and_writes_to_a_supplier_that_had_it(by: CancelledBy) -> None:
    who, number = await drafted()
    await operations.send(who, number)
    await leave(number)
    done = await cancelling.cancel(who, number, reason="Le regroupement n'a pas eu lieu", by=by)
    assert done.order.cancelled_by == by
    async with transaction(system()):
        told = await fetch("SELECT recipient, subject, body FROM outbox WHERE kind = 'order_cancelled'")
        assert await fetch_value("SELECT state FROM selection") == "approved"
    assert [row["recipient"] for row in told] == ([] if by is CancelledBy.supplier else ["ventes@exemple.ca"])
    for row in told:
        assert number in row["subject"] and "Le regroupement n'a pas eu lieu" in row["body"]


async def test_a_message_that_had_not_left_is_stopped_and_nobody_is_written_to() -> None:
    who, number = await drafted()
    await operations.send(who, number)
    await cancelling.cancel(who, number, reason="Erreur")
    async with transaction(system()):
        rows = await fetch("SELECT kind, cancelled_at IS NOT NULL AS stopped FROM outbox WHERE about = $1", number)
    assert [tuple(row) for row in rows] == [("order", True)]


async def test_a_message_that_failed_goes_again_to_the_address_given_with_the_same_pages() -> None:
    who, number = await drafted()
    await operations.send(who, number)
    with pytest.raises(MailCarriesIt):
        await resending.resend(who, number)
    async with transaction(system()):
        await execute("UPDATE outbox SET failed_at = now() WHERE about = $1", number)
    assert (await queries.one(who, number)).mail == "failed"
    for wrong in ("ventes", "a b@exemple.ca"):
        with pytest.raises(Invalid):
            await resending.resend(who, number, email=wrong)
    again = await resending.resend(who, number, email="commandes@exemple.ca")
    assert (again.mail, again.order.state) == ("waiting", State.sent)
    async with transaction(system()):
        first, second = await fetch("SELECT recipient, subject, attachment FROM outbox ORDER BY id")
    assert (second["recipient"], second["subject"]) == ("commandes@exemple.ca", first["subject"])
    assert second["attachment"] == first["attachment"]


async def test_a_sending_that_came_is_not_taken_back_because_it_goes_again() -> None:
    who, number = await drafted()
    await operations.send(who, number)
    await leave(number)
    await resending.resend(who, number)
    with pytest.raises(TooLateToRecall):
        await operations.recall(who, number)


async def test_late_lines_are_listed_the_latest_first_and_to_whom_they_concern() -> None:
    who, number = await drafted()
    await operations.send(who, number)
    async with transaction(system()):
        await execute("UPDATE order_line SET expected_on = $1", today() - timedelta(days=3))
    found = await late.lines(who, limit=50)
    assert [(line.order, line.position, line.outstanding) for line in found.items] == [(number, 1, 6)]
    assert len((await late.lines(await make_actor("principal", school="990001"), limit=50)).items) == 1
    await make_school("990002")
    for other in (await make_actor("principal", school="990002"), await make_actor("purchasing", board="991000")):
        assert (await late.lines(other, limit=50)).items == []
    await holding.hold(who, number, reason="Attente")
    assert (await late.lines(who, limit=50)).items == []
