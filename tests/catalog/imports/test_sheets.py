"""Suppliers, contracts, products and prices as tables: what is written out and read back changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import BytesIO

import pytest

from catalog.imports.exporting import rows_of
from catalog.imports.operations import File, import_catalogue, import_sheet
from catalog.imports.schemas import CatalogueImported
from catalog.imports.sheets import SHEETS, words
from kit.actor import Actor, system
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden
from kit.exports import csv_file, xlsx_file
from kit.tabular import MissingColumns
from tests.catalog.making import make_contract, make_price
from tests.factories import make_actor, make_board, make_product

pytestmark = pytest.mark.usefixtures("db")
Write = Callable[[Sequence[str], Iterable[Sequence[object]]], bytes]


BUNDLES = """
[[trainings]]
code = "prise-en-main"
category = "robotique"
kind = "self_training"
name = "Prise en main"
minutes = 45
[[bundles]]
slug = "trousse"
name = "Trousse"
category = "robotique"
levels = ["primary"]
lines = [{ product = "robot", quantity = 6 }, { product = "cable", quantity = 1, optional = true }]
[[bundles]]
slug = "grand"
name = "Grand combo; et plus"
category = "robotique"
levels = ["primary", "secondary"]
pupils_each = 24
trainings = [{ training = "prise-en-main", quantity = 2 }]
lines = [
    { bundle = "trousse", quantity = 1 },
    { product = "tablette", quantity = 2, choice = "l'écran", taken = true },
    { product = "cable", quantity = 3, choice = "l'écran" },
]
"""


async def _load(who: Actor, kind: str, content: str | bytes, *, dry_run: bool = False) -> CatalogueImported:
    content = content.encode() if isinstance(content, str) else content
    return await import_sheet(who, kind, BytesIO(content), f"{kind}.csv", dry_run=dry_run)


async def _export(who: Actor, kind: str, write: Write = csv_file) -> bytes:
    return write(*await rows_of(who, kind))


async def _fill() -> None:
    await make_board("990000")
    await make_product("tablette", 393_00)
    await make_product("robot", 99_05, category="robotique", tracked=False)
    await make_product("cable", 7, category="robotique", tracked=False)
    await make_contract("achat", boards=["990000"], kinds=["appareil", "petit, et gros"], until_day=date(2028, 6, 30))
    await make_contract("990-local", board="990000")
    await make_price("tablette", 350_10, contract="achat", minimum=10)
    await make_price("tablette", 370_00, board="990000", contract="990-local")
    await import_catalogue(system(), [File("combos.toml", BUNDLES.encode())])
    await execute("UPDATE product SET french_interface = false, warranty_months = 12 WHERE code = 'robot'")
    await execute("UPDATE product SET name = '=1+1', description = E'- premier\\n- second' WHERE code = 'robot'")
    await execute("UPDATE supplier SET neq = '1145678901', phone = '+1 418 555-0101', address_1 = '''=piège'''")
    await execute("UPDATE price SET until_day = '2026-12-31' WHERE before_tax_cents = 9905")


async def _rows() -> list[list[tuple[object, ...]]]:
    tables = [
        "supplier", "contract", "contract_kind", "contract_bound", "product", "price", "training", "bundle", "bundle_line",
        "bundle_training",
    ]  # fmt: skip
    return [[tuple(row) for row in await fetch(f"SELECT * FROM {table} ORDER BY id")] for table in tables]


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
@pytest.mark.parametrize("kind", list(SHEETS))
async def test_what_is_written_out_and_read_back_changes_nothing(kind: str, write: Write) -> None:
    await _fill()
    before = await _rows()
    for who in (system(), await make_actor("ministry")):
        result = await _load(who, kind, await _export(who, kind, write))
        assert (result.refused, result.created, result.changed, result.closed) == ([], 0, 0, 0)
        assert result.read == result.unchanged > 0
    assert await _rows() == before


@pytest.mark.parametrize("kind", ["contracts", "prices"])
async def test_a_board_takes_out_what_is_its_own_and_brings_it_back_unchanged(kind: str) -> None:
    await _fill()
    before = await _rows()
    board = await make_actor("purchasing", board="990000")
    result = await _load(board, kind, await _export(board, kind))
    assert (result.read, result.unchanged, result.refused) == (1, 1, [])
    assert await _rows() == before


@pytest.mark.parametrize("kind", list(SHEETS))
async def test_an_export_loads_into_an_empty_catalogue(kind: str) -> None:
    await _fill()
    files = {each: await _export(system(), each) for each in SHEETS}
    whole = {each: await fetch_value(f"SELECT count(*) FROM {each[:-1]}") for each in SHEETS}
    for table in (
        "bundle_training",
        "bundle_line",
        "bundle",
        "training",
        "price",
        "contract_kind",
        "contract_bound",
        "contract",
        "product",
        "supplier",
    ):
        await execute(f"DELETE FROM {table}")
    for each in SHEETS:
        result = await _load(system(), each, files[each])
        assert (result.refused, result.created) == ([], whole[each])
    assert await _export(system(), kind) == files[kind]


async def test_no_cell_of_an_export_is_a_formula() -> None:
    await _fill()
    text = (await _export(system(), "products")).decode("utf-8-sig")
    assert "'=1+1" in text
    assert ";=" not in text


@pytest.mark.parametrize(
    ("cell", "read"), [("'=a", "=a"), ("''=a", "'=a"), ("'été", "'été"), (" a ", "a"), ("' +1", " +1")]
)
def test_an_apostrophe_before_a_formula_is_not_part_of_the_text(cell: str, read: str) -> None:
    assert words(cell) == read


async def test_a_dry_run_says_what_would_change_and_changes_nothing() -> None:
    await _fill()
    before = await _rows()
    table = "Code;Nom;NEQ\nnouveau;Nouveau;\nfournisseur;Autre nom;1145678901\n"
    said = await _load(system(), "suppliers", table, dry_run=True)
    assert (said.created, said.changed, said.refused) == (1, 1, [])
    assert await _rows() == before
    done = await _load(system(), "suppliers", table)
    assert (done.created, done.changed) == (1, 1)
    again = await _load(system(), "suppliers", table)
    assert again.unchanged == 2


async def test_a_wrong_line_is_refused_by_its_heading_and_the_others_apply() -> None:
    await _fill()
    table = (
        "Produit;Fournisseur;Prix avant taxes;Du;Vu le;Source;Contrat;Quantité minimale\n"
        "tablette;fournisseur;390,50;2026-11-01;2026-10-30;soumission;;\n"
        "absent;fournisseur;10;2026-11-01;2026-10-30;soumission;;\n"
        "tablette;inconnu;10;2026-11-01;2026-10-30;soumission;;\n"
        "tablette;fournisseur;dix;2026-11-01;2026-10-30;soumission;;\n"
        "tablette;fournisseur;10;31/02/2026;2026-10-30;soumission;;\n"
        "tablette;fournisseur;10;2026-11-01;2026-10-30;soumission;rien;\n"
        "tablette;fournisseur;10;2026-11-01;2026-10-30;soumission;;0\n"
        "tablette;fournisseur;10;2026-11-01;2026-10-30;;;\n"
    )
    result = await _load(await make_actor("ministry"), "prices", table)
    assert (result.read, result.created) == (8, 1)
    assert [(refusal.line, refusal.column) for refusal in result.refused] == [
        (3, "Produit"), (4, "Fournisseur"), (5, "Prix avant taxes"), (6, "Du"), (7, "Contrat"), (8, "Quantité minimale"),
        (9, "Source"),
    ]  # fmt: skip
    assert await fetch_value("SELECT count(*) FROM price WHERE before_tax_cents = 39050") == 1


async def test_a_missing_column_takes_nothing() -> None:
    with pytest.raises(MissingColumns):
        await _load(system(), "suppliers", "Nom\nTechno\n")


async def test_a_board_loads_its_own_and_nothing_of_others() -> None:
    await _fill()
    await make_board("991000")
    board = await make_actor("purchasing", board="991000")
    result = await _load(
        board,
        "suppliers",
        "Code;Organisme;Nom\n991-bois;;Bois\nfournisseur;;À nous\nbois;;Bois\n991-autre;990000;Autre\n",
    )
    assert result.created == 1
    assert [refusal.line for refusal in result.refused] == [3, 4, 5]
    assert await fetch_value("SELECT board FROM supplier WHERE code = '991-bois'") == "991000"
    prices = "Produit;Fournisseur;Prix avant taxes;Du;Vu le;Source;Contrat\n"
    result = await _load(
        board,
        "prices",
        f"{prices}tablette;fournisseur;1;2026-11-01;2026-10-30;s;\n"
        "tablette;fournisseur;2;2026-11-01;2026-10-30;s;990-local\n",
    )
    assert (result.created, [refusal.line for refusal in result.refused]) == (1, [3])
    async with transaction(await make_actor("purchasing", board="990000")):
        assert await fetch_value("SELECT count(*) FROM price WHERE before_tax_cents = 100") == 0
    with pytest.raises(Forbidden):
        await _load(board, "products", "Code;Nom\nx;X\n")
    with pytest.raises(Forbidden):
        await _load(await make_actor("technician", board="991000"), "suppliers", "Code;Nom\nx;X\n")


async def test_a_contract_is_changed_by_a_table_but_for_its_supplier_and_kind() -> None:
    await _fill()
    table = "Code;Au;Organismes liés;Lie tous\nachat;2029-06-30;;oui\n"
    result = await _load(system(), "contracts", table)
    assert (result.changed, result.refused) == (1, [])
    row = await fetch("SELECT until_day, binds_all FROM contract WHERE code = 'achat'")
    assert tuple(row[0]) == (date(2029, 6, 30), True)
    assert await fetch_value("SELECT count(*) FROM contract_bound") == 0
    refused = await _load(system(), "contracts", "Code;Genre\nachat;direct\n")
    assert [refusal.column for refusal in refused.refused] == ["Genre"]
