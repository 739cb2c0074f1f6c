from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from allocations.measures import operations, queries
from allocations.measures.rules import HolderFixed, TooLate
from allocations.measures.schemas import AllocationRuleIn, MeasureIn, MeasureYearIn
from allocations.years.rules import YearClosed
from kit.actor import Actor, system
from kit.clock import standing_at
from kit.database import execute, fetch_value
from kit.errors import Forbidden, Invalid, NotFound, Stale
from tests.factories import make_actor, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")

MEASURE = MeasureIn(
    name="Outils numériques", name_en="Digital tools", kind="investment", categories=["robotique", "flotte-appareils"]
)
RULE = AllocationRuleIn(
    base_cents=1_000_00, per_pupil_cents=29_00, cap_cents=40_000_00, rank_of="imse", unranked_ppm=1_000_000,
    weights={"9": 1_100_000, "10": 1_200_000}, own_share_ppm=334_000, levels=["primary", "secondary"], note="Règles 2026",
)  # fmt: skip
YEAR = MeasureYearIn(
    total_cents=45_000_000_00, last_commit_on=date(2027, 3, 31), last_spend_on=date(2027, 6, 30), rest="carried"
)


async def ministry() -> Actor:
    return await make_actor("ministry")


async def test_the_ministry_writes_a_measure_its_year_and_its_rule() -> None:
    who = await ministry()
    made = await operations.write_measure(who, "50767", MEASURE)
    assert (made.version, made.example, made.categories) == (1, False, ["robotique", "flotte-appareils"])
    await operations.write_year(who, "50767", "2026-2027", YEAR)
    whole = await operations.write_rule(who, "50767", "2026-2027", RULE)
    (year,), (rule,) = whole.years, whole.rules
    assert (year.total_cents, year.last_commit_on, year.rest, year.version) == (
        45_000_000_00, date(2027, 3, 31), "carried", 1,
    )  # fmt: skip
    assert (rule.weights, rule.cap_cents, rule.own_share_ppm, rule.levels) == (
        {"9": 1_100_000, "10": 1_200_000}, 40_000_00, 334_000, ["primary", "secondary"],
    )  # fmt: skip
    _row, read = await queries.rule_of("50767", "2026-2027")
    assert read.weights == {9: 1_100_000, 10: 1_200_000} and read.unranked_ppm == 1_000_000


async def test_what_is_written_again_replaces_and_counts_versions() -> None:
    who = await ministry()
    await operations.write_measure(who, "50767", MEASURE)
    await operations.write_rule(who, "50767", "2026-2027", RULE)
    await operations.write_year(who, "50767", "2026-2027", YEAR)
    again = await operations.write_rule(who, "50767", "2026-2027", replace(RULE, weights={"10": 2_000_000}), version=1)
    assert (again.rules[0].weights, again.rules[0].version) == ({"10": 2_000_000}, 2)
    with pytest.raises(Stale):
        await operations.write_rule(who, "50767", "2026-2027", RULE, version=1)
    with pytest.raises(Stale):
        await operations.write_year(who, "50767", "2026-2027", YEAR, version=4)
    with pytest.raises(Stale):
        await operations.write_measure(who, "50767", MEASURE, version=0)
    for again in (
        await operations.write_measure(who, "50767", MEASURE),
        await operations.write_year(who, "50767", "2026-2027", YEAR),
        await operations.write_rule(who, "50767", "2026-2027", replace(RULE, weights={"10": 2_000_000})),
    ):  # the same again is no new version
        assert (again.version, again.years[0].version, again.rules[0].version) == (1, 1, 2)
    changed = await operations.write_measure(who, "50767", replace(MEASURE, categories=["robotique"]), version=1)
    assert (changed.categories, changed.version) == (["robotique"], 2)


async def test_who_holds_a_measure_stays_once_it_has_envelopes() -> None:
    who = await ministry()
    await make_school()
    await make_envelope()
    with pytest.raises(HolderFixed, match="EX-COMBOS"):
        await operations.write_measure(who, "EX-COMBOS", replace(MEASURE, holder="board"))
    with pytest.raises(HolderFixed):
        await operations.write_measure(who, "EX-COMBOS", replace(MEASURE, tax_basis="before_tax"))
    assert (await operations.write_measure(who, "EX-COMBOS", MEASURE)).name == "Outils numériques"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cap_cents": 1_00}, "cap_cents"),
        ({"rank_of": "", "weights": {}}, "unranked_ppm"),
        ({"unranked_ppm": None}, "unranked_ppm"),
        ({"weights": {"11": 1}}, "weights"),
        ({"weights": {"0": 1}}, "weights"),
        ({"weights": {"neuf": 1}}, "weights"),
        ({"rank_of": "", "unranked_ppm": None}, "weights"),
    ],
)
async def test_what_does_not_go_together_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await operations.write_rule(system(), "EX-COMBOS", "2026-2027", replace(RULE, **wrong))
    assert list(refused.value.errors) == [field]


async def test_an_unknown_category_measure_or_year_changes_nothing() -> None:
    with pytest.raises(Invalid, match="drones"):
        await operations.write_measure(system(), "50767", replace(MEASURE, categories=["drones"]))
    with pytest.raises(NotFound, match="50767"):
        await operations.write_year(system(), "50767", "2026-2027", YEAR)
    with pytest.raises(Invalid, match="2026-2027"):
        await operations.write_rule(system(), "EX-COMBOS", "2026", RULE)
    late = replace(YEAR, last_spend_on=date(2027, 1, 1))
    with pytest.raises(Invalid, match="dépenser"):
        await operations.write_year(system(), "EX-COMBOS", "2026-2027", late)
    for day in (
        date.min,
        date(2026, 6, 30),
        date(2028, 7, 1),
        date.max,
    ):  # PostgreSQL takes the first and last for no day at all
        with pytest.raises(Invalid, match="trop loin"):
            await operations.write_year(
                system(), "EX-COMBOS", "2026-2027", replace(YEAR, last_commit_on=None, last_spend_on=day)
            )
    assert await fetch_value("SELECT count(*) FROM measure") == 1


async def test_a_closed_year_is_written_no_more() -> None:
    await execute("INSERT INTO school_year (code, state, version) VALUES ('2026-2027', 'closed', 1)")
    with pytest.raises(YearClosed):
        await operations.write_rule(system(), "EX-COMBOS", "2026-2027", RULE)
    with pytest.raises(YearClosed):
        await operations.write_year(system(), "EX-COMBOS", "2026-2027", YEAR)


@pytest.mark.parametrize("role", ["school_team", "principal", "purchasing", "board_admin", "auditor"])
async def test_nobody_but_the_ministry_writes_measures(role: str) -> None:
    where = {"school": await make_school()} if role in ("school_team", "principal") else {"board": "990000"}
    await make_school()
    who = await make_actor(role, **where)
    with pytest.raises(Forbidden):
        await operations.write_measure(who, "50767", MEASURE)
    with pytest.raises(Forbidden):
        await operations.write_year(who, "EX-COMBOS", "2026-2027", YEAR)
    with pytest.raises(Forbidden):
        await operations.write_rule(who, "EX-COMBOS", "2026-2027", RULE)


async def test_money_is_promised_until_the_measures_last_day() -> None:
    await make_school()
    envelope = await make_envelope()
    await queries.check_commit_day([envelope])
    await operations.write_year(system(), "EX-COMBOS", "2026-2027", replace(YEAR, last_commit_on=date(2026, 11, 1)))
    with standing_at(datetime.fromisoformat("2026-11-01T23:00:00-05:00")):
        await queries.check_commit_day([envelope])
    with standing_at(datetime.fromisoformat("2026-11-02T23:00:00-05:00")), pytest.raises(TooLate) as refused:
        await queries.check_commit_day([envelope])
    assert refused.value.figures["last_day"] == "2026-11-01"


async def test_a_repeated_rule_brings_its_weights_and_a_year() -> None:
    await operations.write_rule(system(), "EX-COMBOS", "2026-2027", RULE)
    made = await operations.repeat_rule(system(), "EX-COMBOS", of_year="2026-2027", for_year="2027-2028")
    assert [rule.year for rule in made.rules] == ["2027-2028", "2026-2027"]
    assert made.rules[0].weights == RULE.weights and made.rules[0].base_cents == 1_000_00
    assert [(year.year, year.rest, year.total_cents) for year in made.years] == [
        ("2027-2028", "recovered", None), ("2026-2027", "recovered", None),
    ]  # fmt: skip
