"""Baskets of many schools become orders by supplier, contract and place of delivery; what cannot be ordered stays aside and waits."""

from datetime import timedelta
from typing import Any

import pytest

from allocations.orders import cancelling, delivering, justifying, operations, previewing, queries
from allocations.orders.aside import Aside
from allocations.orders.grouping_schemas import Plan, SetGrouping
from allocations.orders.rules import AllAside, NothingToOrder
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, NotFound, Stale
from tests.factories import (
    figures,
    make_actor,
    make_approved,
    make_building,
    make_envelope,
    make_product,
    make_school,
)

pytestmark = pytest.mark.usefixtures("db")


async def desk() -> Actor:
    await make_school()
    await make_school("990002")
    await make_product("tablette", 393_00, supplier="alpha")
    await make_product("etui", 19_99, supplier="alpha", tracked=False)
    await make_product("robot", 185_37, supplier="beta", category="robotique")
    return await make_actor("purchasing", board="990000")


async def run(sql: str, *args: Any) -> None:
    async with transaction(system()):
        await execute(sql, *args)


async def contract(code: str, *, until: Any = None, kind: str = "local") -> Any:
    async with transaction(system()):
        return await fetch_value(
            "INSERT INTO contract (code, number, name, kind, supplier, from_day, until_day, binds_all)"
            " SELECT $1::text, upper($1::text), 'Essai', $3, id, '2020-07-01', $2, true FROM supplier WHERE code = 'alpha' RETURNING id",
            code, until, kind,
        )  # fmt: skip


async def make_same(who: Actor, plan: Plan, **how: Any) -> list[str]:
    """Build, and hold it to what the preview said; the numbers."""
    made = await operations.build(who, **how)
    told = [
        (o.supplier, o.year, o.units, o.before_tax_cents, o.gst_cents, o.qst_cents, o.net_cents) for o in plan.orders
    ]
    assert told == [
        (o.supplier, o.year, o.units, o.before_tax_cents, o.gst_cents, o.qst_cents, o.net_cents) for o in made
    ]
    for order, said in zip(made, plan.orders, strict=True):
        lines = (await queries.one(system(), order.number)).lines
        assert len(lines) == said.lines
        assert sum(line.charged_cents for line in lines) == said.charged_cents
        paid = {part.selection: part.charged_cents for part in said.parts}
        assert paid == {
            selection: sum(line.charged_cents for line in lines if line.selection == selection) for selection in paid
        }
    return [order.number for order in made]


async def whole(basket: str) -> None:
    """The parts of a basket's orders that stand add up to what was frozen, tax by tax, and their lines to them."""
    names = ("before_tax_cents", "gst_cents", "qst_cents", "net_cents", "charged_cents")
    sums = ", ".join(f"sum({{0}}.{name})::bigint AS {name}" for name in names)
    async with transaction(system()):
        (frozen,) = await fetch(
            f"SELECT {sums.format('v')}, sum(v.gst_rebate_cents + v.qst_rebate_cents)::bigint AS rebates FROM selection_invoice v"
            " JOIN selection s ON s.id = v.selection WHERE s.number = $1",
            basket,
        )
        (parts,) = await fetch(
            f"SELECT {sums.format('t')}, sum(t.gst_rebate_cents + t.qst_rebate_cents)::bigint AS rebates FROM order_part t"
            ' JOIN selection s ON s.id = t.selection JOIN purchase_order o ON o.id = t."order"'
            " WHERE s.number = $1 AND o.state <> 'cancelled'",
            basket,
        )
        lines = await fetch(
            f"SELECT t.id, {sums.format('l')}, min(t.gst_cents) AS gst, min(t.qst_cents) AS qst, min(t.charged_cents) AS charged,"
            " min(least(t.gst_rebate_cents, t.qst_rebate_cents)) AS least FROM order_line l JOIN order_part t ON t.id = l.part"
            " JOIN selection s ON s.id = t.selection WHERE s.number = $1 GROUP BY t.id",
            basket,
        )
    assert dict(parts) == dict(frozen)
    for part in lines:
        assert (part["gst"], part["qst"], part["charged"]) == (
            part["gst_cents"],
            part["qst_cents"],
            part["charged_cents"],
        )
        assert part["least"] >= 0


async def test_two_baskets_of_two_suppliers_are_previewed_then_made_and_a_second_run_finds_nothing() -> None:
    who = await desk()
    first = await make_approved(("tablette", 3), ("robot", 1))
    second = await make_approved(("robot", 7), school="990002")
    plan = await previewing.preview(who)
    assert plan.sentence == "2 paniers deviennent 2 bons de commande."
    assert [(o.supplier, o.lines, [p.selection for p in o.parts]) for o in plan.orders] == [
        ("alpha", 1, [first]),
        ("beta", 2, [first, second]),
    ]
    await make_same(who, plan)
    assert (await previewing.preview(who)).sentence == "Rien à commander."
    with pytest.raises(NothingToOrder):
        await operations.build(who)


async def test_a_price_past_its_day_stays_aside_until_it_is_confirmed_and_the_rest_is_ordered() -> None:
    who = await desk()
    envelope = await make_envelope("990001", 10_000_00)
    basket = await make_approved(("tablette", 3), ("etui", 7), envelope=envelope)
    ended = today() - timedelta(days=1)
    await run("UPDATE selection_item SET price_until = $1 WHERE description = 'etui'", ended)
    await run("UPDATE price SET until_day = $1 WHERE before_tax_cents = 1999", ended)
    before = await figures(envelope)

    plan = await previewing.preview(who)
    assert plan.sentence == "1 panier devient 1 bon de commande. 1 ligne reste de côté\u00a0: prix échu."
    assert [(line.description, line.reason) for line in plan.aside] == [("etui", Aside.price_ended)]
    await make_same(who, plan)
    with pytest.raises(AllAside) as refused:
        await operations.build(who)
    assert "prix échu" in refused.value.detail

    await make_product("etui", 19_99, supplier="alpha", tracked=False, from_day=today())
    again = await previewing.preview(who, selections=[basket])
    assert again.sentence == "1 panier devient 1 bon de commande."
    await make_same(who, again)
    await whole(basket)
    assert await figures(envelope) == before  # nothing is sent


async def test_a_price_that_changed_since_is_no_confirmation() -> None:
    who = await desk()
    await make_approved(("etui", 7))
    await run("UPDATE selection_item SET price_until = $1", today() - timedelta(days=1))
    await run("UPDATE price SET before_tax_cents = 2100 WHERE before_tax_cents = 1999")
    assert [line.reason for line in (await previewing.preview(who)).aside] == [Aside.price_ended]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE product SET closed_on = $1 WHERE code = 'robot'", Aside.product_closed),
        ("UPDATE supplier SET closed_on = $1 WHERE code = 'beta'", Aside.supplier_closed),
        (
            "INSERT INTO measure_year (measure, year, last_commit_on, rest) SELECT id, '2026-2027', $1::date - 1, 'lost' FROM measure"
            " WHERE code = 'EX-COMBOS' ON CONFLICT (measure, year) DO UPDATE SET last_commit_on = $1::date - 1",
            Aside.last_day,
        ),
    ],
)
async def test_what_may_be_bought_no_more_stays_aside_with_its_reason(sql: str, reason: Aside) -> None:
    who = await desk()
    await make_approved(("robot", 1))
    await run(sql, today())
    plan = await previewing.preview(who)
    assert [line.reason for line in plan.aside] == [reason]
    assert plan.orders == [] and plan.sentence.startswith("Rien à commander. 1 ligne reste de côté")
    with pytest.raises(AllAside):
        await operations.build(who)


async def test_an_approved_basket_of_a_closed_year_is_told_and_left() -> None:
    who = await desk()
    await make_approved(("robot", 1))
    await run("INSERT INTO school_year (code, state, version) VALUES ('2026-2027', 'closed', 1)")
    assert [line.reason for line in (await previewing.preview(who)).aside] == [Aside.year_closed]


async def test_a_contract_that_ended_keeps_its_lines_aside() -> None:
    who = await desk()
    await make_approved(("robot", 1), ("tablette", 1))
    ended = await contract("c-1", until=today() - timedelta(days=1))
    await run("UPDATE selection_item SET contract = $1 WHERE description = 'tablette'", ended)
    plan = await previewing.preview(who)
    assert [(line.description, line.reason) for line in plan.aside] == [("tablette", Aside.contract_ended)]
    assert [order.supplier for order in plan.orders] == ["beta"]


async def test_lines_of_one_supplier_under_two_contracts_are_two_orders_whose_taxes_are_those_of_the_basket() -> None:
    who = await desk()
    basket = await make_approved(("tablette", 3), ("etui", 7))
    await run("UPDATE selection_item SET contract = $1 WHERE description = 'etui'", await contract("c-1"))
    plan = await previewing.preview(who)
    assert [(order.supplier, order.contract) for order in plan.orders] == [("alpha", ""), ("alpha", "C-1")]
    first, _second = await make_same(who, plan)
    await whole(basket)
    await cancelling.cancel(who, first, reason="Erreur")
    await make_same(
        who, await previewing.preview(who)
    )  # the one that stands keeps its taxes; the others come out the same
    await whole(basket)


async def test_an_eco_fee_goes_where_its_product_goes() -> None:
    who = await desk()
    await make_product("frais", 1_10, supplier="alpha", tracked=False)
    basket = await make_approved(("tablette", 3), ("frais", 3), ("etui", 1))
    await run(
        "UPDATE selection_item SET description = 'Écofrais – tablette', line = (SELECT line FROM selection_item"
        " WHERE description = 'tablette') WHERE description = 'frais'"
    )
    await run(
        "INSERT INTO eco_fee (fee, product, category, kind, before_tax_cents, from_day, source)"
        " SELECT f.id, p.id, p.category, '', 110, '2020-07-01', 'essai'"
        " FROM product f, product p WHERE f.code = 'frais' AND p.code = 'tablette'"
    )
    await run("UPDATE selection_item SET contract = $1 WHERE description = 'tablette'", await contract("c-1"))
    plan = await previewing.preview(who)
    assert [(order.contract, order.lines, order.units) for order in plan.orders] == [("", 1, 1), ("C-1", 2, 6)]
    await run("UPDATE product SET closed_on = $1 WHERE code = 'tablette'", today())
    assert (await previewing.preview(who)).aside_lines == 2
    await run("UPDATE product SET closed_on = NULL WHERE code = 'tablette'")
    await make_same(who, plan)
    await whole(basket)


@pytest.mark.parametrize(("delivery", "orders"), [("one", 1), ("building", 3), ("school", 2)])
async def test_orders_follow_how_the_board_has_them_delivered(delivery: Any, orders: int) -> None:
    who, admin = await desk(), await make_actor("board_admin", board="990000")
    await make_building("990801")
    first = await make_approved(("tablette", 3), ("etui", 7))
    second = await make_approved(("tablette", 2), school="990002")
    await run("UPDATE selection_item SET building = '990801' WHERE description = 'etui'")
    rules = SetGrouping(delivery=delivery, minimum_before_tax_cents=1_000_00)
    await delivering.set_rules(admin, "990000", rules)
    plan = await previewing.preview(who)
    assert len(plan.orders) == orders
    assert [order.small for order in plan.orders] == [order.before_tax_cents < 1_000_00 for order in plan.orders]
    assert all(bool(order.place) == (delivery != "one") for order in plan.orders)
    await make_same(who, plan)
    await whole(first)
    await whole(second)


async def test_who_says_how_orders_are_delivered_and_that_nobody_loses_a_change() -> None:
    buyer, admin = await desk(), await make_actor("board_admin", board="990000")
    assert (await delivering.one(buyer, "990000")).version == 0
    with pytest.raises(Forbidden):
        await delivering.set_rules(buyer, "990000", SetGrouping(delivery="school"))
    with pytest.raises(NotFound):
        await delivering.set_rules(admin, "991000", SetGrouping(delivery="school"))
    set_ = await delivering.set_rules(admin, "990000", SetGrouping(delivery="school"), version=0)
    assert (set_.delivery, set_.version) == ("school", 1)
    with pytest.raises(Stale):
        await delivering.set_rules(admin, "990000", SetGrouping(delivery="one"), version=0)
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    with pytest.raises(NotFound):
        await delivering.one(stranger, "990000")


async def test_what_is_outside_a_mandatory_contract_waits_for_its_justification_which_its_line_keeps() -> None:
    who = await desk()
    await make_approved(("tablette", 3), ("robot", 1))
    await run("UPDATE selection_item SET mandatory_contract = $1 WHERE description = 'tablette'", await contract("c-1"))
    plan = await previewing.preview(who)
    assert [(line.reason, line.sentence) for line in plan.aside] == [
        (
            Aside.outside_contract,
            "Contrat obligatoire\u00a0: choisissez-le, ou joignez l'attestation et la justification.",
        )
    ]
    assert [order.supplier for order in plan.orders] == ["beta"]
    justified = await previewing.preview(who, justified=True)
    assert [order.supplier for order in justified.orders] == ["alpha", "beta"]
    numbers = await make_same(who, justified, justification=" Modèle absent du contrat ")
    (line,) = (await queries.one(who, numbers[0])).lines
    assert (line.exception_reason, line.attested_by_name) == ("Modèle absent du contrat", who.name)
    (other,) = (await queries.one(who, numbers[1])).lines
    assert (other.exception_reason, other.attested_by_name) == ("", "")
    await operations.send(who, numbers[0])
    with pytest.raises(justifying.NothingToJustify):
        await justifying.justify(await make_actor("purchasing", board="990000"), numbers[1], reason="Rien")


async def test_nobody_but_who_orders_for_the_board_previews() -> None:
    await desk()
    await make_approved(("robot", 1))
    with pytest.raises(Forbidden):
        await previewing.preview(await make_actor("technician", board="990000"))
    await make_school("991001", board="991000")
    stranger = await make_actor("purchasing", board="991000")
    assert (await previewing.preview(stranger)).sentence == "Rien à commander."
