"""The catalogue that ships with the program."""

import pytest

from catalog.bundles.queries import list_bundles, one
from catalog.imports.cli import STARTER
from catalog.imports.operations import File, import_catalogue
from catalog.products.queries import search
from kit.actor import system
from kit.database import fetch, fetch_value

pytestmark = pytest.mark.usefixtures("db")

CATEGORIES = {"robotique", "laboratoire-creatif", "flotte-appareils"}


def _starter() -> list[File]:
    return [File(STARTER.name, STARTER.read_bytes())]


async def test_every_entry_of_the_starter_is_taken_and_a_second_run_changes_nothing() -> None:
    first = await import_catalogue(system(), _starter())
    events = await fetch_value("SELECT count(*) FROM event")
    second = await import_catalogue(system(), _starter())

    assert (first.refused, first.notes) == ([], [])
    assert first.created == first.read > 80
    assert (second.created, second.changed, second.closed, second.refused) == (0, 0, 0, [])
    assert second.unchanged == second.read == first.read
    assert await fetch_value("SELECT count(*) FROM event") == events


async def test_each_category_has_choices_from_a_few_hundred_to_thousands_of_dollars_for_every_level() -> None:
    await import_catalogue(system(), _starter())
    bundles = await list_bundles(system())

    assert {bundle.category for bundle in bundles} == CATEGORIES
    for category in CATEGORIES:
        mine = [bundle for bundle in bundles if bundle.category == category]
        assert len(mine) >= 5
        assert all(bundle.available and bundle.trainings and bundle.sample for bundle in mine)
        prices = [bundle.net_cents or 0 for bundle in mine]
        assert min(prices) < 1_000_00 and max(prices) > 3_500_00
    assert {level for bundle in bundles for level in bundle.levels} == {"preschool", "primary", "secondary", "adult"}
    # What a bundle of a category brings is counted by the floor of that category.
    assert all(set(bundle.units) == {bundle.category} for bundle in bundles)


async def test_six_tablets_at_393_dollars_cost_2520_39_net() -> None:
    await import_catalogue(system(), _starter())
    bundle = await one(system(), "ilot-six-tablettes")

    assert (bundle.before_tax_cents, bundle.net_cents) == (2_358_00, 2_520_39)
    assert (bundle.gst_cents, bundle.qst_cents) == (117_90, 235_21)
    assert bundle.units == {"flotte-appareils": 6}


async def test_every_price_says_where_and_when_it_was_seen_and_that_it_is_a_sample() -> None:
    await import_catalogue(system(), _starter())
    products = (await search(system(), limit=100)).items
    rows = await fetch("SELECT source, source_note, sample FROM price")

    assert len(products) >= 25 and all(product.prices for product in products)
    assert all(row["source"] and row["sample"] for row in rows)
    foreign = [row["source_note"] for row in rows if any(unit in row["source_note"] for unit in ("USD", "EUR", "GBP"))]
    assert len(foreign) >= 9
    assert all(row["source_note"] for row in rows if row["source"].startswith("http"))
