"""Two people who price one product at once. Each test commits in a database of its own."""

import asyncio
from datetime import date

import pytest

from catalog.products.operations import add_price
from catalog.products.rules import PriceTaken
from catalog.products.schemas import NewPrice
from kit.actor import system
from kit.database import fetch, transaction
from kit.errors import Refused
from tests.factories import make_product

pytestmark = pytest.mark.usefixtures("committed")


def _price(cents: int, from_day: date) -> NewPrice:
    return NewPrice(
        supplier="fournisseur", before_tax_cents=cents, from_day=from_day, seen_on=from_day, source="soumission"
    )


@pytest.mark.parametrize("attempt", range(3))
async def test_ten_prices_at_once_leave_one_open_and_one_a_day(attempt: int) -> None:
    code = f"course-{attempt}"
    await make_product(code, 100_00)
    days = [date(2027, 1, 1 + n // 2) for n in range(10)]
    results = await asyncio.gather(
        *(add_price(system(), code, _price(200_00 + n, day)) for n, day in enumerate(days)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 5 and all(isinstance(error, Refused) and isinstance(error, PriceTaken) for error in refused)
    async with transaction(system()):
        rows = await fetch(
            "SELECT x.from_day, x.until_day FROM price x JOIN product p ON p.id = x.product WHERE p.code = $1 ORDER BY 1",
            code,
        )
    assert [row["from_day"] for row in rows] == [date(2020, 7, 1), *(date(2027, 1, n) for n in range(1, 6))]
    assert [row["until_day"] for row in rows] == [
        date(2026, 12, 31), *(date(2027, 1, n) for n in range(1, 5)), None,
    ]  # fmt: skip
