"""The label sheet is read back: every code by a decoder, every word by text extraction."""

import io

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from inventory.labels.documents import label_sheet
from inventory.labels.rules import label_address, stock, stocks
from inventory.labels.schemas import Label
from kit.errors import Invalid

ADDRESS = "https://inventaire.exemple.qc.ca"
LONG = "École secondaire polyvalente Monseigneur-Édouard-Lavergne-de-la-Côte-Nord-du-Fleuve"
CODES = "34ABCD67"


def _labels(how_many: int, *, school: str = "École de l'Île-aux-Œufs") -> list[Label]:
    return [Label(f"990-{n:06}", f"7K3M{n:04}", school, "Tablette « iPad »") for n in range(1, how_many + 1)]


def _read(pdf: bytes, *, dpi: float) -> list[list[tuple[str, float, float]]]:
    """By page: what each code says, and its middle in millimetres from the top left corner."""
    pages = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        found = zxingcpp.read_barcodes(image)
        assert {code.format for code in found} == {zxingcpp.BarcodeFormat.QRCode}  # never a Micro QR
        at = [(b.position.top_left, b.position.bottom_right) for b in found]
        middles = [((a.x + b.x) / 2 * 25.4 / dpi, (a.y + b.y) / 2 * 25.4 / dpi) for a, b in at]
        pages.append([(b.text, *middle) for b, middle in zip(found, middles, strict=True)])
    document.close()
    return pages


@pytest.mark.parametrize("dpi", [300, 203, 203 * 0.85], ids=["300 dpi", "203 dpi", "203 dpi shrunk to 85 %"])
@pytest.mark.parametrize("paper", sorted(stocks()))
def test_every_code_on_every_paper_is_read_back(paper: str, dpi: float) -> None:
    labels = _labels(min(stock(paper).per_page + 2, 32))
    pdf = label_sheet(labels, stock=stock(paper), start_at=1, address=ADDRESS)

    read = [text for page in _read(pdf, dpi=dpi) for text, _x, _y in page]
    assert sorted(read) == [f"HTTPS://INVENTAIRE.EXEMPLE.QC.CA/L/{label.label_code}" for label in labels]


def test_a_sheet_starts_at_the_label_asked_for_and_goes_on_by_rows() -> None:
    pdf = label_sheet(_labels(26), stock=stock("letter-3x10"), start_at=7, address=ADDRESS)
    first, second = _read(pdf, dpi=300)

    assert len(first) == 24 and len(second) == 2
    by_code = {text[-8:]: (x, y) for text, x, y in first + second}
    # Label 7 is the first of the third row; label 8 is one column on; label 25 is the first of the second page.
    x7, y7 = by_code["7K3M0001"]
    x8, y8 = by_code["7K3M0002"]
    assert (x7, y7) == pytest.approx((4.76 + 1.2 + 11.5, 12.7 + 2.5 * 25.4), abs=0.6)
    assert (x8 - x7, y8 - y7) == pytest.approx((69.85, 0), abs=0.3)
    assert by_code["7K3M0025"] == pytest.approx((x7, 12.7 + 25.4 / 2), abs=0.6)


def test_offsets_move_every_label_by_millimetres() -> None:
    def middle(offset: tuple[float, float]) -> tuple[float, float]:
        pdf = label_sheet(_labels(1), stock=stock("letter-3x10"), start_at=5, address=ADDRESS, offset_mm=offset)
        ((_text, x, y),) = _read(pdf, dpi=300)[0]
        return x, y

    x, y = middle((0, 0))
    assert middle((1.5, -2.0)) == pytest.approx((x + 1.5, y - 2.0), abs=0.15)


def test_the_words_of_a_label_are_its_tag_device_school_and_code() -> None:
    reader = PdfReader(io.BytesIO(label_sheet(_labels(2), stock=stock("letter-3x10"), start_at=1, address=ADDRESS)))
    text = reader.pages[0].extract_text()

    for words in ("990-000001", "Tablette « iPad »", "École de l'Île-aux-Œufs", "7K3M 0001", "990-000002"):
        assert words in text
    assert reader.metadata is not None and reader.metadata.title == "Étiquettes 990-000001 à 990-000002"
    assert str(reader.root_object["/Lang"]) == "fr-CA"
    assert reader.root_object["/ViewerPreferences"]["/PrintScaling"] == "/None"  # type: ignore[index]


def test_a_long_name_is_cut_inside_its_label() -> None:
    labels = _labels(3, school=LONG)
    pdf = label_sheet(labels, stock=stock("letter-3x10"), start_at=1, address=ADDRESS)
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()

    assert LONG not in text and text.count("…") == 3
    # Nothing is drawn between two labels, nor in the margin to the right of the third.
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=300 / 72, grayscale=True).to_pil()
    for left, right in ((4.7625 + 66.675, 4.7625 + 69.85), (4.7625 + 2 * 69.85 + 66.675, 215.9)):
        strip = image.crop((round(left / 25.4 * 300), 0, round(right / 25.4 * 300), image.height))
        assert strip.getextrema() == (255, 255)
    assert image.getextrema() == (0, 255)


@pytest.mark.parametrize("start_at", [0, 31, -1])
def test_a_start_that_the_sheet_has_not_is_refused(start_at: int) -> None:
    with pytest.raises(Invalid) as refused:
        label_sheet(_labels(1), stock=stock("letter-3x10"), start_at=start_at, address=ADDRESS)
    assert refused.value.errors == {"start_at": "Cette feuille a des étiquettes de 1 à 30."}


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("https://inventaire.exemple.ca", f"HTTPS://INVENTAIRE.EXEMPLE.CA/L/{CODES}"),
        ("http://127.0.0.1:8000", f"HTTP://127.0.0.1:8000/L/{CODES}"),
        # Below a path, which is not the same in capitals, or on a host outside the compact characters: as it is.
        ("https://exemple.ca/inventaire", f"https://exemple.ca/inventaire/L/{CODES}"),
        ("https://parc_scolaire.exemple.ca", f"https://parc_scolaire.exemple.ca/L/{CODES}"),
    ],
)
def test_the_address_is_in_capitals_where_that_changes_nothing(address: str, held: str) -> None:
    assert label_address(address, CODES) == held
    label = Label("990-000001", CODES, "École", "Robot")
    pdf = label_sheet([label], stock=stock("letter-3x10"), start_at=1, address=address)
    assert [text for text, _x, _y in _read(pdf, dpi=203)[0]] == [held]


def test_the_codes_are_vectors_not_pictures() -> None:
    reader = PdfReader(io.BytesIO(label_sheet(_labels(3), stock=stock("letter-3x10"), start_at=1, address=ADDRESS)))
    assert list(reader.pages[0].images) == []
