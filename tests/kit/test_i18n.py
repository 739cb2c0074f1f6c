"""Words and figures in French and in English."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from kit import i18n
from kit.i18n import (
    MINUS,
    _,
    again,
    clock_time,
    date_long,
    date_time,
    kept,
    lazy,
    money,
    n_,
    number,
    percent,
    preferred_language,
    typography,
    use_language,
)

N = "\u00a0"


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    catalog = Catalog(locale="en")
    catalog.add("Panier soumis.", "Basket submitted.")
    catalog.add("Panier {number} soumis.", "Basket {number} submitted.")
    catalog.add("Bon {number}", "Order {number}")
    catalog.add("Bon {number} annulé", "Order {number} cancelled")
    catalog.add(("{n} bien", "{n} biens"), ("{n} asset", "{n} assets"))
    catalog.add(("{n} bien : {cents}", "{n} biens : {cents}"), ("{n} asset: {cents}", "{n} assets: {cents}"))
    path = tmp_path / "en" / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(i18n, "_folders", [tmp_path])
    i18n._translations.cache_clear()
    yield
    i18n._translations.cache_clear()


def test_french_is_the_source() -> None:
    assert _("Panier soumis.") == "Panier soumis."
    assert _(lazy("Panier soumis.")) == "Panier soumis."
    assert _("") == ""


@pytest.mark.parametrize(("n", "said"), [(0, "0 bien"), (1, "1 bien"), (2, "2 biens"), (21, "21 biens")])
def test_zero_and_one_are_singular_in_french(n: int, said: str) -> None:
    assert n_("{n} bien", "{n} biens", n).format(n=n) == said


@pytest.mark.parametrize(("n", "said"), [(0, "0 assets"), (1, "1 asset"), (2, "2 assets")])
def test_only_one_is_singular_in_english(english: None, n: int, said: str) -> None:
    with use_language("en"):
        assert n_("{n} bien", "{n} biens", n).format(n=n) == said


def test_english_falls_back_to_french_where_it_has_no_word(english: None) -> None:
    with use_language("en"):
        assert _("Panier soumis.") == "Basket submitted."
        assert _("Panier refusé.") == "Panier refusé."
    assert _("Panier soumis.") == "Panier soumis."


def test_an_unknown_language_is_french() -> None:
    with use_language("xx"):
        assert i18n.current_language() == "fr"


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("« Retirer »", f"«{N}Retirer{N}»"),
        ("Total : {x} $.", f"Total{N}: {{x}}{N}$."),
        ("5 % de plus", f"5{N}% de plus"),
        ("Quoi? Non! Oui; non.", "Quoi? Non! Oui; non."),
        ("à 10:30 et :ici", "à 10:30 et :ici"),
    ],
)
def test_french_typography_sets_no_break_spaces(plain: str, set_: str) -> None:
    assert typography(plain) == set_
    assert _(plain) == set_


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (0, f"0,00{N}$", "$0.00"),
        (5, f"0,05{N}$", "$0.05"),
        (123456, f"1{N}234,56{N}$", "$1,234.56"),
        (-123456, f"−1{N}234,56{N}$", "−$1,234.56"),
        (10**12 + 1, f"10{N}000{N}000{N}000,01{N}$", "$10,000,000,000.01"),
    ],
)
def test_money_is_exact_to_the_cent(cents: int, french: str, english: str) -> None:
    assert money(cents) == french
    with use_language("en"):
        assert money(cents) == english


def test_numbers_and_percents() -> None:
    assert number(1342) == f"1{N}342"
    assert number(-7) == "−7"
    assert number(Decimal("28.8")) == "28,8"
    assert percent(0.873) == f"87{N}%"
    with use_language("en"):
        assert number(1342) == "1,342"
        assert percent(0.873, decimals=1) == "87.3%"


def test_dates_are_written_out() -> None:
    assert date_long(date(2026, 9, 4)) == f"4{N}septembre{N}2026"
    assert date_long(date(2026, 9, 1)) == f"1er{N}septembre{N}2026"
    with use_language("en"):
        assert date_long(date(2026, 9, 4)) == f"September{N}4,{N}2026"


def test_instants_are_read_in_montreal() -> None:
    late = datetime(2026, 9, 5, 3, 30, tzinfo=UTC)  # still the 4th in Montréal
    assert date_long(late) == f"4{N}septembre{N}2026"
    assert clock_time(late) == f"23{N}h{N}30"
    assert clock_time(datetime(2026, 11, 24, 10, 0, tzinfo=UTC)) == f"5{N}h"
    assert clock_time(datetime(2026, 11, 24, 10, 5, tzinfo=UTC)) == f"5{N}h{N}05"
    assert date_time(late) == f"4{N}septembre{N}2026, 23{N}h{N}30"
    with use_language("en"):
        assert clock_time(late) == f"11:30{N}p.m."
        assert clock_time(datetime(2026, 9, 5, 4, 0, tzinfo=UTC)) == f"12:00{N}a.m."


@pytest.mark.usefixtures("english")
def test_a_stored_sentence_is_kept_in_french_and_said_again_to_each_reader() -> None:
    reasons = ("Panier {number} soumis.", "Annulation : {why}")
    with use_language("en"):
        stored = kept("Panier {number} soumis.", number="P-1")
        assert stored == "Panier P-1 soumis."
        assert again(stored, reasons) == "Basket P-1 submitted."
        assert again("Annulation : Panier P-1 soumis.", reasons) == f"Annulation{N}: Basket P-1 submitted."
        assert again("Selon l'entente de mai.", reasons) == "Selon l'entente de mai."
    assert again(stored, reasons) == stored


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (f"1 bien : +1{N}234,56{N}$", "1 asset: +$1,234.56"),
        (f"0 bien : 0,05{N}$", "0 assets: $0.05"),
        (f"12 biens : {MINUS}3,00{N}$", f"12 assets: {MINUS}$3.00"),
        ("2 biens : 3,00", "2 assets: 3,00"),
        (f"2 biens : 1er{N}août{N}2026", f"2 assets: August{N}1,{N}2026"),
        ("2 biens : 31 février 2026", "2 assets: 31 février 2026"),
        ("2 biens : 4 étés 2026", "2 assets: 4 étés 2026"),
        ("des biens : 3,00", "des biens : 3,00"),
    ],
)
def test_a_stored_plural_and_its_amounts_are_written_anew(stored: str, said: str) -> None:
    reasons = ("{n} bien", ("{n} bien : {cents}", "{n} biens : {cents}"))
    with use_language("en"):
        assert again(stored, reasons) == said


@pytest.mark.usefixtures("english")
def test_a_stored_sentence_is_the_longest_that_it_may_be() -> None:
    reasons = ("Bon {number}", "Bon {number} annulé")
    with use_language("en"):
        assert again("Bon B-1 annulé", reasons) == "Order B-1 cancelled"
        assert again("Bon B-1", reasons) == "Order B-1"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", "en"),
        ("en-CA,fr;q=0.8", "en"),
        ("fr;q=0.5, en-CA;q=0.7, *;q=0.1", "en"),
        ("de, fr", "fr"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("de", None),
        ("*", None),
        ("friulian, entish", None),
        ("en;q=much", None),
        ("", None),
    ],
)
def test_the_language_that_a_program_prefers(header: str, language: str | None) -> None:
    assert preferred_language(header) == language
