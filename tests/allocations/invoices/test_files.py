"""Lists of invoices by file: each paper by itself, safe to repeat."""

import io
from pathlib import Path

import pytest

from allocations.invoices import files, queries, statements
from allocations.invoices.rules import CreditFor, Kind
from allocations.invoices.schemas import InvoicesImported
from kit.clock import today
from kit.encodings import Unreadable
from kit.errors import Invalid
from kit.exports import xlsx_file
from tests.allocations.invoices.desk import Desk, check_sums, make_desk
from tests.factories import figures

pytestmark = pytest.mark.usefixtures("db")

HEAD = "bon de commande;facture;date;nature;ligne du bon;quantité;prix unitaire;montant;total avant taxes;tps;tvq;total"


async def take(desk: Desk, *rows: str, head: str = HEAD, dry_run: bool = False) -> InvoicesImported:
    text = "\n".join([head, *(row.replace("{day}", str(today())).replace("{order}", desk.order) for row in rows)])
    return await files.import_invoices(desk.buyer, io.BytesIO(text.encode()), "factures.csv", dry_run=dry_run)


async def how_many(desk: Desk) -> int:
    return len((await queries.list_invoices(desk.buyer, limit=100, after=None)).items)


WHOLE = (
    "{order};F-1;{day};bien;1;4;393,00;1572,00;1 572,00;78,60;156,81;1 807,41",
    "{order};F-2;{day};bien;1;2;393,00;786,00;798,00;39,90;79,60;917,50",
    "{order};F-2;{day};transport;;;;12,00;;;;",
)


async def test_each_paper_is_entered_and_matched_and_a_second_reading_changes_nothing() -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    rehearsed = await take(desk, *WHOLE, dry_run=True)
    assert [(each.result, each.gaps) for each in rehearsed.invoices] == [("created", 0), ("created", 1)]
    assert await how_many(desk) == 0

    done = await take(desk, *WHOLE)
    assert (done.read, done.created, done.unchanged, done.refused) == (3, 2, 0, [])
    assert [(each.line, each.supplier_number, each.state) for each in done.invoices] == [
        (2, "F-1", "matched"),
        (3, "F-2", "to_decide"),
    ]
    again = await take(desk, *WHOLE)
    assert (again.created, again.unchanged) == (0, 2)
    assert [each.number for each in again.invoices] == [each.number for each in done.invoices]
    assert await how_many(desk) == 2


async def test_a_bad_paper_is_refused_whole_in_a_sentence_and_the_others_go_on() -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    done = await take(
        desk,
        WHOLE[0],
        "{order};F-2;{day};bien;1;deux;393,00;786,00;786,00;39,30;78,40;903,70",
        "{order};F-2;{day};transport;;;;12,00;;;;",
        "BC-999-2026-00001;F-3;{day};bien;1;1;393,00;393,00;393,00;19,65;39,20;451,85",
        "{order};F-4;{day};bien;1;1;393,00;393,00;;;;",
        "{order};F-5;{day};surprise;1;1;393,00;393,00;393,00;19,65;39,20;451,85",
        "{order};F-1;{day};bien;1;1;393,00;393,00;393,00;19,65;39,20;451,85",
        "{order};F-6;2099-01-01;bien;1;1;393,00;393,00;393,00;19,65;39,20;451,85",
    )
    assert done.created == 1
    said = {each.supplier_number: each.reason for each in done.invoices if each.result == "refused"}
    assert said["F-2"].startswith("La ligne 3 de cette facture ne se lit pas")
    assert "n'existe pas" in said["F-3"]
    assert "ses totaux" in said["F-4"]
    assert "nature" in said["F-5"]
    assert "avenir" in said["F-6"]
    assert [each.line for each in done.refused] == [3]
    assert await how_many(desk) == 1


async def test_a_credit_note_names_its_invoice_by_the_suppliers_number_and_may_be_negative() -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    whole = "{order};F-1;{day};bien;1;6;393,00;2358,00;2358,00;117,90;235,21;2711,11"
    number = (await take(desk, whole)).invoices[0].number
    await desk.approve(number)
    await desk.send_back(1, 1)
    free = (await figures(desk.envelope))[0]
    done = await take(
        desk,
        "{order};N-1;{day};F-1;retour;bien;1;1;-393,00;-393,00;-393,00;-19,65;-39,20;-451,85",
        head=HEAD.replace(";nature", ";facture créditée;motif du crédit;nature"),
    )
    assert [(each.result, each.state, each.reason) for each in done.invoices] == [("created", "matched", "")]
    note = await queries.one(desk.buyer, done.invoices[0].number)
    assert (note.invoice.kind, note.invoice.credit_for, note.invoice.credits) == (
        Kind.credit_note,
        CreditFor.returned,
        number,
    )
    await desk.approve(note.invoice.number)
    assert (await figures(desk.envelope))[0] == free + 420_06
    await check_sums()


async def test_a_workbook_is_read_as_the_same_table() -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    rows = [[desk.order, "F-1", today(), 1, 6, "393,00", "2358,00", "117,90", "235,21", "2711,11"]]
    headings = ["PO", "Invoice", "Date", "Line", "Qty", "Unit price", "Subtotal", "GST", "QST", "Total"]
    book = io.BytesIO(xlsx_file(headings, rows))
    done = await files.import_invoices(desk.buyer, book, "invoices.xlsx")
    assert [(each.result, each.state) for each in done.invoices] == [("created", "matched")]


async def test_a_file_without_its_columns_changes_nothing(tmp_path: Path) -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    with pytest.raises(Unreadable, match="Numéro de facture"):
        await take(desk, "{order};2026-11-01", head="bon de commande;date")


async def test_a_suppliers_statement_is_compared_paper_by_paper() -> None:
    desk = await make_desk(("tablette", 393_00, 6))
    await desk.receive(6)
    for units in (1, 2, 3):
        await desk.invoice((1, units, 393_00), supplier_number=f"F {units}")
    text = "facture;date;montant\nF1;2026-11-01;451,85\nf2;;900,00\nF9;;10,00\n"
    found = await statements.compare(desk.buyer, "alpha", io.BytesIO(text.encode()), "releve.csv")
    assert [(line.supplier_number, line.verdict) for line in found.lines] == [
        ("F1", "same"),
        ("f2", "amount"),
        ("F9", "absent"),
        ("F 3", "ours"),
    ]
    assert (found.their_cents, found.our_cents) == (1_361_85, 451_85 + 903_70 + 1_355_56)
    with pytest.raises(Invalid):
        await statements.compare(desk.buyer, "inconnu", io.BytesIO(text.encode()), "releve.csv")
