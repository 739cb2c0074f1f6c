"""Codes from a scanner, a pasted list or a file: for each what it is, and one receipt of those that are new."""

import io
from pathlib import Path

import pytest

from allocations.receipts import codes, files, operations, queries, undoing
from allocations.receipts.files import FileReceived
from allocations.receipts.rules import LineSerialsRefused
from allocations.receipts.schemas import CodeOutcome, ReadCodes, ReceiptHead, Receive, ReceivedLine
from inventory.assets.operations import receive_units
from kit.encodings import Unreadable
from kit.errors import Invalid
from tests.allocations.receipts.arrivals import lines_of, sent_order, states
from tests.factories import figures, make_actor, make_product, make_school, new_unit

pytestmark = pytest.mark.usefixtures("db")


async def test_a_scan_says_of_each_code_what_it_is_and_receives_the_new_ones() -> None:
    number, _envelope, who = await sent_order(("tablette", 3), ("robot", 2), ("tapis", 2))
    await make_product("ailleurs")
    read = ["M-tablette", "SER-1001", "SER-1002", "ser-1001", "ailleurs", "M-robot", "6.37702E+15", "ROB-2001", "ROB-2002",
            "ROB-2003", "tapis", "M-robot", "0000000", "M-tablette"]  # fmt: skip

    answer = await codes.read_codes(who, number, ReadCodes(codes=read))

    outcomes = [result.outcome for result in answer.results]
    assert outcomes == [
        CodeOutcome.line, CodeOutcome.received, CodeOutcome.received, CodeOutcome.repeated, CodeOutcome.not_ordered,
        CodeOutcome.line, CodeOutcome.implausible, CodeOutcome.received, CodeOutcome.received, CodeOutcome.complete,
        CodeOutcome.counted, CodeOutcome.complete, CodeOutcome.implausible, CodeOutcome.line,
    ]  # fmt: skip
    assert [result.tag for result in answer.results if result.tag] == [f"990-00000{n}" for n in (3, 4, 1, 2)]
    assert "mettez" in answer.results[9].sentence and "tableur" in answer.results[6].sentence
    assert [line[0] for line in await lines_of(number)] == [2, 2, 1]  # robots, tablets, mats
    assert answer.receipt is not None and answer.receipt.outstanding == 2


async def test_the_same_codes_again_change_nothing_and_say_where_they_are() -> None:
    number, envelope, who = await sent_order(("tablette", 3))
    first = await codes.read_codes(who, number, ReadCodes(codes=["SER-1001", "SER-1002"]))
    before = await figures(envelope)

    again = await codes.read_codes(who, number, ReadCodes(codes=["SER-1001", "/L/x", first.results[1].tag or ""]))

    assert again.receipt is None and await figures(envelope) == before
    assert [result.outcome for result in again.results] == [
        CodeOutcome.registered, CodeOutcome.implausible, CodeOutcome.registered,
    ]  # fmt: skip
    assert again.results[0].sentence == "Déjà inscrit\u00a0: bien 990-000001."


async def test_a_device_of_another_board_is_not_named() -> None:
    number, _envelope, who = await sent_order(("tablette", 3))
    await make_school("991001", board="991000")
    elsewhere = await make_actor("technician", board="991000")
    await receive_units(elsewhere, [new_unit(board="991000", school="991001", serial="SER-9009", maker="Essai")])

    answer = await codes.read_codes(who, number, ReadCodes(codes=["SER-9009"]))

    assert answer.results[0].outcome is CodeOutcome.elsewhere and answer.results[0].tag is None
    assert answer.results[0].sentence == "Déjà inscrit ailleurs\u00a0: mettez-le de côté et ouvrez un billet."


async def test_serials_of_two_products_need_the_product_first_or_the_line() -> None:
    number, _envelope, who = await sent_order(("tablette", 3), ("robot", 2))
    answer = await codes.read_codes(who, number, ReadCodes(codes=["SER-1001"]))
    assert answer.results[0].outcome is CodeOutcome.no_line
    answer = await codes.read_codes(who, number, ReadCodes(codes=["SER-1001"], position=2))
    assert answer.results[0].outcome is CodeOutcome.received and answer.results[0].position == 2
    with pytest.raises(Invalid):
        await codes.read_codes(who, number, ReadCodes(codes=["SER-1002"], position=9))


async def test_a_look_keeps_nothing() -> None:
    number, envelope, who = await sent_order(("tablette", 3))
    before = await figures(envelope)
    answer = await codes.read_codes(who, number, ReadCodes(codes=["SER-1001"], keep=False))
    assert answer.results[0].outcome is CodeOutcome.received and answer.receipt is None
    assert await figures(envelope) == before and await states(number) == {}


def said(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


async def test_a_file_receives_its_good_lines_and_refuses_the_others_by_line() -> None:
    number, _envelope, who = await sent_order(("tablette", 4), ("robot", 2), ("tapis", 5))
    text = (
        "Ligne;Produit;Quantité;Numéros de série;Local\n"
        "2;;2;SER-1001, SER-1002;B-12\n"
        ";robot;;ROB-2001;\n"
        ";tapis;5;;\n"
        "2;;1;6.37702E+15;\n"
        "2;;1;N/A-;\n"
        "2;;1;M-tablette;\n"
        "2;;3;;\n"
        ";absent;1;;\n"
        ";robot;1;ROB-2001;\n"
        "1;tablette;1;SER-1009;\n"
    )

    answer = await files.receive_file(who, number, said(text), "arrivage.csv", ReceiptHead(slip="L-7"))

    assert answer.read == 10 and answer.units == 8
    assert [(refusal.line, refusal.column) for refusal in answer.refused] == [
        (5, "Numéros de série"),
        (6, "Numéros de série"),
        (7, "Numéros de série"),
        (8, "Quantité"),
        (9, "Produit"),
        (10, "Numéros de série"),
        (11, "Ligne"),
    ]
    assert [line[0] for line in await lines_of(number)] == [1, 2, 5]
    assert answer.receipt is not None and answer.receipt.slip == "L-7"


async def test_the_same_file_is_received_once_and_again_after_its_receipt_is_undone() -> None:
    number, envelope, who = await sent_order(("tapis", 6))
    text = "Produit;Quantité\ntapis;3\n"
    first = await files.receive_file(who, number, said(text), "a.csv", ReceiptHead())
    before = await figures(envelope)
    with pytest.raises(FileReceived) as refused:
        await files.receive_file(who, number, said(text), "b.csv", ReceiptHead())
    assert first.receipt is not None and first.receipt.number in refused.value.detail
    assert await figures(envelope) == before

    await undoing.undo(who, first.receipt.number, why="Mauvais bon de livraison.")
    again = await files.receive_file(who, number, said(text), "b.csv", ReceiptHead())
    assert again.units == 3 and await figures(envelope) == before


async def test_a_dry_run_of_a_file_says_the_same_and_keeps_nothing() -> None:
    number, envelope, who = await sent_order(("tapis", 6))
    before = await figures(envelope)
    answer = await files.receive_file(
        who, number, said("Produit;Quantité\ntapis;3\n"), "a.csv", ReceiptHead(), dry_run=True
    )
    assert (answer.units, answer.receipt) == (3, None) and await figures(envelope) == before


async def test_a_file_that_names_neither_line_nor_product_is_refused_whole() -> None:
    number, _envelope, who = await sent_order(("tapis", 6))
    with pytest.raises(Unreadable):
        await files.receive_file(who, number, said("Quantité\n3\n"), "a.csv", ReceiptHead())


async def test_a_list_of_serials_is_read_with_or_without_its_heading() -> None:
    number, _envelope, who = await sent_order(("tablette", 4))
    new = ReadCodes(codes=[], position=1)
    answer = await files.receive_list(who, number, said("Serial Number\r\nSER-1001\r\nSER-1002\r\n"), "s.csv", new)
    assert [result.outcome for result in answer.results] == [CodeOutcome.received] * 2
    answer = await files.receive_list(who, number, said("SER-1002\nSER-1003\n"), "s.txt", new)
    assert [result.outcome for result in answer.results] == [CodeOutcome.registered, CodeOutcome.received]
    assert await states(number) == {"received": 3}


async def test_real_lists_of_serials_are_told_line_by_line(shared_data: Path) -> None:
    folder = shared_data / "uk-devices"
    number, _envelope, who = await sent_order(("tablette", 4))
    for name, lines in (("serial_numbers.csv", 3), ("duplicated_serial_numbers.csv", 2)):
        with (folder / name).open("rb") as file:
            answer = await files.receive_list(who, number, file, name, ReadCodes(codes=[], position=1))
        assert [result.outcome for result in answer.results] == [CodeOutcome.implausible] * lines  # « 1 » is no serial
    assert await queries.of_order(who, number) == []


@pytest.mark.parametrize("serial", ["6.37702E+15", "0000000", "N/A", "AB", "M-tablette", "tablette", "AA BB1"])
async def test_a_receipt_refuses_an_implausible_serial_by_its_line(serial: str) -> None:
    number, envelope, who = await sent_order(("tablette", 4))
    before = await figures(envelope)
    with pytest.raises(LineSerialsRefused) as refused:
        new = Receive(lines=[ReceivedLine(position=1, quantity=2, serials=["SER-1001", serial])])
        await operations.receive(who, number, new)
    assert list(refused.value.by_line) == [1] and list(refused.value.errors) == ["lines.0.serials.1"]
    assert await figures(envelope) == before and await states(number) == {}
