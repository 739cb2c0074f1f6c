import pytest

from allocations.selections import decisions, operations, reading
from allocations.selections.schemas import NewLine
from kit.database import execute
from kit.errors import NotFound
from tests.factories import make_actor, make_headcount, make_product, make_school

from .conftest import Desk


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


async def test_six_tablets_as_the_team_reads_them(desk: Desk) -> None:
    basket = await desk.basket(6)
    found = await reading.price(desk.team, basket.number)
    assert (found.before_tax_cents, found.gst_cents, found.qst_cents, found.total_cents) == (
        2_358_00, 117_90, 235_21, 2_711_11,
    )  # fmt: skip
    assert (found.gst_rebate_cents, found.qst_rebate_cents, found.net_cents) == (80_17, 110_55, 2_520_39)
    assert plain(found.fit.sentence) == "Il manque 370,39 $, taxes nettes comprises."
    assert plain(found.lines[0].sentence) == "Entre si vous retirez 1 unité de « appareil » : 2 100,33 $."
    assert not found.ready and found.problems == []


async def test_each_supplier_is_an_invoice_and_all_adds_up(desk: Desk) -> None:
    await make_product("robot", 120_55, supplier="zoe", category="robotique")
    basket = await desk.basket(2)
    basket = await operations.put_line(desk.team, basket.number, NewLine(product="robot", quantity=3), version=2)
    found = await reading.price(desk.team, basket.number)
    assert [invoice.supplier for invoice in found.invoices] == ["fournisseur", "zoe"]
    for name in ("before_tax", "gst", "qst", "total", "gst_rebate", "qst_rebate", "net"):
        total = sum(getattr(invoice, f"{name}_cents") for invoice in found.invoices)
        assert getattr(found, f"{name}_cents") == total
    assert sum(line.charged_cents for line in found.lines) == found.charged_cents == basket.charged_cents
    assert found.units == {"flotte-appareils": 2, "robotique": 3}
    assert found.ready


async def test_what_others_have_submitted_is_no_longer_free(desk: Desk) -> None:
    await desk.submitted(2)
    basket = await desk.basket(3)
    found = await reading.price(desk.team, basket.number)
    assert found.fit.free_cents == 2_150_00 - 840_13
    assert found.fit.left_cents == found.fit.free_cents - found.charged_cents


async def test_the_frozen_price_is_the_live_one_at_the_moment_of_submission(desk: Desk) -> None:
    await make_product("robot", 120_55, supplier="zoe", category="robotique")
    basket = await desk.basket(2)
    basket = await operations.put_line(desk.team, basket.number, NewLine(product="robot", quantity=3), version=2)
    live = await reading.price(desk.team, basket.number)
    await decisions.submit(desk.team, basket.number, version=3)
    await execute("UPDATE price SET before_tax_cents = 1")
    frozen = await reading.price(desk.principal, basket.number)
    assert (frozen.invoices, frozen.net_cents, frozen.lines, frozen.units) == (
        live.invoices, live.net_cents, live.lines, live.units,
    )  # fmt: skip
    assert plain(frozen.fit.sentence).endswith("sont réservés. Il reste 923,31 $.")
    assert not frozen.ready


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("approved", "840,13 $ sont réservés. Il reste 1 309,87 $."),
        ("ordered", "840,13 $ sont commandés. Il reste 1 309,87 $."),
        ("withdrawn", "Entre dans votre enveloppe. Il resterait 469,74 $."),
    ],
)
async def test_where_the_money_is_depends_on_the_state(desk: Desk, state: str, sentence: str) -> None:
    basket = await desk.submitted(2)
    await execute("UPDATE selection SET state = $1", state)
    assert plain((await reading.price(desk.team, basket.number)).fit.sentence) == sentence


async def test_the_effect_on_the_floor_is_said(desk: Desk) -> None:
    await make_headcount("990001", 10, year="2026-2027")
    basket = await desk.basket(1)
    (effect,) = (await reading.price(desk.team, basket.number)).floor
    assert (effect.category, effect.units, effect.before, effect.after) == ("flotte-appareils", 1, 2, 1)
    assert effect.sentence == "Ramène l'écart de 2 à 1."
    two = await desk.basket(2)
    (effect,) = (await reading.price(desk.team, two.number)).floor
    assert effect.sentence == "Fait atteindre le plancher."


async def test_without_a_standard_there_is_no_effect_to_say(desk: Desk) -> None:
    await execute("UPDATE floor_standard SET published_at = NULL")
    basket = await desk.basket(1)
    assert (await reading.price(desk.team, basket.number)).floor == []


async def test_an_expired_price_is_shown_and_stops_the_submission(desk: Desk) -> None:
    basket = await desk.basket(2)
    await execute("UPDATE price SET until_day = '2026-06-30'")
    found = await reading.price(desk.team, basket.number)
    assert found.net_cents == 840_13 and not found.ready
    assert [plain(problem.sentence) for problem in found.problems] == [
        "« appareil » : prix échu le 30 juin 2026; l'organisme doit le confirmer."
    ]


async def test_an_empty_draft_costs_nothing_and_says_what_to_do(desk: Desk) -> None:
    basket = await desk.basket(1)
    basket = await operations.remove_line(desk.team, basket.number, basket.lines[0].id, version=2)
    found = await reading.price(desk.team, basket.number)
    assert found.net_cents == 0 and not found.ready and found.problems[0].line is None


@pytest.mark.parametrize(("basis", "charged"), [("net", 840_13), ("with_tax", 903_70), ("before_tax", 786_00)])
async def test_an_envelope_is_charged_in_its_measures_tax_basis(desk: Desk, basis: str, charged: int) -> None:
    await execute("UPDATE measure SET tax_basis = $1", basis)
    basket = await desk.basket(2)
    assert (await reading.price(desk.team, basket.number)).charged_cents == charged
    submitted = await decisions.submit(desk.team, basket.number, version=2)
    assert submitted.charged_cents == charged and submitted.net_cents == 840_13


async def test_a_sibling_school_reads_no_price(desk: Desk) -> None:
    basket = await desk.basket()
    sibling = await make_actor("school_team", school=await make_school("990002"))
    with pytest.raises(NotFound):
        await reading.price(sibling, basket.number)
