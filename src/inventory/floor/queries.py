"""How a school stands now, rule by rule; `listing.py` reads what the last scan found."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from inventory.assets.queries import COUNTS
from inventory.floor.listing import list_schools
from inventory.floor.rules import Delivery, applies, assess, oldest_count_day, overall, required
from inventory.floor.schemas import RuleStatus, SchoolFloor
from inventory.floor.sentences import Aside, Exemption, standing_words
from inventory.floor.standards import RULE_COLUMNS, in_language, noun_of, rule_of, standard, standard_in_force
from inventory.floor.standing import LEVELS_MEET, buildings, headcounts
from kit.actor import Actor
from kit.clock import MONTREAL, today
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import visible
from kit.waiting import Waiting, waiting

__all__ = ["floor_of_school", "gaps_of_school", "list_schools", "standard", "standard_in_force", "visible_school"]

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


async def gaps_of_school(who: Actor, school: str) -> list[RuleStatus]:
    """How a school stands now on each rule that applies to it, in order. Raises NotFound, NoStandard."""
    return (await floor_of_school(who, school)).rules


async def floor_of_school(who: Actor, school: str) -> SchoolFloor:
    """A school's floor as it stands now, not as the last scan found it. Raises NotFound, NoStandard."""
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


async def schools_below(who: Actor) -> Waiting:
    """How many schools the last scan found below the floor, the oldest by the day since which it holds."""
    where = visible(who, "floor.read", board="f.board", school="f.school")
    where.parts.append("f.until_at IS NULL AND f.status = 'below'")
    async with transaction(who):
        sql = f"SELECT count(*)::int AS n, min(f.from_at) AS since FROM floor_status f WHERE {where}"
        return waiting(await fetch_one(sql, *where.args))


async def visible_school(who: Actor, school: str, right: str) -> Any:
    """Name and board of a school where `who` has the right. Raises NotFound. Call in a transaction."""
    where = visible(who, right, board="s.board", school="s.code")
    where.add("s.code = {}", school)
    found = await fetch_one(f"SELECT s.name, s.board FROM school s WHERE {where}", *where.args)
    if found is None:
        raise NotFound()
    return found


def _rule_status(row: Mapping[str, Any], day: date) -> RuleStatus:
    rule = rule_of(row)
    exemption = Exemption(row["reason"], row["until_day"], _wall(row["decided_at"])) if row["until_day"] else None
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
        since=_wall(row["out_since"]) if row["out_since"] else None,
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
        missing=noun_of(row).of(standing.gap) if standing.gap else "",
        status=standing.status,
        exempt_until=exemption.until if exemption else None,
        sentence=standing_words(standing, unit=rule.unit, noun=noun_of(row), day=day, aside=aside, exemption=exemption),
    )


def _wall(instant: datetime) -> date:
    """The day that a school reads on the wall."""
    return instant.astimezone(MONTREAL).date()
