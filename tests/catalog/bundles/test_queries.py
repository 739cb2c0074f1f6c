"""Bundles are priced on a day, as one invoice a supplier, at the cheapest price in force."""

from datetime import date

import pytest

from catalog.bundles.queries import list_bundles, one, search
from kit.actor import Actor, Scope, system
from kit.database import connection, execute
from kit.errors import Forbidden, Invalid, NotFound
from kit.money import share
from tests.factories import make_bundle, make_product

pytestmark = pytest.mark.usefixtures("db")

DAY = date(2026, 11, 24)


async def test_six_units_at_393_dollars_cost_2520_39_net() -> None:
    await make_product("tablette", 393_00)
    await make_bundle("ilot", ("tablette", 6))
    bundle = await one(system(), "ilot", on_day=DAY)

    assert (bundle.before_tax_cents, bundle.net_cents, bundle.available) == (2_358_00, 2_520_39, True)
    assert bundle.units == {"flotte-appareils": 6}


async def test_taxes_are_rounded_once_for_each_supplier() -> None:
    await make_product("a", 10_03, supplier="un")
    await make_product("b", 10_03, supplier="deux")
    await make_bundle("mixte", ("a", 1), ("b", 1))
    bundle = await one(system(), "mixte", on_day=DAY)

    assert bundle.gst_cents == 2 * share(10_03, 50_000) == 100
    assert share(20_06, 50_000) == 100 and bundle.qst_cents == 2 * share(10_03, 99_750)
    alone = 10_03 + 50 + 100 - share(50, 680_000) - share(100, 470_000)
    assert bundle.net_cents == 2 * alone


async def test_the_cheapest_price_in_force_is_taken_and_named() -> None:
    await make_product("a", 120_00, supplier="cher")
    await make_product("a", 100_00, supplier="moins-cher")
    await make_product("a", 50_00, supplier="fini", until_day=date(2026, 6, 30))
    await make_product("a", 10_00, supplier="demain", from_day=date(2027, 1, 1))
    await make_bundle("combo", ("a", 2))

    (line,) = (await one(system(), "combo", on_day=DAY)).lines
    assert (line.supplier, line.unit_before_tax_cents, line.expired_on) == ("moins-cher", 100_00, None)
    (later,) = (await one(system(), "combo", on_day=date(2027, 2, 1))).lines
    assert later.supplier == "demain"


async def test_an_ended_price_is_shown_as_ended_with_its_day() -> None:
    await make_product("a", 100_00, supplier="un", until_day=date(2025, 6, 30))
    await make_product("a", 110_00, supplier="deux", until_day=date(2026, 6, 30))
    await make_bundle("combo", ("a", 1))
    bundle = await one(system(), "combo", on_day=DAY)

    assert (bundle.price_expired, bundle.price_expired_on, bundle.available) == (True, date(2026, 6, 30), False)
    assert bundle.before_tax_cents == 110_00
    assert (await one(system(), "combo", on_day=date(2026, 6, 30))).available


async def test_a_line_without_any_price_leaves_the_total_unknown_not_zero() -> None:
    await make_product("a", 100_00)
    await make_product("b", None)
    await make_bundle("combo", ("a", 1), ("b", 1))
    bundle = await one(system(), "combo", on_day=DAY)

    assert (bundle.before_tax_cents, bundle.net_cents, bundle.available, bundle.price_expired) == (
        None,
        None,
        False,
        False,
    )
    assert [line.unit_before_tax_cents for line in bundle.lines] == [100_00, None]


async def test_a_closed_product_makes_its_bundle_unavailable() -> None:
    await make_product("a", 100_00)
    await make_bundle("combo", ("a", 1))
    await execute("UPDATE product SET closed_on = '2026-10-01' WHERE code = 'a'")
    bundle = await one(system(), "combo", on_day=DAY)

    assert not bundle.available and bundle.lines[0].closed


async def test_untracked_units_do_not_count_for_the_floor() -> None:
    await make_product("a", 100_00)
    await make_product("etui", 5_00, tracked=False)
    await make_bundle("combo", ("a", 2), ("etui", 2))

    assert (await one(system(), "combo", on_day=DAY)).units == {"flotte-appareils": 2}


async def test_lists_keep_to_the_category_the_level_and_what_is_open() -> None:
    await make_product("a", 100_00)
    for slug in ("un", "deux", "trois"):
        await make_bundle(slug, ("a", 1))
    await make_bundle("robots", ("a", 1), category="robotique")
    await execute("UPDATE bundle SET for_adult = false WHERE slug = 'un'")
    await execute("UPDATE bundle SET closed_on = $1 WHERE slug = 'deux'", DAY)

    async def slugs(**only: str) -> list[str]:
        return [bundle.slug for bundle in await list_bundles(system(), on_day=DAY, **only)]

    assert await slugs() == ["robots", "trois", "un"]
    assert await slugs(category="flotte-appareils") == ["trois", "un"]
    assert await slugs(category="flotte-appareils", level="adult") == ["trois"]
    with pytest.raises(Invalid):
        await slugs(level="primaire")


async def test_pages_give_each_bundle_once() -> None:
    await make_product("a", 100_00)
    for number in range(5):
        await make_bundle(f"combo-{number}", ("a", 1))
    seen: list[str] = []
    after = None
    while True:
        page = await search(system(), limit=2, after=after, on_day=DAY)
        seen += [bundle.slug for bundle in page.items]
        if (after := page.next) is None:
            break
    assert seen == [f"combo-{number}" for number in range(5)]


async def test_the_number_of_statements_does_not_grow_with_the_bundles() -> None:
    counts = []
    for number in range(12):
        await make_product(f"p{number}", 100_00, supplier=f"s{number % 3}")
        await make_bundle(f"combo-{number}", (f"p{number}", 1), ("p0", 2) if number else (f"p{number}x", 1))
        queries: list[object] = []
        connection().add_query_logger(queries.append)
        assert len(await list_bundles(system(), on_day=DAY)) == number + 1
        connection().remove_query_logger(queries.append)
        counts.append(len(queries))
    assert len(set(counts)) == 1


async def test_who_may_not_read_the_catalogue_gets_nothing() -> None:
    nobody = Actor(scope=Scope.school, name="Personne", board="990000", schools=("990001",))
    with pytest.raises(Forbidden):
        await list_bundles(nobody)
    with pytest.raises(NotFound):
        await one(system(), "absent")
