"""Reading measures and their rules. They are public within the service."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from allocations.measures import rules
from allocations.measures.formulas import Rule
from allocations.measures.rules import ByProject, Days, NoRule
from allocations.measures.schemas import MeasureOut, MeasureYearOut, RuleOut
from kit.actor import Actor
from kit.clock import today
from kit.database import fetch, fetch_as, fetch_one, transaction
from kit.errors import NotFound
from kit.i18n import _, current_language
from kit.money import MILLION

_LEVELS = """array_remove(ARRAY[CASE WHEN r.for_preschool THEN 'preschool' END, CASE WHEN r.for_primary THEN 'primary' END,
    CASE WHEN r.for_secondary THEN 'secondary' END, CASE WHEN r.for_adult THEN 'adult' END,
    CASE WHEN r.for_vocational THEN 'vocational' END], NULL)"""

_WEIGHTS = "coalesce((SELECT jsonb_object_agg(w.rank, w.ppm) FROM allocation_weight w WHERE w.rule = r.id), '{}')"

_FORMULA = """'formula', r.formula, 'base_cents', r.base_cents, 'floor_cents', r.floor_cents,
        'per_pupil_cents', r.per_pupil_cents, 'cap_cents', r.cap_cents, 'rank_of', r.rank_of, 'unranked_ppm', r.unranked_ppm,
        'own_share_ppm', r.own_share_ppm, 'without_headcount', r.without_headcount, 'minimum_pupils', r.minimum_pupils"""

_MEASURES = f"""
SELECT m.*, coalesce(c.categories, '{{}}') AS categories, coalesce(y.years, '[]') AS years, coalesce(r.rules, '[]') AS rules
FROM measure m
LEFT JOIN LATERAL (
    SELECT array_agg(mc.category ORDER BY k.position) AS categories
    FROM measure_category mc JOIN category k ON k.code = mc.category WHERE mc.measure = m.id
) c ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('year', y.year, 'total_cents', y.total_cents, 'last_commit_on', y.last_commit_on,
        'last_spend_on', y.last_spend_on, 'rest', y.rest, 'version', y.version) ORDER BY y.year DESC) AS years
    FROM measure_year y WHERE y.measure = m.id
) y ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('year', r.year, {_FORMULA}, 'weights', {_WEIGHTS}, 'levels', {_LEVELS},
        'example', r.example, 'note', r.note, 'version', r.version) ORDER BY r.year DESC) AS rules
    FROM allocation_rule r WHERE r.measure = m.id
) r ON true
WHERE $1::text IS NULL OR m.code = $1 ORDER BY m.code
"""

_RULE = f"""
SELECT m.id AS measure, m.holder, m.mode, y.total_cents, r.id AS rule,
       jsonb_build_object({_FORMULA}, 'weights', {_WEIGHTS}, 'levels', {_LEVELS}) AS formula
FROM measure m LEFT JOIN allocation_rule r ON r.measure = m.id AND r.year = $2
LEFT JOIN measure_year y ON y.measure = m.id AND y.year = $2 WHERE m.code = $1
"""

_DAYS = """
SELECT DISTINCT m.code AS measure, y.year, y.last_commit_on, y.last_spend_on
FROM envelope e JOIN measure m ON m.id = e.measure JOIN measure_year y ON y.measure = e.measure AND y.year = e.year
WHERE e.id = ANY($1::uuid[]) ORDER BY m.code, y.year
"""


async def listing(who: Actor) -> list[MeasureOut]:
    """All measures by code; they are few."""
    return await _select(who, None)


async def one(who: Actor, code: str) -> MeasureOut:
    """A measure by its code. Raises NotFound."""
    if not (found := await _select(who, code)):
        raise _unknown(code)
    return found[0]


async def rule_of(code: str, year: str) -> tuple[Any, Rule]:
    """A measure (its row: `measure` is its key, `holder`, the year's `total_cents`) and its rule for a year. In a transaction.

    Raises NotFound, ByProject, NoRule.
    """
    row = await fetch_one(_RULE, code, year)
    if row is None:
        raise _unknown(code)
    if row["mode"] == "a_posteriori":
        raise ByProject(measure=code)
    if row["rule"] is None:
        raise NoRule(measure=code, year=year)
    written = msgspec.json.decode(row["formula"])
    if written["unranked_ppm"] is None:
        written["unranked_ppm"] = MILLION
    return row, msgspec.convert(written, Rule, strict=False)


async def check_commit_day(envelopes: Iterable[UUID]) -> None:
    """Raise TooLate where money of one of these envelopes may not be promised any more today. In a transaction."""
    for days in await fetch_as(Days, _DAYS, list(envelopes)):
        rules.check_commit_day(days, today())


async def _select(who: Actor, code: str | None) -> list[MeasureOut]:
    who.must("envelope.read")
    english = current_language() == "en"
    async with transaction(who):
        rows = await fetch(_MEASURES, code)
    return [
        MeasureOut(
            code=row["code"],
            name=row["name_en"] if english and row["name_en"] else row["name"],
            programme=row["programme"],
            kind=row["kind"],
            mode=row["mode"],
            holder=row["holder"],
            tax_basis=row["tax_basis"],
            example=row["example"],
            from_day=row["from_day"],
            until_day=row["until_day"],
            version=row["version"],
            categories=row["categories"],
            years=msgspec.json.decode(row["years"], type=list[MeasureYearOut]),
            rules=msgspec.json.decode(row["rules"], type=list[RuleOut]),
        )
        for row in rows
    ]


def _unknown(code: str) -> NotFound:
    return NotFound(_("Aucune mesure ne porte le code « {code} ».").format(code=code))
