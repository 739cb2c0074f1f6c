import io
import zipfile
from uuid import uuid4

import pytest

from kit import attachments
from kit.actor import system
from kit.attachments import LARGEST, MOST, NotAccepted, TooMany, attach, content_of, file_name, kind_of, listing, remove
from kit.database import transaction
from kit.errors import Invalid, NotFound
from tests.factories import make_board, make_school

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360000002000154a24f5d0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def office(part: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<a/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("photo.png", PNG, "image/png"),
        ("photo.pdf", PNG, "image/png"),
        ("facture", PDF, "application/pdf"),
        ("séries.csv", "n°;série\r\n".encode(), "text/plain"),
        ("liste.xlsx", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, expected: str) -> None:
    assert kind_of(name, content) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("page.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("outil.exe", b"MZ\x90\x00\x03" + b"\x00" * 60),
        ("texte.txt", b"\xff\xfe\x00\x01\x02"),
        ("photo.gif.html", b"GIF89a<script>"),
        ("rien.bin", bytes(range(16))),
    ],
)
def test_what_is_no_document_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(NotAccepted):
        kind_of(name, content)


def test_an_empty_and_a_huge_file_are_refused() -> None:
    for content in (b"", PDF + b" " * LARGEST):
        with pytest.raises(Invalid):
            kind_of("facture.pdf", content)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dossier\\facture.pdf", "facture.pdf"),
        ('fac"ture\r\n.pdf', "facture.pdf"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("...", "fichier"),
        ("é" * 300 + ".pdf", "é" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.usefixtures("db")
async def test_a_file_is_kept_once_found_by_its_thing_and_taken_out_of_sight() -> None:
    board = await make_board()
    school = await make_school(board=board)
    async with transaction(system()):
        place = {"kind": "selection", "subject": "P-1", "board": board, "school": school}
        first = await attach(system(), **place, name="facture.pdf", content=PDF)
        again = await attach(system(), **place, name="la même.pdf", content=PDF)
        assert again == first
        assert await listing("selection", "P-1") == [first]
        assert (await content_of("selection", "P-1", first.id)).content == PDF
        for kind, subject, key in (
            ("order", "P-1", first.id),
            ("selection", "P-2", first.id),
            ("selection", "P-1", uuid4()),
        ):
            with pytest.raises(NotFound):
                await content_of(kind, subject, key)
        assert await remove("selection", "P-1", first.id) == "facture.pdf"
        assert await listing("selection", "P-1") == []
        with pytest.raises(NotFound):
            await content_of("selection", "P-1", first.id)


@pytest.mark.usefixtures("db")
async def test_a_thing_has_a_bounded_number_of_files() -> None:
    board = await make_board()
    async with transaction(system()):
        for place in range(MOST):
            await attach(
                system(),
                kind="invoice",
                subject="F-1",
                board=board,
                name=f"{place}.txt",
                content=f"{place}".encode(),
            )
        with pytest.raises(TooMany):
            await attach(system(), kind="invoice", subject="F-1", board=board, name="trop.txt", content=b"trop")


def test_a_download_never_opens_in_the_browser() -> None:
    answer = attachments.download(attachments.Content("reçu été.pdf", "application/pdf", PDF))
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "re%C3%A7u%20%C3%A9t%C3%A9.pdf" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
