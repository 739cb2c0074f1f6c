"""Goods received, taken back and sent back at one moment: units, devices and cents end as turns would have left them."""

import asyncio
import io
from uuid import UUID

import pytest
from pypdf import PdfReader

from allocations.receipts import codes, files, issues, operations, settling, undoing
from allocations.receipts.rules import IssueKind, Outcome
from allocations.receipts.schemas import (
    NewIssue,
    ReadCodes,
    ReceiptHead,
    ReceiptOut,
    Receive,
    ReceivedLine,
    ReportIssues,
    SettleIssue,
)
from allocations.returns import operations as returns
from allocations.returns.rules import Kind
from allocations.returns.schemas import NewReturn
from inventory.assets import operations as assets
from inventory.labels import operations as labels
from kit.actor import Actor, system
from kit.database import fetch, transaction
from kit.errors import Refused
from kit.idempotency import once
from tests.allocations.receipts.arrivals import lines_of, sent_order, states
from tests.factories import figures

pytestmark = pytest.mark.usefixtures("committed")
THREE = Receive(lines=[ReceivedLine(position=1, quantity=3)])


async def sound(envelope: UUID, number: str) -> None:
    """Committed and spent are what the order's lines say, and the ledger; what is spent is what the units here cost."""
    async with transaction(system()):
        (line,) = await fetch(
            "SELECT sum(l.charged_cents - l.spent_cents - l.abandoned_cents)::bigint AS committed, sum(l.spent_cents)::bigint AS spent,"
            " bool_and(l.spent_cents = l.charged_cents * l.received / l.quantity) AS by_units FROM order_line l JOIN purchase_order o"
            ' ON o.id = l."order" WHERE o.number = $1',
            number,
        )
        (ledger,) = await fetch(
            "SELECT sum(committed_cents)::bigint AS committed, sum(spent_cents)::bigint AS spent FROM ledger_entry WHERE envelope = $1",
            envelope,
        )
    _free, _reserved, committed, spent = await figures(envelope)
    assert (committed, spent) == (line["committed"], line["spent"]) == (ledger["committed"], ledger["spent"])
    assert line["by_units"]


@pytest.mark.parametrize("attempt", range(4))
async def test_three_of_five_received_twice_in_one_second_are_three_devices_and_one_sheet(attempt: int) -> None:
    number, envelope, who = await sent_order(("tablette", 5))

    async def press() -> ReceiptOut:
        return await once(who, "trois", ("receive", number), lambda: operations.receive(who, number, THREE), ReceiptOut)

    first, second = await asyncio.gather(press(), press())

    assert first == second and first.lines[0].tags == ["990-000001", "990-000002", "990-000003"]
    assert (await lines_of(number))[0][0] == 3 and await states(number) == {"received": 3}
    await sound(envelope, number)
    sheet = PdfReader(io.BytesIO(await labels.sheet(who, first.lines[0].tags)))
    assert len(sheet.pages) == 1 and sheet.pages[0].extract_text().count("990-00000") == 3


@pytest.mark.parametrize("attempt", range(4))
async def test_two_people_who_receive_the_last_units_do_not_receive_them_twice(attempt: int) -> None:
    number, envelope, who = await sent_order(("tablette", 5))
    results = await asyncio.gather(*(operations.receive(who, number, THREE) for _n in range(2)), return_exceptions=True)
    assert sum(isinstance(result, Refused) for result in results) == 1, results
    assert (await lines_of(number))[0][0] == 3 and await states(number) == {"received": 3}
    await sound(envelope, number)


async def test_the_same_codes_scanned_by_two_are_units_once() -> None:
    number, envelope, who = await sent_order(("tablette", 6))
    read = ReadCodes(codes=["SER-1001", "SER-1002", "SER-1003"])
    first, second = await asyncio.gather(*(codes.read_codes(who, number, read) for _n in range(2)))
    assert sorted(bool(answer.receipt) for answer in (first, second)) == [False, True]
    assert await states(number) == {"received": 3}
    await sound(envelope, number)


async def test_one_serial_of_two_orders_is_one_device() -> None:
    (first, envelope, who), (second, _other, _who) = (
        await sent_order(("tablette", 3)),
        await sent_order(("tablette", 3), school="990002"),
    )
    read = ReadCodes(codes=["SER-1001", "SER-1002"])
    answers = await asyncio.gather(
        *(codes.read_codes(who, number, read) for number in (first, second)), return_exceptions=True
    )
    assert all(not isinstance(answer, BaseException) for answer in answers), answers
    assert sum((await states(first)).values()) + sum((await states(second)).values()) == 2
    await sound(envelope, first)


async def test_one_file_sent_twice_is_received_once() -> None:
    number, envelope, who = await sent_order(("tapis", 6))

    async def send() -> object:
        return await files.receive_file(who, number, io.BytesIO(b"Produit;Quantite\ntapis;2\n"), "a.csv", ReceiptHead())

    results = await asyncio.gather(*(send() for _n in range(3)), return_exceptions=True)
    assert sum(isinstance(result, Refused) for result in results) == 2, results
    assert (await lines_of(number))[0][0] == 2
    await sound(envelope, number)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_device_goes_back_or_its_receipt_is_undone_but_not_both(attempt: int) -> None:
    number, envelope, who = await sent_order(("tablette", 5))
    receipt = await operations.receive(who, number, THREE)
    tags = receipt.lines[0].tags
    results = await asyncio.gather(
        undoing.undo(who, receipt.number, why="Erreur"),
        returns.send_back(who, number, NewReturn(kind=Kind.replacement, reason="Défaut", tags=tags[:1])),
        returns.send_back(who, number, NewReturn(kind=Kind.credit, reason="Défaut", tags=tags[:1])),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 2, results
    await sound(envelope, number)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_receipt_is_undone_or_its_devices_moved_on_in_turns(attempt: int) -> None:
    number, envelope, who = await sent_order(("tablette", 5))
    receipt = await operations.receive(who, number, THREE)
    results = await asyncio.gather(
        undoing.undo(who, receipt.number, why="Erreur"), undoing.undo(who, receipt.number, why="Erreur"),
        assets.put_into_service(who, receipt.lines[0].tags), return_exceptions=True,
    )  # fmt: skip
    assert all(isinstance(result, Refused) or not isinstance(result, BaseException) for result in results), results
    assert await states(number) == {"void": 3} and (await lines_of(number))[0][0] == 0
    await sound(envelope, number)


async def test_an_issue_accepted_by_two_is_received_once() -> None:
    number, envelope, who = await sent_order(("tablette", 5))
    wrong = NewIssue(position=1, kind=IssueKind.wrong, quantity=2, note="Modèle de 2025")
    (issue,) = await issues.report(who, number, ReportIssues(issues=[wrong]))

    async def accept(by: Actor) -> object:
        return await settling.settle(by, issue.number, SettleIssue(outcome=Outcome.accepted))

    results = await asyncio.gather(accept(who), accept(who), return_exceptions=True)
    assert sum(isinstance(result, Refused) for result in results) == 1, results
    assert (await lines_of(number))[0][0] == 2
    await sound(envelope, number)
