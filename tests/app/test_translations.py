"""The English catalogue is whole: `make translations`, then write what it lists."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog

from allocations.adjustments.rules import SENTENCES as OF_ADJUSTMENTS
from allocations.envelopes.rules import REASONS
from allocations.invoices.words import KINDS
from allocations.orders.amendments import SENTENCES as OF_AMENDMENTS
from allocations.reallocations.rules import REASONS as REALLOCATIONS
from directory.words import WHYS as OF_THE_NETWORK
from inventory.assets.words import WHYS as OF_ASSETS
from kit import i18n
from scripts import translations

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return translations.sentences()


@pytest.fixture(scope="module")
def english() -> Catalog:
    return translations.english()


def ids(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}


def test_every_sentence_is_in_english_and_none_is_guessed(sentences: Catalog, english: Catalog) -> None:
    assert ids(sentences) - ids(english) == set(), "run `make translations`, then translate these"
    assert translations.untranslated(english) == []


def test_no_sentence_that_is_gone_is_kept(sentences: Catalog, english: Catalog) -> None:
    assert ids(english) - ids(sentences) == set(), "run `make translations`"
    assert list(english.obsolete) == []


def test_the_file_is_as_make_translations_writes_it(english: Catalog) -> None:
    assert translations.ENGLISH.read_bytes() == translations.written(english)


def test_placeholders_are_kept(english: Catalog) -> None:
    wrong = [
        pair
        for pair in translations.pairs(english)
        if len({tuple(sorted(set(re.findall(r"{[^{}]*}", text)))) for text in pair}) > 1
    ]
    assert wrong == []


def test_english_keeps_no_french_typography(english: Catalog) -> None:
    wrong = [text for _french, text in translations.pairs(english) if re.search(r"[«»\u00a0]| [:?!;%](?!\w)", text)]
    assert wrong == []


def test_lines_and_the_ends_of_sentences_agree(english: Catalog) -> None:
    """A text that stops where the other goes on was cut, or stands beside its neighbour's."""
    wrong = [
        pair
        for pair in translations.pairs(english)
        if len({(text.count("\n"), text[:1] == " ", text[-1:] in ".?", text[-1:] in ": ") for text in pair}) > 1
        and not pair[1].endswith("no.")  # « n° »
        and pair[1] not in ("No.", ": ")
    ]
    assert wrong == []


def test_what_runs_is_what_is_written(english: Catalog) -> None:
    """The compiled file is of this one; else `python scripts/compile_translations.py`."""
    with translations.ENGLISH.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in english:
        if isinstance(message.id, str):
            assert not message.id or compiled.gettext(message.id) == message.string
        else:
            one, many = message.id
            assert (compiled.ngettext(one, many, 1), compiled.ngettext(one, many, 2)) == message.string


# Kept sentences that are not said again, and why.
FRENCH_FOR_GOOD = {
    "Part de l'organisme. {arithmetic}": "the arithmetic of a rule, kept in French whoever computes",
    "Exercice {year} fermé": "why a basket is over: where it stands tells it",
    "Fil de prix {feed}, lot {number}": "the source of a price, data of the catalogue",
}


def test_what_is_kept_in_french_is_said_again_in_the_language_of_its_reader() -> None:
    told = {*REASONS, *REALLOCATIONS, *OF_ASSETS, *OF_THE_NETWORK, *FRENCH_FOR_GOOD}
    kept = {
        argument.value
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "kept"
        for argument in ast.walk(node)
        if isinstance(argument, ast.Constant) and " " in str(argument.value)
    }
    assert len(kept) > 20
    assert kept - told == set()
    assert set(REALLOCATIONS) <= set(REASONS), "the ledger shows them too"


@pytest.mark.parametrize(
    "sentences", [REASONS, OF_AMENDMENTS, OF_ADJUSTMENTS, tuple(KINDS.values()), OF_ASSETS, OF_THE_NETWORK]
)
def test_each_kept_sentence_is_known_from_its_neighbours(sentences: tuple[str | tuple[str, str], ...]) -> None:
    i18n.add_translations(translations.ENGLISH.parents[2])
    for each in sentences:
        for form, n in [(each, 1)] if isinstance(each, str) else [(each[0], 1), (each[1], 3)]:
            figures = {name: f"X{at}" for at, name in enumerate(re.findall(r"{(\w+)}", form))} | {"n": n}
            with i18n.use_language("en"):
                said = i18n._(each) if isinstance(each, str) else i18n.n_(*each, n)
                assert i18n.again(i18n.kept(form, **figures), sentences) == said.format(**figures)


# French that no person reads through the pages, the API, mails or files of the service, and why.
UNMARKED = {
    "src/kit/settings.py": "settings are explained where they are set: in French, as docs/settings.md",
    "src/kit/i18n.py": "the typography itself",
    "src/inventory/assets/rules.py": "what people write where there is no serial number",
    "src/allocations/packs/rules.py": "a letter that the names of files lack",
    "src/catalog/fees/operations.py": "the name of what stands for fees, kept in both languages",
    "src/kit/documents.py": "signs that the fonts lack",
    "src/kit/jobs.py": "why a run failed, for the terminal",
    "src/kit/pages.py": "each language names itself",
    "src/kit/retention.py": "what stands in the place of an erased name",
    "src/app/backup/archive.py": "a note in the backup, for whoever opens it by hand",
    "src/app/demo": "invented people and what they write",
    "src/app/bench": "made-up rows",
    "src/kit/click_words.py": "the terminal speaks French, as its operators do",
    "cli.py": "the terminal speaks French, as its operators do",
}


def unmarked(path: Path) -> Iterator[str]:
    """Texts with French signs that are not given to `_`, `n_`, `lazy`, `lazy_n` or `kept`; docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marked = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "n_", "lazy", "lazy_n", "kept"):
            marked |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        elif isinstance(node, ast.Expr):
            marked.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked:
            yield from re.findall(
                "^.*[éèêëàâçùûôîïœÉÈÊÀÇŒ«»].*$", f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
            )


def test_no_french_goes_round_the_catalogue() -> None:
    found = [
        text
        for path in sorted((ROOT / "src").rglob("*.py"))
        if not any(part in str(path.relative_to(ROOT)) for part in UNMARKED)
        for text in unmarked(path)
    ]
    assert found == []
