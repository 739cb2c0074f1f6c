"""The purchase order on paper: what a supplier reads, page after page."""

import io
from datetime import date

import pypdf
import pytest
from msgspec.structs import replace

from allocations.orders import documents, operations, queries
from allocations.orders.rules import State
from allocations.orders.schemas import OrderFile
from kit.actor import system
from kit.database import execute, transaction
from tests.factories import make_actor, make_approved, make_board, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")
LONG = "Ensemble de robotique avec tapis quadrillé, guides en français et valise à roulettes, garanti trois ans"


async def an_order() -> OrderFile:
    await make_board("990000")
    await make_school("990001")
    async with transaction(system()):
        await execute(
            "UPDATE school SET address_1 = '1, rue de l''Essai', postal_code = 'G0X1A1' WHERE code = '990001'"
        )
    await make_product()
    await make_approved(("appareil", 2))
    who = await make_actor("purchasing", board="990000")
    (order,) = await operations.build(who)
    return await queries.one(who, order.number)


def of_many_lines(file: OrderFile, lines: int) -> OrderFile:
    """The same line again and again, for a school after another."""
    made = [
        replace(
            file.lines[0], position=n, school=f"99{n // 40:04}", description=LONG, quantity=100_000 if n == 1 else 2,
            eco_fee=n == 2, exception_reason="Seul modèle qui va avec les autres" if n == 3 else "",
        )
        for n in range(1, lines + 1)
    ]  # fmt: skip
    return replace(file, lines=made)


def pages(content: bytes) -> list[str]:
    return [page.extract_text().replace("\u00a0", " ") for page in pypdf.PdfReader(io.BytesIO(content)).pages]


async def test_each_page_of_a_long_order_says_its_number_and_where_its_lines_go() -> None:
    file = of_many_lines(await an_order(), 90)
    texts = pages(documents.purchase_order(file))
    assert len(texts) > 4
    for n, text in enumerate(texts, 1):
        assert f"{n} de {len(texts)}" in text and f"{file.order.number} · {file.order.board_name}" in text
        if LONG[:20] in text:
            assert "Livrer à : " in text and "Prix unitaire" in text
    whole = "\n".join(texts)
    assert "100 000" in whole and "1, rue de l'Essai" in whole and "G0X 1A1" in whole
    assert "Hors contrat obligatoire : Seul modèle" in whole and "dont écofrais" in whole
    assert all(
        word in texts[-1]
        for word in ("Sous-total", "TPS (5 %)", "TVQ (9,975 %)", "Total", "Autorisé par", "Conditions :")
    )


async def test_a_cancelled_order_says_who_gave_it_up_and_why() -> None:
    file = await an_order()
    gone = replace(
        file.order,
        state=State.cancelled,
        cancelled_by="group",
        cancel_reason="Modèle retiré.",
        requested_on=date(2027, 3, 1),
    )
    text = "\n".join(pages(documents.purchase_order(replace(file, order=gone))))
    assert "Annulé par le regroupement : Modèle retiré." in text and "1er mars 2027" in text
