"""PDFs say what they are told to, in French letters."""

import io
import re
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from kit import documents
from kit.documents import BOLD, REGULAR, build, drawable, fit, paragraph, titled_table

NBSP = "\u00a0"


def _three_pages() -> list[Flowable]:
    story: list[Flowable] = [paragraph("Bon de commande", "title")]
    for part in ("Livraison", "Lignes"):
        story.append(paragraph(part, "heading"))
        story += [
            paragraph(f"Ligne {i} : cœur à l'ouvrage, « Île » <b>& cie</b> 1{NBSP}234,56{NBSP}$") for i in range(60)
        ]
    return story


@time_machine.travel("2026-09-01T12:00:00Z")
def test_every_page_says_its_number_and_the_day() -> None:
    reader = PdfReader(io.BytesIO(build(_three_pages, title="Bon de commande 42", foot="BC-711-2026-00042")))
    total = len(reader.pages)
    texts = [page.extract_text() for page in reader.pages]

    assert total == 3
    for number, text in enumerate(texts, 1):
        assert f"{number} de {total}" in text
        assert "Imprimé le 1er septembre 2026" in text
        assert "BC-711-2026-00042" in text


def test_title_language_and_bookmarks_are_in_the_catalogue() -> None:
    reader = PdfReader(io.BytesIO(build(_three_pages, title="Bon de commande 42", author="CSS d'essai")))

    assert reader.metadata is not None
    assert reader.metadata.title == "Bon de commande 42"
    assert reader.metadata.author == "CSS d'essai"
    assert str(reader.root_object["/Lang"]) == "fr-CA"
    first, inner = reader.outline
    assert not isinstance(first, list) and isinstance(inner, list)
    entries = [first, *(entry for entry in inner if not isinstance(entry, list))]
    assert [entry.title for entry in entries] == ["Bon de commande", "Livraison", "Lignes"]
    assert reader.get_destination_page_number(entries[2]) == 1


def test_text_is_never_read_as_markup() -> None:
    text = PdfReader(io.BytesIO(build(_three_pages, title="t"))).pages[0].extract_text()

    assert "« Île » <b>& cie</b> 1 234,56 $" in text
    assert "cœur à l'ouvrage" in text


def test_a_sum_is_not_broken_over_two_lines() -> None:
    text: Any = paragraph(f"Total : 1{NBSP}234,56{NBSP}$")
    text.wrap(70, 100)

    assert [" ".join(words) for _, words in text.blPara.lines] == ["Total :", f"1{NBSP}234,56{NBSP}$"]


def test_what_the_font_lacks_is_written_otherwise() -> None:
    assert drawable("1\u202f000 Dvořák 日 e\u0301") == f"1{NBSP}000 Dvorák ? é"


def test_a_long_name_is_cut_with_an_ellipsis_inside_its_width() -> None:
    name = "École secondaire polyvalente Monseigneur-Édouard-Lavergne-de-la-Côte"
    cut = fit(name, font=BOLD, size=8, width=120)

    assert cut.endswith("…") and name.startswith(cut[:-1])
    assert stringWidth(cut, BOLD, 8) <= 120
    assert fit("Île", font=REGULAR, size=8, width=120) == "Île"


def test_a_bare_sheet_has_the_size_asked_for() -> None:
    canvas, buffer = documents.sheet("Étiquettes", page_mm=(62, 29))
    canvas.drawString(10, 10, "à")
    canvas.save()
    page = PdfReader(buffer).pages[0]

    assert round(float(page.mediabox.width) * 25.4 / 72, 2) == 62
    assert round(float(page.mediabox.height) * 25.4 / 72, 2) == 29


def _two_places(rows: int) -> list[Flowable]:
    head = [paragraph("No", "cell_bold"), paragraph("Montant", "cell_bold_right")]
    return [
        paragraph("Bon de commande", "title"),
        *(
            titled_table(
                f"Livrer à : {place}",
                [head, *([paragraph(f"{place}{i:03}", "cell"), paragraph("1,00", "cell_right")] for i in range(rows))],
                widths=[documents.WIDTH - 100, 100],
                under="Local 104",
            )
            for place in "AB"
        ),
    ]


def test_a_table_says_its_title_and_its_heads_again_on_each_page() -> None:
    reader = PdfReader(io.BytesIO(build(lambda: _two_places(100), title="t")))
    texts = [page.extract_text() for page in reader.pages]

    assert len(texts) > 3
    for text in texts:
        assert "Local 104" in text and "Montant" in text
        for place in "AB":
            assert bool(re.search(rf"{place}\d{{3}}", text)) == (f"Livrer à : {place}" in text)
    first, inner = reader.outline
    assert not isinstance(first, list) and first.title == "Bon de commande" and isinstance(inner, list)
    assert [entry.title for entry in inner if not isinstance(entry, list)] == ["Livrer à : A", "Livrer à : B"]


@pytest.mark.parametrize("rows", range(30, 42))
def test_no_title_stays_alone_at_the_foot_of_a_page(rows: int) -> None:
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(build(lambda: _two_places(rows), title="t"))).pages]

    assert "B000" in next(text for text in texts if "Livrer à : B" in text)


@pytest.mark.parametrize("wide", [False, True])
def test_a_text_that_fills_pages_is_broken_over_them_and_whole(wide: bool) -> None:
    def story() -> list[Flowable]:
        rows: list[list[object]] = [
            [paragraph("No"), paragraph("Motif")],
            ["1", [paragraph("Article"), paragraph("w" * 3_000)]],
        ]
        return [titled_table("Lignes", rows, widths=[60, 120]), documents.pairs([("Motif", "w" * 5_000)], label=100)]

    pages = PdfReader(io.BytesIO(build(story, title="Bon", wide=wide))).pages
    assert len(pages) > 2 and sum(page.extract_text().count("w") for page in pages) == 8_000
