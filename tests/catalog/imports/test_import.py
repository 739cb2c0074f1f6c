"""A person's catalogue file: what is right applies, what is wrong is refused in one sentence that says where."""

from datetime import date

import pytest

from catalog.imports.operations import File, import_catalogue
from catalog.imports.schemas import CatalogueImported
from catalog.products.queries import one
from kit.actor import Actor, Scope, system
from kit.database import fetch, fetch_value
from kit.encodings import Unreadable
from kit.errors import Forbidden
from kit.events import timeline

pytestmark = pytest.mark.usefixtures("db")

SMALL = """
[[suppliers]]
code = "exemple"
name = "Exemple inc."

[[products]]
code = "robot-a"
category = "robotique"
kind = "robot"
name = "Robot A"
tracked = true

[[prices]]
product = "robot-a"
supplier = "exemple"
before_tax = 100.00
from = 2026-07-01
seen_on = 2026-06-01
source = "soumission 12"

[[trainings]]
code = "auto-a"
category = "robotique"
kind = "self_training"
name = "Autoformation A"

[[bundles]]
slug = "combo-a"
name = "Combo A"
category = "robotique"
levels = ["primary"]
lines = [{ product = "robot-a", quantity = 3 }]
trainings = ["auto-a"]
"""


async def _load(text: str | bytes, *, name: str = "mien.toml", dry_run: bool = False) -> CatalogueImported:
    content = text.encode() if isinstance(text, str) else text
    return await import_catalogue(system(), [File(name, content)], dry_run=dry_run)


def _price(before_tax: str, since: str, more: str = "") -> str:
    return (
        '[[prices]]\nproduct = "robot-a"\nsupplier = "exemple"\n'
        f'before_tax = {before_tax}\nfrom = {since}\nseen_on = 2026-11-01\nsource = "soumission 13"\n{more}\n'
    )


async def test_a_dry_run_counts_the_same_and_writes_nothing() -> None:
    tried = await _load(SMALL, dry_run=True)
    assert await fetch_value("SELECT count(*) FROM product") == 0

    assert await _load(SMALL) == tried
    assert tried.created == tried.read == 5


async def test_only_a_person_who_may_write_the_catalogue_loads_one() -> None:
    reader = Actor(scope=Scope.ministry, name="Lecture", rights=frozenset({"catalogue.read"}))
    with pytest.raises(Forbidden):
        await import_catalogue(reader, [File("mien.toml", SMALL.encode())])
    writer = Actor(scope=Scope.ministry, name="Écriture", rights=frozenset({"catalogue.read", "catalogue.write"}))
    assert (await import_catalogue(writer, [File("mien.toml", SMALL.encode())])).created == 5
    assert (await timeline("product", "robot-a"))[0].actor_name == "Écriture"


async def test_a_new_price_ends_the_old_one_the_day_before_and_rewrites_nothing() -> None:
    await _load(SMALL)
    result = await _load(_price("110.50", "2027-01-15"))

    assert (result.created, result.changed, result.notes) == (1, 0, ["1 prix prend fin la veille du suivant."])
    history = (await one(system(), "robot-a", on_day=date(2026, 12, 1))).price_history
    assert [(p.before_tax_cents, p.from_day, p.until_day) for p in history] == [
        (110_50, date(2027, 1, 15), None),
        (100_00, date(2026, 7, 1), date(2027, 1, 14)),
    ]
    whats = [event.what for event in await timeline("product", "robot-a")]
    assert sorted(whats) == ["product.created", "product.price_added", "product.price_added", "product.price_ended"]
    # The first file again: its price is there, its end stays.
    assert (await _load(SMALL)).unchanged == 5
    again = (await one(system(), "robot-a")).price_history
    assert again == history


async def test_another_amount_from_the_same_day_is_refused() -> None:
    await _load(SMALL)
    result = await _load(_price("120.00", "2026-07-01"))

    (refusal,) = result.refused
    assert (refusal.line, refusal.column, refusal.value) == (4, "before_tax", "120.00")
    assert "100,00\u00a0$" in refusal.reason and "1er\u00a0juillet\u00a02026" in refusal.reason
    assert await fetch_value("SELECT before_tax_cents FROM price") == 100_00


async def test_where_a_price_was_seen_may_be_corrected_and_leaves_a_trace() -> None:
    await _load(SMALL)
    result = await _load(_price("100.00", "2026-07-01", "until = 2027-06-30"))

    assert (result.created, result.changed) == (0, 1)
    row = (await fetch("SELECT source, until_day, seen_on FROM price"))[0]
    assert tuple(row) == ("soumission 13", date(2027, 6, 30), date(2026, 11, 1))
    correction = next(e for e in await timeline("product", "robot-a") if e.what == "product.price_corrected")
    assert correction.before is not None and correction.before["source"] == "soumission 12"


async def test_three_prices_of_one_file_fall_into_order_whatever_theirs() -> None:
    await _load(SMALL)
    result = await _load(
        _price("130.00", "2029-07-01") + _price("110.00", "2027-07-01") + _price("120.00", "2028-07-01")
    )

    assert result.created == 3
    rows = await fetch("SELECT before_tax_cents, until_day FROM price ORDER BY from_day")
    assert [tuple(row) for row in rows] == [
        (100_00, date(2027, 6, 30)),
        (110_00, date(2028, 6, 30)),
        (120_00, date(2029, 6, 30)),
        (130_00, None),
    ]


async def test_an_absent_key_keeps_what_is_recorded_and_an_empty_one_clears_it() -> None:
    await _load(SMALL.replace("tracked = true", 'tracked = true\nmaker = "Atelier"\nfrench_interface = true'))
    kept = await _load('[[products]]\ncode = "robot-a"\nname = "Robot A2"')
    product = (await one(system(), "robot-a")).product
    assert (kept.changed, product.name, product.maker, product.french_interface) == (1, "Robot A2", "Atelier", True)
    assert product.version == 2

    await _load('[[products]]\ncode = "robot-a"\nmaker = ""\nfrench_interface = ""')
    product = (await one(system(), "robot-a")).product
    assert (product.maker, product.french_interface) == ("", None)


async def test_a_closed_entry_is_counted_as_closed_and_nothing_is_deleted() -> None:
    await _load(SMALL)
    closing = '[[products]]\ncode = "robot-a"\nclosed_on = 2027-06-30'
    assert (await _load(closing)).closed == 1
    assert (await _load(closing)).unchanged == 1
    assert await fetch_value("SELECT closed_on FROM product") == date(2027, 6, 30)


async def test_a_bundle_that_changes_is_a_new_edition_and_the_old_one_stays_as_it_was() -> None:
    await _load(SMALL)
    more = '[[products]]\ncode = "robot-b"\ncategory = "robotique"\nkind = "robot"\nname = "Robot B"\n'
    changed = '[[bundles]]\nslug = "combo-a"\nlines = [{ product = "robot-b", quantity = 2 }]\ntrainings = []\n'
    result = await _load(more + changed)

    assert (result.created, result.changed) == (1, 1)
    lines = await fetch(
        "SELECT b.edition, b.state, p.code, l.quantity FROM bundle b JOIN bundle_line l ON l.bundle = b.id"
        " JOIN product p ON p.id = l.product ORDER BY b.edition"
    )
    assert [tuple(line) for line in lines] == [(1, "retired", "robot-a", 3), (2, "published", "robot-b", 2)]
    assert await fetch_value("SELECT b.edition FROM bundle_training t JOIN bundle b ON b.id = t.bundle") == 1
    event = (await timeline("bundle", "combo-a"))[0]
    assert event.before == {"lines": [{"product": "robot-a", "quantity": 3}], "trainings": ["auto-a"]}


@pytest.mark.parametrize(
    ("find", "put", "line", "column", "reason"),
    [
        ('code = "robot-a"\ncat', 'code = "Robot A"\ncat', 7, "code", "minuscules"),
        ('code = "robot-a"\ncat', "cat", 6, "code", "« code » manque dans cette entrée"),
        ('"robotique"\nkind = "robot"', '"robots"\nkind = "robot"', 8, "category", "Catégorie inconnue"),
        ("before_tax = 100.00", "before_tax = 100.005", 16, "before_tax", "au cent près"),
        ("before_tax = 100.00", "before_tax = 0", 16, "before_tax", "plus grand que zéro"),
        ("before_tax = 100.00", 'before_tax = "100,00"', 16, "before_tax", "Un montant avant taxes"),
        ("before_tax = 100.00", "before_tax = inf", 16, "before_tax", "Un montant avant taxes"),
        ("from = 2026-07-01", 'from = "01/07/2026"', 17, "from", "Une date est attendue"),
        ('source = "soumission 12"', "", 13, "source", "« source » manque"),
        ('supplier = "exemple"', 'supplier = "autre"', 15, "supplier", "Fournisseur inconnu ou refusé"),
        ("tracked = true", 'tracked = "oui"', 11, "tracked", "true ou false"),
        ("quantity = 3", "quantity = 0", 32, "lines", "Un nombre entier de 1 à 10\u00a0000"),
        ('"robot-a", quantity', '"robot-z", quantity', 32, "lines", "Produit inconnu ou refusé : « robot-z »"),
        ('["auto-a"]', '["auto-z"]', 33, "trainings", "Formation inconnue ou refusée"),
        ('["primary"]', '["primaire"]', 31, "levels", "Une liste de niveaux"),
        ('"self_training"', '"cours"', 24, "kind", "self_training, accompaniment"),
    ],
)
async def test_a_wrong_key_refuses_its_entry_alone_by_line_and_column(
    find: str, put: str, line: int, column: str, reason: str
) -> None:
    assert SMALL.count(find) == 1
    result = await _load(SMALL.replace(find, put))

    first = result.refused[0]
    assert (first.line, first.column) == (line, column)
    assert reason.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»") in first.reason
    # Whatever does not depend on it applies, and every entry is accounted for.
    assert result.read == 5 == result.created + len(result.refused)
    assert await fetch_value("SELECT count(*) FROM supplier") == 1


async def test_what_names_a_refused_entry_is_refused_with_it() -> None:
    result = await _load(SMALL.replace('kind = "robot"', "kind = 4"))

    assert [(refusal.line, refusal.column) for refusal in result.refused] == [
        (9, "kind"),
        (14, "product"),
        (32, "lines"),
    ]
    assert await fetch_value("SELECT count(*) FROM bundle") == 0


async def test_a_code_twice_in_a_file_is_refused_the_second_time() -> None:
    result = await _load(SMALL + '\n[[suppliers]]\ncode = "exemple"\nname = "Autre"\n')

    (refusal,) = result.refused
    assert refusal.reason == "Ce code est déjà à la ligne 2."
    assert await fetch_value("SELECT name FROM supplier") == "Exemple inc."


async def test_unknown_keys_and_sections_are_named_in_notes() -> None:
    result = await _load(SMALL.replace("tracked = true", 'couleur = "bleu"') + '\n[[fournisseur]]\ncode = "x"\n')

    assert len(result.notes) == 2
    assert "fournisseur" in result.notes[0] and "couleur" in result.notes[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (b"code;nom\na;b\n", "ligne 1, colonne"),
        (SMALL.encode() + b"\n[[products]]\ncode = ", "n'est pas du TOML lisible"),
        ('[[suppliers]]\ncode = "é"'.encode("cp1252"), "UTF-8 (ligne 2)"),
        (b'[suppliers]\ncode = "x"', "[[suppliers]]"),
        (b'[[autre]]\nx = 1', "aucune entrée"),
        (b"x = " + b"[" * 5000 + b"]" * 5000, "emboîté"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (SMALL.encode("utf-16"), "UTF-8"),
    ],
)  # fmt: skip
async def test_an_unreadable_file_changes_nothing_not_even_by_the_good_one_beside_it(
    content: bytes, words: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        await import_catalogue(system(), [File("bon.toml", SMALL.encode()), File("mauvais.toml", content)])

    assert "mauvais.toml" in refused.value.detail and words in refused.value.detail
    assert await fetch_value("SELECT count(*) FROM supplier") == 0


async def test_several_files_name_themselves_in_refusals() -> None:
    files = [File("a.toml", SMALL.encode()), File("b.toml", b'\n[[suppliers]]\ncode = "b"\nneq = "12"\nname = "B"')]
    result = await import_catalogue(system(), files)

    (refusal,) = result.refused
    assert (refusal.file, refusal.line, refusal.column) == ("b.toml", 4, "neq")


async def test_lines_are_right_after_long_strings_byte_order_mark_and_windows_line_ends() -> None:
    text = '[[products]]\ncode = "p"\ndescription = """\n[[prices]]\nneq = 1\n"""\n\n[[suppliers]]\ncode = "b"\nneq = "12"\n'
    result = await _load(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert [(refusal.line, refusal.column) for refusal in result.refused] == [(1, "category"), (10, "neq")]
