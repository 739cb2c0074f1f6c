"""Best mixes for a school, from its floor, its envelope and the catalogue; and a proposal put in a basket."""

import pytest

from allocations.choosing import queries as choosing
from allocations.planner import operations
from allocations.planner.schemas import NewPlanBasket, PlanOut
from allocations.selections import operations as selections
from allocations.selections import reading
from allocations.selections.decisions import submit
from allocations.selections.schemas import NewLine
from catalog.bundles import operations as bundles
from catalog.bundles.schemas import BundleContent, NewBundleLine
from kit.actor import Actor, system
from kit.clock import school_year, today
from kit.database import execute, fetch_value, transaction
from kit.errors import Invalid, NotFound
from tests.factories import (
    make_actor,
    make_assets,
    make_board,
    make_envelope,
    make_headcount,
    make_product,
    make_school,
)

pytestmark = pytest.mark.usefixtures("db")
MEASURE, YEAR = "EX-COMBOS", school_year(today())
DEVICES = "flotte-appareils"


async def _school(*, pupils: int, devices: int, free: int) -> Actor:
    """School 990001 (one device for five pupils), with so many devices and so much free; its team."""
    await make_headcount(await make_school(), pupils)
    await _only_devices()
    if devices:
        await make_assets("990001", n=devices)
    await make_envelope(cents=free)
    return await make_actor("school_team", school="990001", board="990000")


async def _only_devices() -> None:
    async with transaction(system()):
        await execute("DELETE FROM floor_rule WHERE category <> $1", DEVICES)


async def _bundle(
    slug: str, lines: list[NewBundleLine], *, level: str = "primary", pupils_each: int | None = None
) -> None:
    content = BundleContent(
        name=slug.capitalize(), category=DEVICES, levels=[level], lines=lines, pupils_each=pupils_each
    )
    drafted = await bundles.draft(system(), slug, content, version=None)
    await bundles.publish(system(), slug, version=drafted.version)


async def _best(who: Actor) -> PlanOut:
    return await operations.best(who, "990001", measure=MEASURE, year=YEAR)


async def test_five_tablets_are_what_2150_dollars_can_fill_of_six() -> None:
    team = await _school(pupils=30, devices=0, free=2_150_00)
    await make_product("tablette", 393_00)
    found = await _best(team)
    assert [(gap.category, gap.missing) for gap in found.gaps] == [(DEVICES, 6)]
    (proposal,) = found.proposals
    assert (proposal.charged_cents, proposal.left_cents, proposal.closed) == (2_100_33, 49_67, 5)
    assert proposal.sentence.replace("\u00a0", " ") == "5 × tablette, 2 100,33 $ : comble 5 unités sur 6."
    assert found.sentence == "Aucune combinaison ne comble tout l'écart. La meilleure en comble 5 sur 6."
    assert found.proven and proposal.effects[0].sentence == "Ramène l'écart de 6 à 1."


async def test_a_proposal_put_in_a_basket_costs_there_what_it_said() -> None:
    team = await _school(pupils=30, devices=0, free=3_000_00)
    await make_product("tablette", 393_00)
    await make_product("etui", 20_00, tracked=False, supplier="autre")
    await make_product("chariot", 10_00, tracked=False)
    lines = [
        NewBundleLine(product="tablette", quantity=2),
        NewBundleLine(product="etui", quantity=2, choice="protection"),
        NewBundleLine(product="chariot", quantity=1, choice="protection"),
    ]
    await _bundle("ilot", lines, pupils_each=10)
    found = await _best(team)
    assert found.proposals[0].sentence.endswith("le plancher sera atteint à la livraison.")
    for proposal in found.proposals:
        put = NewPlanBasket(
            measure=MEASURE,
            year=YEAR,
            lines=[
                NewLine(bundle=line.bundle, product=line.product, choices=line.choices, quantity=line.quantity)
                for line in proposal.lines
            ],
        )
        basket = await operations.put(team, "990001", put)
        assert basket.charged_cents == proposal.charged_cents
        assert (await reading.price(team, basket.number)).ready
    bundled = [line for proposal in found.proposals for line in proposal.lines if line.bundle]
    assert bundled and all(line.choices == ["chariot"] for line in bundled)  # the cheaper of the two, not the default


async def test_a_school_at_its_floor_is_told_so() -> None:
    team = await _school(pupils=10, devices=2, free=2_000_00)
    await make_product("tablette", 393_00)
    found = await _best(team)
    assert (found.proposals, found.sentence) == (
        [],
        "Le plancher est atteint : rien à combler.".replace(" :", "\u00a0:"),
    )


async def test_what_baskets_handed_on_bring_is_not_proposed_again() -> None:
    team = await _school(pupils=10, devices=0, free=5_000_00)
    await make_product("tablette", 393_00)
    new = NewPlanBasket(measure=MEASURE, year=YEAR, lines=[NewLine(product="tablette", quantity=1)])
    basket = await operations.put(team, "990001", new)
    await submit(team, basket.number, version=basket.version)
    found = await _best(team)
    assert [gap.missing for gap in found.gaps] == [1]
    assert found.proposals[0].lines[0].quantity == 1
    offer = await choosing.offer(team, "990001")
    assert [rule.left for rule in offer.rules if rule.category == DEVICES] == [1]


async def test_levels_prices_and_recommended_sizes_bound_what_is_proposed() -> None:
    team = await _school(pupils=48, devices=0, free=9_000_00)
    await make_product("tablette", 100_00, until_day=today().replace(year=today().year - 1))
    await make_product("portable", 300_00)
    await _bundle("echu", [NewBundleLine(product="tablette", quantity=5)])
    await _bundle("secondaire", [NewBundleLine(product="portable", quantity=5)], level="secondary")
    await _bundle("classe", [NewBundleLine(product="portable", quantity=5)], pupils_each=48)
    found = await _best(team)
    held = {(line.bundle or line.product): line.quantity for line in found.proposals[0].lines}
    assert "echu" not in held and "secondaire" not in held and held.get("classe", 0) <= 1
    assert found.proposals[0].closed == 10


async def test_the_same_question_has_the_same_answer_and_writes_nothing() -> None:
    team = await _school(pupils=60, devices=0, free=6_000_00)
    for at in range(6):
        await make_product(f"appareil-{at}", 200_00 + at * 37_11, supplier=f"fournisseur-{at % 3}")
        await _bundle(f"combo-{at}", [NewBundleLine(product=f"appareil-{at}", quantity=2 + at % 3)], pupils_each=24)
    async with transaction(system()):
        before = await fetch_value("SELECT count(*) FROM event")
    assert await _best(team) == await _best(team)
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM event") == before
        assert await fetch_value("SELECT count(*) FROM selection") == 0


async def test_a_stranger_finds_nothing_and_a_wrong_line_makes_no_basket() -> None:
    team = await _school(pupils=30, devices=0, free=2_150_00)
    await make_board("991000")
    stranger = await make_actor("purchasing", board="991000", email="etranger@exemple.ca")
    with pytest.raises(NotFound):
        await operations.best(stranger, "990001", measure=MEASURE, year=YEAR)
    await make_product("tablette", 393_00)
    lines = [NewLine(product="tablette", quantity=1), NewLine(product="rien", quantity=1)]
    with pytest.raises(Invalid):
        await operations.put(team, "990001", NewPlanBasket(measure=MEASURE, year=YEAR, lines=lines))
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM selection") == 0
    with pytest.raises(NotFound):
        await operations.best(team, "990001", measure="RIEN", year=YEAR)


async def test_a_line_of_a_basket_keeps_its_choices_and_its_edition() -> None:
    team = await _school(pupils=30, devices=0, free=9_000_00)
    await make_product("tablette", 393_00)
    await make_product("etui", 20_00, tracked=False)
    lines = [NewBundleLine(product="tablette", quantity=2), NewBundleLine(product="etui", quantity=2, optional=True)]
    await _bundle("ilot", lines)
    put = NewPlanBasket(measure=MEASURE, year=YEAR, lines=[NewLine(bundle="ilot", choices=["etui"])])
    basket = await operations.put(team, "990001", put)
    assert (basket.before_tax_cents, basket.lines[0].choices, basket.lines[0].edition) == (826_00, ["etui"], 1)
    basket = await selections.put_line(team, basket.number, NewLine(bundle="ilot"), version=basket.version)
    assert [line.choices for line in basket.lines] == [["etui"], None]

    await _bundle("ilot", lines[:1])
    basket = await selections.put_line(team, basket.number, NewLine(bundle="ilot"), version=basket.version)
    assert [line.edition for line in basket.lines] == [1, 1, 2]
    assert (await reading.price(team, basket.number)).ready  # an edition that another followed is still what was chosen
    with pytest.raises(Invalid, match="ni une option"):
        await selections.put_line(team, basket.number, NewLine(bundle="ilot", choices=["etui"]), version=basket.version)


async def test_the_fit_of_several_says_what_to_take_out() -> None:
    team = await _school(pupils=30, devices=0, free=2_150_00)
    await make_product("tablette", 393_00)
    await _bundle("une", [NewBundleLine(product="tablette", quantity=1)])
    offer = await choosing.offer(team, "990001", quantity=6)
    (card,) = offer.cards
    assert card.fit is not None and card.fit.left_cents == -370_39
    assert card.room.replace("\u00a0", " ") == "Entre si vous retirez 1 unité de « Une » : 2 100,33 $."
    assert card.floor[0].sentence == "Fait atteindre le plancher."
    five = (await choosing.offer(team, "990001", quantity=5)).cards[0]
    assert five.fit is not None and five.fit.left_cents == 49_67 and five.room == ""
