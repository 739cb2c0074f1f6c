"""Écofrais: of a product or of a kind, from a day on, on a line of their own."""

from datetime import date, timedelta

import pytest

from catalog.fees import operations, queries
from catalog.fees.operations import FeeInOrder
from catalog.fees.schemas import NewEcoFee
from catalog.products.offers import Fee, offers_for
from kit.clock import today
from kit.database import fetch_value
from kit.errors import Forbidden, Invalid
from tests.factories import make_actor, make_board, make_product

pytestmark = pytest.mark.usefixtures("db")


def _of_kind(cents: int | None, *, day: date | None = None) -> NewEcoFee:
    return NewEcoFee(
        category="flotte-appareils", kind="appareil", before_tax_cents=cents, from_day=day or today(), source="ARPE"
    )


async def _fee(code: str, day: date | None = None) -> int | None:
    product = await fetch_value("SELECT id FROM product WHERE code = $1", code)
    fee: Fee | None = (await offers_for(None, [(product, 1)], day or today()))[product, 1].fee
    return fee.before_tax_cents if fee else None


async def test_a_fee_of_a_kind_goes_with_each_product_of_it_and_a_products_own_comes_first() -> None:
    ministry = await make_actor("ministry")
    for code in ("tablette", "portable"):
        await make_product(code)
    await make_product("colle", tracked=False, category="robotique")
    await operations.add(ministry, _of_kind(45))
    own = NewEcoFee(product="portable", before_tax_cents=80, from_day=today(), source="ARPE")
    await operations.add(ministry, own)

    assert [await _fee(code) for code in ("tablette", "portable", "colle")] == [45, 80, None]
    assert not await fetch_value("SELECT tracked FROM product WHERE code = 'ecofrais-flotte-appareils'")


async def test_a_fee_changes_and_ends_from_a_day_on() -> None:
    ministry = await make_actor("ministry")
    await make_product("tablette")
    days = [today() + timedelta(days=n) for n in (0, 10, 20)]
    await operations.add(ministry, _of_kind(45, day=days[0]))
    await operations.add(ministry, _of_kind(60, day=days[1]))
    await operations.add(ministry, _of_kind(None, day=days[2]))

    assert [await _fee("tablette", day) for day in days] == [45, 60, None]
    assert await _fee("tablette", days[1] - timedelta(days=1)) == 45
    listed = (await queries.search(ministry, limit=1)).items + (
        await queries.search(ministry, limit=1, after=(await queries.search(ministry, limit=1)).next)
    ).items
    assert [(fee.before_tax_cents, fee.until_day) for fee in listed] == [
        (60, days[2] - timedelta(days=1)),
        (45, days[1] - timedelta(days=1)),
    ]


async def test_what_is_wrong_is_refused_and_writes_nothing() -> None:
    ministry = await make_actor("ministry")
    await make_board("990000")
    await make_product("tablette")
    wrong = [
        NewEcoFee(before_tax_cents=45, from_day=today(), source="x"),
        NewEcoFee(product="absent", before_tax_cents=45, from_day=today(), source="x"),
        NewEcoFee(product="tablette", kind="appareil", before_tax_cents=45, from_day=today(), source="x"),
        NewEcoFee(category="robotique", kind="appareil", before_tax_cents=45, from_day=today(), source="x"),
    ]
    for new in wrong:
        with pytest.raises(Invalid):
            await operations.add(ministry, new)
    with pytest.raises(FeeInOrder):
        await operations.add(ministry, _of_kind(45, day=today() - timedelta(days=1)))
    with pytest.raises(Forbidden):
        await operations.add(await make_actor("purchasing", board="990000"), _of_kind(45))
    assert await fetch_value("SELECT count(*) FROM eco_fee") == 0
