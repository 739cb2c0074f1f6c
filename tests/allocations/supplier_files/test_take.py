"""A supplier's file is taken by absolute value: each line has its result, a second run changes nothing, no cent moves."""

import io
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from allocations.orders import numbering
from allocations.receipts import operations as receipts
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.supplier_files import accounts, queries
from allocations.supplier_files.operations import take
from allocations.supplier_files.rules import AccountKnown, OlderFile, Outcome, Unknown
from allocations.supplier_files.schemas import FileResult, NewAccount
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value, transaction
from kit.encodings import Unreadable
from kit.errors import Forbidden, NotFound, Refused
from kit.paging import encode
from tests.allocations.receipts.arrivals import sent_order
from tests.factories import figures, make_actor, make_school, make_token

pytestmark = pytest.mark.usefixtures("db")
HEAD = "sales_order_number,material_number,material_description,customer_order_number,ship_to_account_no,quantity_ordered,quantity_outstanding,quantity_completed,order_date,despatch_date,eta,is_return"  # noqa: E501
SOON = (today() + timedelta(days=20)).isoformat()


def csv(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join([HEAD, *lines]).encode())


async def buyer() -> Actor:
    return await make_actor("purchasing", board="990000")


async def taken(who: Actor, *lines: str, day: date | None = None, dry_run: bool = False) -> FileResult:
    return await take(who, csv(*lines), "commandes.csv", supplier="fournisseur", listed_on=day, dry_run=dry_run)


async def rows_of(table: str) -> int:
    async with transaction(system()):
        return await fetch_value(f"SELECT count(*) FROM {table}")  # type: ignore[no-any-return]


async def test_a_file_dates_what_is_to_come_and_tells_what_is_on_its_way() -> None:
    number, envelope, technician = await sent_order(("tablette", 6), ("tapis", 4))
    await receipts.receive(technician, number, Receive(lines=[ReceivedLine(position=1, quantity=1)]))
    who, before = await buyer(), await figures(envelope)

    found = await taken(
        who,
        f"5001,M-tablette,,{number.lower()},,6,2,4,2026-10-01,2026-10-20,{SOON},FALSE",
        f"5002,tapis,,{number},,4,4,0,2026-10-01,,,FALSE",
    )

    assert [(one.outcome, one.order, one.position) for one in found.results] == [
        (Outcome.created, number, 1), (Outcome.created, number, 2),
    ]  # fmt: skip
    assert found.dated == 1 and await figures(envelope) == before
    async with transaction(system()):
        assert [row[0] for row in await fetch("SELECT expected_on FROM order_line ORDER BY position")] == [
            date.fromisoformat(SOON),
            None,
        ]
    on_their_way = (await queries.list_lines(who, in_transit=True, limit=9, after=None)).items
    assert [(line.sales_order, line.in_transit, line.received) for line in on_their_way] == [("5001", 3, 1)]


async def test_a_second_run_changes_nothing_and_a_newer_file_only_what_it_says() -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    who, line = await buyer(), f"5001,M-tablette,,{number},,6,2,4,2026-10-01,2026-10-20,,FALSE"
    first = await taken(who, line, day=today() - timedelta(days=2))
    again = await taken(who, line, day=today() - timedelta(days=2))
    assert again.number == first.number and [one.outcome for one in again.results] == [Outcome.unchanged]
    assert (await rows_of("supplier_file"), await rows_of("supplier_order_line")) == (1, 1)

    newer = await taken(who, line.replace(",2,4,", ",0,6,"), day=today())
    assert [one.outcome for one in newer.results] == [Outcome.changed] and await rows_of("supplier_order_line") == 1
    (now,) = (await queries.list_lines(who, limit=9, after=None)).items
    assert (now.outstanding, now.completed, now.file) == (0, 6, newer.number)  # absolute: never 4 + 6
    with pytest.raises(OlderFile):
        await taken(who, line, day=today() - timedelta(days=1))
    assert await rows_of("supplier_file") == 2


async def test_what_is_not_known_is_listed_and_known_once_it_is_linked() -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    who = await buyer()
    lines = (
        "5001,M-tablette,,ABSENT-1,,6,2,4,,,,FALSE",
        "5002,M-tablette,,ABSENT-2,81000004,6,2,4,,,,FALSE",
        f"5003,AUTRE,,{number},,6,2,4,,,,FALSE",
    )
    found = await taken(who, *lines, dry_run=True)
    assert found.number is None and await rows_of("supplier_order_line") == 0
    found = await taken(who, *lines)
    # The order has one line alone: what is said of it under another code is of that line.
    assert [one.outcome for one in found.results] == [Outcome.unknown, Outcome.unknown, Outcome.created]
    listed = (await queries.list_lines(who, unknown=True, limit=9, after=None)).items
    assert [line.unknown for line in listed] == [Unknown.order, Unknown.customer]

    linked = await accounts.link(who, NewAccount(supplier="fournisseur", account="81000004", school="990001"))
    with pytest.raises(AccountKnown):
        await accounts.link(who, NewAccount(supplier="fournisseur", account="81000004", school="990001"))
    await taken(who, *lines)
    second = (await queries.list_lines(who, unknown=True, limit=9, after=None)).items[1]
    assert (second.unknown, second.school) == (Unknown.order, "990001")
    assert (await accounts.close(who, linked.id)).closed_on == today()


async def test_a_bad_line_is_told_and_the_others_are_taken() -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    found = await taken(
        await buyer(),
        f"5001,M-tablette,,{number},,6,3,4,,,,FALSE",
        f"5002,M-tablette,,{number},,six,3,4,,,,FALSE",
        f"5003,M-tablette,,{number},,6,2,4,5/15/2026,15/5/2026,,FALSE",
        f"5004,M-tablette,,{number},,6,2,4,3/4/2026,,,FALSE",
        f"5005,6.37702E+15,,{number},,6,2,4,,,,FALSE",
        f'5006,M-tablette,"Écran 15.6"" mat",{number},,6,2,4,,,,FALSE',
        f"5006,M-tablette,,{number},,6,2,4,,,,FALSE",
    )  # fmt: skip
    assert [(one.line, one.outcome) for one in found.results if one.outcome is not Outcome.refused] == [
        (4, Outcome.created), (7, Outcome.created),
    ]  # fmt: skip
    assert [one.column for one in found.results if one.outcome is Outcome.refused] == [
        "quantity_completed", "quantity_ordered", "order_date", "material_number", "",
    ]  # fmt: skip
    who = await buyer()
    raw = (await queries.raw_lines(who, found.number or "", limit=20, after=None)).items
    with pytest.raises(Refused):  # a place that no page of it gave
        await queries.raw_lines(who, found.number or "", limit=20, after=encode("un"))
    assert len(raw) == 7 and 'Écran 15.6\\" mat' in raw[5].cells and "six" in raw[1].cells


async def test_a_return_is_kept_beside_and_never_counted_as_sent() -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    who = await buyer()
    await taken(
        who,
        f"5001,M-tablette,,{number},,6,2,4,,,,FALSE",
        f"5001,M-tablette,,{number},,2,0,2,,,,TRUE",
    )
    lines = (await queries.list_lines(who, order=number, limit=9, after=None)).items
    assert {(line.is_return, line.completed, line.in_transit) for line in lines} == {(False, 4, 4), (True, 2, 0)}


async def test_a_file_that_is_no_such_file_changes_nothing() -> None:
    await sent_order(("tablette", 6))
    who = await buyer()
    for text in ("", "a,b\n1,2\n"):
        with pytest.raises(Unreadable):
            await take(who, io.BytesIO(text.encode()), "x.csv", supplier="fournisseur")
    with pytest.raises(NotFound):
        await take(who, csv(), "x.csv", supplier="absent")
    with pytest.raises(Forbidden):
        await take(await make_actor("technician", board="990000"), csv(), "x.csv", supplier="fournisseur")
    assert await rows_of("supplier_file") == 0


async def test_another_board_s_order_is_unknown_and_its_lines_are_not_seen() -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    line = f"5001,M-tablette,,{number},,6,2,4,,,,FALSE"
    await make_school("991001", board="991000")
    stranger, who = await make_actor("purchasing", board="991000"), await buyer()
    found = await taken(stranger, line)
    assert [(one.outcome, one.order) for one in found.results] == [(Outcome.unknown, None)]
    assert (await queries.list_lines(who, limit=9, after=None)).items == []
    with pytest.raises(NotFound):
        await queries.file(who, found.number or "")

    everybody = await taken(system(), line)  # a file of the province: each board sees what is of its orders
    assert [one.order for one in everybody.results] == [number]
    assert [seen.order for seen in (await queries.list_lines(who, limit=9, after=None)).items] == [number]


async def test_the_real_file_finds_the_orders_that_bear_its_numbers(shared_data: Path) -> None:
    number, _envelope, _technician = await sent_order(("portable", 1))
    async with transaction(system()):
        await execute("UPDATE product SET name = 'HP 250 G7' WHERE code = 'portable'")
    who = await buyer()
    with (shared_data / "uk-devices" / "orders.csv").open("rb") as file:
        text = file.read()

    own = list(DictReader(io.StringIO(text.decode())))
    await numbering.give_own_number(who, number, own=own[0]["customer_order_number"])
    found = await take(who, io.BytesIO(text), "orders.csv", supplier="fournisseur")

    assert [(one.line, one.outcome, one.order) for one in found.results] == [
        (2, Outcome.created, number), (3, Outcome.unknown, None),
    ]  # fmt: skip
    first, second = sorted(
        (await queries.list_lines(who, limit=9, after=None)).items, key=lambda line: line.sales_order
    )
    assert (first.ordered_on, first.despatched_on) == (date(2020, 5, 15), date(2020, 5, 18))  # the month first
    assert (first.ordered, first.outstanding, first.completed, first.in_transit) == (1, None, 1, 1)
    assert '15.6"' in second.description and second.unknown is Unknown.customer
    again = await take(who, io.BytesIO(text), "orders.csv", supplier="fournisseur")
    assert [one.outcome for one in again.results] == [Outcome.unchanged, Outcome.unknown]
    assert await rows_of("supplier_file") == 1


async def test_files_by_http(client: httpx.AsyncClient) -> None:
    number, _envelope, _technician = await sent_order(("tablette", 6))
    files = {"file": ("c.csv", csv(f"5001,M-tablette,,{number},,6,2,4,,,,FALSE").getvalue(), "text/csv")}
    path = "/api/v1/supplier-files?supplier=fournisseur"
    assert (await client.post(path, files=files)).status_code == 401
    who, technician = await buyer(), await make_actor("technician", board="990000")
    seldom = {"authorization": f"Bearer {await make_token(technician.email, board='990000')}"}
    assert (await client.post(path, files=files, headers=seldom)).status_code == 403
    own = {"authorization": f"Bearer {await make_token(who.email, board='990000')}"}
    answer = (await client.post(path, files=files, headers=own)).json()
    assert answer["created"] == 1 and answer["results"][0]["outcome"] == "created"
    read = (await client.get(f"/api/v1/supplier-files/{answer['number']}/lines", headers=own)).json()
    assert read["items"][0]["line"] == 2
    assert (await client.get(f"/api/v1/supplier-lines?order={number}", headers=seldom)).json()["items"][0][
        "in_transit"
    ] == 4
