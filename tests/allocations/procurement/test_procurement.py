"""What a board has committed by family of goods in twelve months; warnings, and the reasons that orders were given."""

from datetime import timedelta
from typing import Any

import pytest

from allocations.orders import cancelling, operations, previewing
from allocations.orders import queries as orders
from allocations.procurement import operations as procurement
from allocations.procurement import queries
from allocations.procurement.rules import Kind, NeedsReason, OrderGone, ThresholdSet
from allocations.procurement.schemas import FamilyOut, GoodsChange, NewThreshold
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")


async def desk() -> Actor:
    await make_school()
    await make_product("tablette", 400_00, supplier="alpha")
    await make_product("portable", 900_00, supplier="beta")
    await make_product("robot", 100_00, supplier="alpha", category="robotique")
    return await make_actor("purchasing", board="990000")


async def law(**values: int) -> None:
    """Other thresholds from today on: `tender`, `publication` (cents), `split` (days)."""
    for kind, value in values.items():
        is_days = kind == "split"
        new = NewThreshold(
            kind=Kind(kind), from_day=today(), source="essai", days=value if is_days else None,
            before_tax_cents=None if is_days else value,
        )  # fmt: skip
        await procurement.set_threshold(system(), new)


async def run(sql: str, *args: Any) -> None:
    async with transaction(system()):
        await execute(sql, *args)


async def ordered(who: Actor, *lines: tuple[str, int], send: bool = True) -> str:
    envelope = await envelope_of()
    basket = await make_approved(*lines, envelope=envelope)
    (order,) = await operations.build(who, selections=[basket])
    if send:
        await operations.send(who, order.number)
    return order.number


async def envelope_of() -> Any:
    async with transaction(system()):
        found = await fetch_value("SELECT id FROM envelope WHERE school = '990001' LIMIT 1")
    return found or await make_envelope("990001", 900_000_00)


async def family(who: Actor, code: str) -> FamilyOut:
    return next(family for family in await queries.families(who) if family.code == code)


async def test_a_family_counts_what_is_sent_and_what_is_being_made_of_twelve_months() -> None:
    who = await desk()
    await law(tender=139_000_00, publication=25_000_00, split=30)
    sent = await ordered(who, ("tablette", 10))
    await ordered(who, ("tablette", 1), send=False)
    await ordered(who, ("robot", 3))
    old = await ordered(who, ("portable", 1))
    await run("UPDATE purchase_order SET sent_at = now() - interval '13 months' WHERE number = $1", old)
    gone = await ordered(who, ("portable", 1))
    await cancelling.cancel(who, gone, reason="Erreur")

    found = await family(who, "informatique")
    assert (found.total_cents, found.untendered_cents, found.orders, found.level) == (11 * 400_00, 11 * 400_00, 2, "")
    assert (await family(who, "robotique")).total_cents == 300_00
    assert (await family(who, "formation")).total_cents == 0
    assert found.tender_cents == 139_000_00 and found.publication_cents == 25_000_00
    assert (await queries.of_order(who, sent)).warnings == []


async def test_what_is_under_a_group_purchase_is_no_threshold_s() -> None:
    who = await desk()
    await law(tender=5_000_00)
    number = await ordered(who, ("tablette", 20), send=False)
    assert [warned.kind for warned in (await queries.of_order(who, number)).warnings] == ["tender"]
    await run(
        "INSERT INTO contract (code, number, name, kind, supplier, from_day, binds_all)"
        " SELECT 'g', 'G-1', 'Groupe', 'group', id, '2020-07-01', true FROM supplier WHERE code = 'alpha'"
    )
    await run("UPDATE order_line SET contract = (SELECT id FROM contract WHERE code = 'g')")
    assert (await queries.of_order(who, number)).warnings == []
    found = await family(who, "informatique")
    assert (found.total_cents, found.untendered_cents) == (8_000_00, 0)


async def test_a_kind_goes_before_its_category_and_what_no_family_names_is_its_category() -> None:
    who, ministry = await desk(), await make_actor("ministry")
    await ordered(who, ("tablette", 1))
    change = GoodsChange(name="Appareils", categories=[], kinds=["appareil"])
    assert "appareils" in [goods.code for goods in await procurement.set_goods(ministry, "appareils", change)]
    assert (await family(who, "appareils")).total_cents == 400_00
    assert (await family(who, "informatique")).total_cents == 0
    await procurement.set_goods(ministry, "appareils", GoodsChange(name="Appareils", categories=[], kinds=[]))
    await procurement.set_goods(ministry, "informatique", GoodsChange(name="Informatique", categories=[], kinds=[]))
    assert (await family(who, "flotte-appareils")).total_cents == 400_00
    with pytest.raises(Invalid):
        await procurement.set_goods(ministry, "x", GoodsChange(name="X", categories=["rien"], kinds=[]))


async def test_an_order_over_a_tender_s_threshold_leaves_with_a_reason_which_is_listed() -> None:
    who = await desk()
    await law(tender=10_000_00)
    await ordered(who, ("tablette", 20))  # 8 000,00 $: near, and nothing asked
    number = await ordered(who, ("tablette", 5), send=False)
    with pytest.raises(NeedsReason) as refused:
        await operations.send(who, number)
    told = refused.value.detail.replace("\u00a0", " ").replace("\u202f", " ")
    assert "12 mois, cette famille : 10 000,00 $; seuil d'appel d'offres : 10 000,00 $." in told and number in told
    with pytest.raises(Invalid):
        await procurement.give_reason(who, number, reason=" ")
    with pytest.raises(Stale):
        await procurement.give_reason(who, number, reason="Urgence", version=99)

    given = await procurement.give_reason(who, number, reason="Remplacement après un sinistre.", version=1)

    assert (given.asks_reason, given.reason, given.reason_by_name) == (
        True,
        "Remplacement après un sinistre.",
        who.name,
    )
    assert (await operations.send(who, number)).order.law_reason == "Remplacement après un sinistre."
    events = (await orders.one(who, number)).timeline
    assert [event.why for event in events if event.what == "order.explained"] == ["Remplacement après un sinistre."]
    listed = await queries.reasons(who)
    assert [(row.number, row.reason, row.before_tax_cents) for row in listed.items] == [
        (number, "Remplacement après un sinistre.", 2_000_00)
    ]


async def test_orders_to_one_supplier_that_pass_a_threshold_together_look_split() -> None:
    who = await desk()
    await law(tender=100_000_00, publication=10_000_00, split=30)
    first = await ordered(who, ("tablette", 14))
    envelope = await envelope_of()
    basket = await make_approved(("tablette", 12), ("robot", 1), envelope=envelope)
    plan = await previewing.preview(who)
    (warned,) = plan.orders[0].warnings
    assert (warned.kind, warned.orders, warned.sum_cents, warned.asks_reason) == ("split", 2, 10_400_00, True)
    (made,) = await operations.build(who, selections=[basket], reason="Deux livraisons prévues au calendrier.")
    assert made.law_reason == "Deux livraisons prévues au calendrier."
    await operations.send(who, made.number)
    await run("UPDATE purchase_order SET sent_at = now() - interval '31 days' WHERE number = $1", first)
    assert (await queries.of_order(who, made.number)).warnings == []


async def test_a_reason_is_kept_on_the_orders_that_ask_one_and_on_no_other() -> None:
    who = await desk()
    await law(tender=3_000_00)
    await make_approved(("portable", 4), ("robot", 1), envelope=await envelope_of())
    plan = await previewing.preview(who)
    assert [bool(order.warnings) for order in plan.orders] == [False, True]
    made = await operations.build(who, reason="Besoin unique.")
    assert [order.law_reason for order in made] == ["", "Besoin unique."]


async def test_a_reason_of_an_order_that_is_over_changes_no_more() -> None:
    who = await desk()
    number = await ordered(who, ("tablette", 1), send=False)
    await cancelling.cancel(who, number, reason="Erreur")
    with pytest.raises(OrderGone):
        await procurement.give_reason(who, number, reason="Trop tard")


async def test_the_ministry_alone_writes_thresholds_and_none_is_rewritten() -> None:
    who, ministry = await desk(), await make_actor("ministry")
    new = NewThreshold(
        kind=Kind.tender, from_day=today() + timedelta(days=40), before_tax_cents=145_000_00, source="Avis"
    )
    with pytest.raises(Forbidden):
        await procurement.set_threshold(who, new)
    found = await procurement.set_threshold(ministry, new)
    tenders = [threshold for threshold in found if threshold.kind is Kind.tender]
    assert tenders[0].before_tax_cents == 145_000_00 and not tenders[0].in_force
    assert [threshold.before_tax_cents for threshold in tenders if threshold.in_force] == [139_000_00]
    assert [threshold.verified for threshold in tenders if threshold.in_force] == [False]
    with pytest.raises(ThresholdSet):
        await procurement.set_threshold(ministry, new)


async def test_a_board_watches_itself_alone_and_the_province_the_board_that_it_names() -> None:
    who, ministry = await desk(), await make_actor("ministry")
    number = await ordered(who, ("tablette", 1))
    with pytest.raises(NotFound):
        await queries.families(who, board="991000")
    with pytest.raises(Invalid):
        await queries.families(ministry)
    assert sum(family.total_cents for family in await queries.families(ministry, board="990000")) == 400_00
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    assert sum(family.total_cents for family in await queries.families(stranger)) == 0
    with pytest.raises(NotFound):
        await queries.of_order(stranger, number)
    with pytest.raises(NotFound):
        await procurement.give_reason(stranger, number, reason="Non")
    with pytest.raises(Forbidden):
        await queries.families(await make_actor("technician", board="990000"))
