"""What came damaged, wrong or too many is told, stays awaited, and is settled; a receipt that was a mistake is taken back."""

from datetime import timedelta

import pytest

from allocations.receipts import issue_queries, issues, operations, queries, settling, undoing
from allocations.receipts.rules import Invoiced, IssueKind, IssueSettled, LinesRefused, Outcome, Undone
from allocations.receipts.schemas import NewIssue, Receive, ReceivedLine, ReportIssues, SettleIssue
from inventory.assets import operations as assets
from inventory.assets.leaving import SeenTo
from kit.actor import system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Invalid, NotFound
from tests.allocations.receipts.arrivals import expected, lines_of, sent_order, states
from tests.factories import figures, make_actor, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")
WHY = "Mauvais bon de livraison."


async def test_damaged_units_stay_awaited_beside_those_that_are_received() -> None:
    number, envelope, who = await sent_order(("tablette", 3))
    new = Receive(
        lines=[ReceivedLine(position=1, quantity=2)],
        issues=[NewIssue(position=1, kind=IssueKind.damaged, quantity=1, note="Écran fendu")],
    )
    receipt = await operations.receive(who, number, new)
    assert receipt.outstanding == 1 and await states(number) == {"received": 2} and await expected(number) == 3
    (issue,) = (await issue_queries.list_issues(who, order=number, unsettled=True, limit=10, after=None)).items
    assert (issue.kind, issue.quantity, issue.outcome, issue.note) == ("damaged", 1, "set_aside", "Écran fendu")
    committed = (await figures(envelope))[2]
    await settling.settle(who, issue.number, SettleIssue(outcome=Outcome.returned))
    assert (await figures(envelope))[2] == committed  # nothing was received, so nothing is spent
    with pytest.raises(IssueSettled):
        await settling.settle(who, issue.number, SettleIssue(outcome=Outcome.returned))


async def test_the_wrong_product_may_be_accepted_at_the_order_s_price() -> None:
    number, envelope, who = await sent_order(("tablette", 2))
    await make_product("liseuse", 100_00)
    wrong = NewIssue(position=1, kind=IssueKind.wrong, quantity=1, product="liseuse")
    (issue,) = await issues.report(who, number, ReportIssues(issues=[wrong]))

    settled = await settling.settle(who, issue.number, SettleIssue(outcome=Outcome.accepted, serials=["LIS-0001"]))

    assert settled.receipt is not None and settled.outcome == "accepted"
    async with transaction(system()):
        row = await fetch_value("SELECT name || ' ' || serial FROM asset WHERE origin = $1", number)
    assert row == "liseuse LIS-0001"
    assert (await figures(envelope))[3] == (await lines_of(number))[0][2] > 100_00

    await undoing.undo(who, settled.receipt, why=WHY)
    assert (await issue_queries.one(who, issue.number)).outcome == "set_aside"


async def test_what_is_wrong_with_an_issue_is_told_by_line_and_nothing_is_written() -> None:
    number, _envelope, who = await sent_order(("tablette", 2))
    bad = [
        NewIssue(position=9, kind=IssueKind.damaged, quantity=1),
        NewIssue(position=1, kind=IssueKind.damaged, quantity=3),
    ]
    with pytest.raises(LinesRefused) as refused:
        await issues.report(who, number, ReportIssues(issues=bad))
    assert sorted(refused.value.lines) == ["1", "9"]
    with pytest.raises(LinesRefused):
        await issues.report(who, number, ReportIssues(issues=[NewIssue(position=1, kind=IssueKind.wrong, quantity=1)]))
    (over,) = await issues.report(
        who, number, ReportIssues(issues=[NewIssue(position=1, kind=IssueKind.over, quantity=5)])
    )
    with pytest.raises(Invalid):
        await settling.settle(who, over.number, SettleIssue(outcome=Outcome.accepted))


async def test_a_photo_goes_with_an_issue_and_a_stranger_sees_neither() -> None:
    number, _envelope, who = await sent_order(("tablette", 2))
    (issue,) = await issues.report(
        who, number, ReportIssues(issues=[NewIssue(position=1, kind=IssueKind.damaged, quantity=1)])
    )
    png = (
        b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    )
    kept = await issues.attach(who, issue.number, name="ecran.png", content=png)
    assert kept.media_type == "image/png"
    assert (await issue_queries.photo(who, issue.number, kept.id)).content == png
    await make_school("991001", board="991000")
    stranger = await make_actor("technician", board="991000")
    with pytest.raises(NotFound):
        await issue_queries.photos(stranger, issue.number)


async def test_a_receipt_taken_back_leaves_everything_as_before_but_its_trail() -> None:
    number, envelope, who = await sent_order(("tablette", 6), ("tapis", 3))
    before, awaited = await figures(envelope), await expected(number)
    new = Receive(
        lines=[ReceivedLine(position=1, quantity=4, serials=["SER-1001"]), ReceivedLine(position=2, quantity=3)]
    )
    receipt = await operations.receive(who, number, new)

    undone = await undoing.undo(who, receipt.number, why=WHY)

    assert undone.undone_why == WHY and undone.undone_at is not None
    assert await figures(envelope) == before and await expected(number) == awaited
    assert await lines_of(number) == [(0, 0, 0), (0, 0, 0)] and await states(number) == {"void": 4}
    async with transaction(system()):
        assert await fetch_value("SELECT state FROM purchase_order WHERE number = $1", number) == "sent"
    with pytest.raises(Undone):
        await undoing.undo(who, receipt.number, why=WHY)
    again = await operations.receive(who, number, new)  # the serial may come again
    assert again.lines[0].quantity == 4


async def test_one_of_two_receipts_taken_back_costs_the_line_no_cent() -> None:
    number, envelope, who = await sent_order(("tablette", 7))
    first = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=3)]))
    await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    await undoing.undo(who, first.number, why=WHY)
    await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=5)]))
    _free, _reserved, committed, spent = await figures(envelope)
    async with transaction(system()):
        lived = await fetch_value(
            "SELECT sum(net_cents)::bigint FROM asset WHERE origin = $1 AND state = 'received'", number
        )
        charged = await fetch_value("SELECT sum(charged_cents)::bigint FROM order_line")
    assert (committed, spent) == (0, charged) and lived == charged


async def test_what_was_put_to_work_with_it_is_taken_back_and_what_was_seen_to_since_is_not() -> None:
    number, _envelope, who = await sent_order(("tablette", 4))
    at_work = await operations.receive(
        who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)], in_service=True)
    )
    assert await expected(number) == 2
    await undoing.undo(who, at_work.number, why=WHY)
    assert await expected(number) == 4 and await states(number) == {"void": 2}

    seen_to = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    await assets.move(who, seen_to.lines[0].tags[0], building=None, room="104")
    with pytest.raises(SeenTo):
        await undoing.undo(who, seen_to.number, why=WHY)
    assert await states(number) == {"void": 2, "received": 1}


async def test_what_is_invoiced_is_not_taken_back() -> None:
    number, _envelope, who = await sent_order(("tablette", 4))
    receipt = await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2)]))
    async with transaction(system()):
        await execute("UPDATE order_line SET invoiced = 1")
    with pytest.raises(Invoiced):
        await undoing.undo(who, receipt.number, why=WHY)


async def test_what_is_left_may_be_promised_for_a_day() -> None:
    number, _envelope, who = await sent_order(("tablette", 4))
    day = today() + timedelta(days=30)
    await operations.receive(who, number, Receive(lines=[ReceivedLine(position=1, quantity=2, rest_on=day)]))
    async with transaction(system()):
        assert await fetch_value("SELECT expected_on FROM order_line") == day
        assert await fetch_value("SELECT expected_on FROM expected_delivery") == day
    with pytest.raises(LinesRefused):
        await operations.receive(
            who, number, Receive(lines=[ReceivedLine(position=1, quantity=1, rest_on=today() - timedelta(days=1))])
        )
    assert len(await queries.of_order(who, number)) == 1
