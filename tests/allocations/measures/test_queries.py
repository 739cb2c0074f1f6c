import pytest

from allocations.measures import queries
from allocations.measures.rules import NoRule
from kit.actor import system
from kit.errors import NotFound
from kit.i18n import use_language
from tests.factories import make_actor, make_school

pytestmark = pytest.mark.usefixtures("db")


async def test_the_example_measure_says_what_it_pays_for_and_how_much() -> None:
    team = await make_actor("school_team", school=await make_school())
    (found,) = await queries.listing(team)
    assert found == await queries.one(team, "EX-COMBOS")
    assert found.example and found.tax_basis == "net"
    assert found.categories == ["robotique", "laboratoire-creatif", "flotte-appareils"]
    assert [(rule.year, rule.floor_cents, rule.per_pupil_cents) for rule in found.rules] == [
        ("2026-2027", 500000, 2900)
    ]
    with use_language("en"):
        assert (await queries.one(team, "EX-COMBOS")).name == "Digital bundles (example)"


async def test_an_unknown_measure_or_year_is_said() -> None:
    with pytest.raises(NotFound, match="15081"):
        await queries.one(system(), "15081")
    with pytest.raises(NotFound, match="15081"):
        await queries.rule_of("15081", "2026-2027")
    with pytest.raises(NoRule, match="2030-2031"):
        await queries.rule_of("EX-COMBOS", "2030-2031")
