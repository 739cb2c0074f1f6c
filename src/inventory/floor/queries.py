"""Reads of the floor: the standard in force, how a school stands now."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.assets.queries import COUNTS
from inventory.filters import Where
from inventory.floor.rules import (
    Delivery,
    NoStandard,
    Rule,
    Unit,
    applies,
    assess,
    oldest_count_day,
    overall,
    required,
)
from inventory.floor.schemas import RuleOut, RuleStatus, SchoolFloor, StandardOut
from inventory.floor.sentences import Aside, Exemption, Noun, rule_words, standing_words
from inventory.floor.standing import LEVELS_MEET, buildings, headcounts
from kit.actor import Actor, Scope
from kit.clock import MONTREAL, school_year, today
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.i18n import current_language

RULE_COLUMNS = """r.id AS rule, r.category, c.name AS category_fr, c.name_en AS category_en, r.unit, r.quantity, r.per_pupils,
    r.minimum_pupils, r.without_headcount, r.noun_one, r.noun_many, r.noun_one_en, r.noun_many_en"""

# $1 the standard's id, $2 the day, $3 the oldest day of a headcount, $4 the school. One row a rule for its levels.
_FACTS = f"""
SELECT {RULE_COLUMNS}, h.pupils, h.counted_on, coalesce(b.buildings, 0) AS buildings,
    a.counted, a.out_of_service, a.in_repair, a.past_life, a.out_since,
    d.quantities, d.days, x.reason, x.until_day, x.decided_at
FROM school s JOIN floor_rule r ON r.standard = $1 AND {LEVELS_MEET} JOIN category c ON c.code = r.category
    LEFT JOIN ({headcounts("school = $4")}) h ON true
    LEFT JOIN ({buildings("school = $4")}) b ON true
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE {COUNTS.format(day="$2::date")}) AS counted,
        count(*) FILTER (WHERE a.state IN ('out_of_service', 'in_repair')) AS out_of_service,
        count(*) FILTER (WHERE a.state = 'in_repair') AS in_repair,
        count(*) FILTER (WHERE a.state IN ('in_service', 'on_loan') AND a.useful_until < $2::date) AS past_life,
        min(a.state_since) FILTER (WHERE a.state IN ('out_of_service', 'in_repair')) AS out_since
        FROM asset a WHERE a.school = s.code AND a.category = r.category) a
    CROSS JOIN LATERAL (SELECT array_agg(e.quantity) AS quantities, array_agg(e.expected_on) AS days
        FROM expected_delivery e WHERE e.school = s.code AND e.category = r.category AND e.quantity > 0) d
    LEFT JOIN LATERAL (SELECT e.reason, e.until_day, e.decided_at FROM floor_exemption e
        WHERE e.school = s.code AND (e.category IS NULL OR e.category = r.category) AND e.ended_at IS NULL
            AND $2::date BETWEEN e.from_day AND e.until_day ORDER BY e.until_day DESC LIMIT 1) x ON true
WHERE s.code = $4 ORDER BY r.position, r.category, r.id
"""


async def standard_in_force(day: date) -> Any:
    """The standard in force on a day (id, code, name, name_en, from_year, example). Raises NoStandard. Call in a transaction."""
    found = await fetch_one(
        "SELECT id, code, name, name_en, from_year, example FROM floor_standard"
        " WHERE from_year <= $1 AND published_at IS NOT NULL ORDER BY from_year DESC, published_at DESC LIMIT 1",
        school_year(day),
    )
    if found is None:
        raise NoStandard()
    return found


async def gaps_of_school(who: Actor, school: str) -> list[RuleStatus]:
    """How a school stands now on each rule that applies to it, in order. Raises NotFound."""
    return (await floor_of_school(who, school)).rules


async def floor_of_school(who: Actor, school: str) -> SchoolFloor:
    """A school's floor as it stands now, not as the last scan found it. Raises NotFound, NoStandard."""
    who.must("floor.read")
    day = today()
    async with transaction(who):
        found = await visible_school(who, school, "floor.read")
        standard = await standard_in_force(day)
        facts = await fetch(_FACTS, standard["id"], day, oldest_count_day(day), school)
    rules = [_rule_status(row, day) for row in facts if applies(rule_of(row), row["pupils"])]
    return SchoolFloor(
        school=school,
        name=found["name"],
        board=found["board"],
        standard=standard["code"],
        example=standard["example"],
        status=overall(rule.status for rule in rules),
        rules=rules,
    )


async def visible_school(who: Actor, school: str, right: str) -> Any:
    """Name and board of a school where `who` has the right. Raises NotFound. Call in a transaction."""
    where = Where()
    where.add("code = {}", school)
    if who.scope is Scope.board:
        where.add("board = {}", who.board)
    if who.scope is Scope.school:
        where.add("code = ANY({}::text[])", list(who.schools))
    if (schools := who.schools_with(right)) is not None:
        where.add("code = ANY({}::text[])", list(schools))
    found = await fetch_one(f"SELECT name, board FROM school WHERE {where}", *where.args)
    if found is None:
        raise NotFound()
    return found


async def standard(who: Actor) -> StandardOut:
    """The standard in force today, with its rules."""
    who.must("floor.read")
    async with transaction(who):
        found = await standard_in_force(today())
        rows = await fetch(
            f"SELECT {RULE_COLUMNS}, array_remove(ARRAY[CASE WHEN for_preschool THEN 'preschool' END,"
            " CASE WHEN for_primary THEN 'primary' END, CASE WHEN for_secondary THEN 'secondary' END,"
            " CASE WHEN for_adult THEN 'adult' END, CASE WHEN for_vocational THEN 'vocational' END], NULL) AS levels"
            " FROM floor_rule r JOIN category c ON c.code = r.category WHERE r.standard = $1 ORDER BY r.position, r.id",
            found["id"],
        )
    return StandardOut(
        id=found["id"],
        code=found["code"],
        name=in_language(found["name"], found["name_en"]),
        from_year=found["from_year"],
        example=found["example"],
        rules=[
            RuleOut(
                category=row["category"],
                category_name=in_language(row["category_fr"], row["category_en"]),
                unit=Unit(row["unit"]),
                quantity=row["quantity"],
                per_pupils=row["per_pupils"],
                minimum_pupils=row["minimum_pupils"],
                without_headcount=row["without_headcount"],
                levels=row["levels"],
                sentence=rule_words(rule_of(row), noun_of(row)),
            )
            for row in rows
        ],
    )


def rule_of(row: Mapping[str, Any]) -> Rule:
    return Rule(
        unit=Unit(row["unit"]),
        quantity=row["quantity"],
        per_pupils=row["per_pupils"],
        minimum_pupils=row["minimum_pupils"],
        minimum_stands=row["without_headcount"] == "minimum",
    )


def noun_of(row: Mapping[str, Any]) -> Noun:
    return Noun(row["noun_one"], row["noun_many"], row["noun_one_en"], row["noun_many_en"])


def in_language(french: str, english: str) -> str:
    """A name of a row in the reader's language."""
    return english if current_language() == "en" and english else french


def _rule_status(row: Mapping[str, Any], day: date) -> RuleStatus:
    rule = rule_of(row)
    exemption = (
        Exemption(row["reason"], row["until_day"], row["decided_at"].astimezone(MONTREAL).date())
        if row["until_day"]
        else None
    )
    standing = assess(
        required(rule, pupils=row["pupils"], buildings=row["buildings"]),
        row["counted"],
        [Delivery(*pair) for pair in zip(row["quantities"] or (), row["days"] or (), strict=True)],
        day=day,
        exempt=exemption is not None,
    )
    aside = Aside(
        out_of_service=row["out_of_service"],
        in_repair=row["in_repair"],
        since=row["out_since"].astimezone(MONTREAL).date() if row["out_since"] else None,
    )
    return RuleStatus(
        rule=row["rule"],
        category=row["category"],
        category_name=in_language(row["category_fr"], row["category_en"]),
        unit=rule.unit,
        quantity=rule.quantity,
        per_pupils=rule.per_pupils,
        pupils=row["pupils"],
        headcount_on=row["counted_on"],
        buildings=row["buildings"],
        required=standing.required,
        counted=standing.counted,
        not_counted_out_of_service=aside.out_of_service,
        not_counted_past_life=row["past_life"],
        gap=standing.gap,
        on_order=standing.on_order,
        expected=standing.expected,
        late=standing.late,
        left=standing.left,
        status=standing.status,
        exempt_until=exemption.until if exemption else None,
        sentence=standing_words(standing, unit=rule.unit, noun=noun_of(row), day=day, aside=aside, exemption=exemption),
    )
