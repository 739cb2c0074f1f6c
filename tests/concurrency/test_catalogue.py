"""Two people who decide on one batch of prices, or add one supplier, at once. Each test commits in a database of its own."""

import asyncio

import pytest

from catalog.feeds import operations, queries
from catalog.feeds.fetching import Fetched
from catalog.feeds.reading import take
from catalog.feeds.rules import BatchDecided
from catalog.feeds.schemas import FeedBatchOut, NewFeed
from catalog.suppliers.operations import add
from catalog.suppliers.rules import SupplierExists
from catalog.suppliers.schemas import NewSupplier, SupplierOut
from kit.actor import system
from kit.database import fetch_value, transaction
from tests.factories import make_product

pytestmark = pytest.mark.usefixtures("committed")


@pytest.mark.parametrize("attempt", range(3))
async def test_a_batch_is_approved_or_rejected_never_both_and_its_prices_are_written_once(attempt: int) -> None:
    code, who = f"fil-{attempt}", system()
    await make_product(f"article-{attempt}", 100_00)
    mapping = {"product": "A", "before_tax": "P"}
    feed = NewFeed(code=code, supplier="fournisseur", address="https://prix.invalid/a", mapping=mapping)
    await operations.add(who, feed)
    await take(who, code, Fetched(f"A;P\narticle-{attempt};90\n".encode()))

    results = await asyncio.gather(
        *(operations.approve(who, code, 1) for _ in range(5)),
        *(operations.reject(who, code, 1, "Non") for _ in range(5)),
        return_exceptions=True,
    )

    state = (await queries.batch(who, code, 1)).state
    done = [result for result in results if isinstance(result, FeedBatchOut)]
    assert {batch.state for batch in done} == {state}
    assert len(done) == (5 if state == "approved" else 1)
    assert all(isinstance(result, BatchDecided) for result in results if not isinstance(result, FeedBatchOut))
    async with transaction(who):
        prices = await fetch_value(
            "SELECT count(*) FROM price x JOIN product p ON p.id = x.product WHERE p.code = $1", f"article-{attempt}"
        )
    assert prices == (2 if state == "approved" else 1)


async def test_one_code_is_given_to_one_supplier() -> None:
    results = await asyncio.gather(
        *(add(system(), NewSupplier(code="techno", name=f"Techno {n}")) for n in range(8)), return_exceptions=True
    )
    assert sum(isinstance(result, SupplierOut) for result in results) == 1
    assert sum(isinstance(result, SupplierExists) for result in results) == 7
