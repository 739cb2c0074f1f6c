"""Reading measures and their rules. They are public within the service."""

from typing import Any

import msgspec

from allocations.measures.rules import NoRule, Rule
from allocations.measures.schemas import MeasureOut, RuleOut
from kit.actor import Actor
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.i18n import _, current_language

_LEVELS = """array_remove(ARRAY[CASE WHEN r.for_preschool THEN 'preschool' END, CASE WHEN r.for_primary THEN 'primary' END,
    CASE WHEN r.for_secondary THEN 'secondary' END, CASE WHEN r.for_adult THEN 'adult' END,
    CASE WHEN r.for_vocational THEN 'vocational' END], NULL)"""

_MEASURES = f"""
SELECT m.*, coalesce(c.categories, '{{}}') AS categories, coalesce(r.rules, '[]') AS rules FROM measure m
LEFT JOIN LATERAL (
    SELECT array_agg(mc.category ORDER BY k.position) AS categories
    FROM measure_category mc JOIN category k ON k.code = mc.category WHERE mc.measure = m.id
) c ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'year', r.year, 'formula', r.formula, 'floor_cents', r.floor_cents, 'per_pupil_cents', r.per_pupil_cents,
        'without_headcount', r.without_headcount, 'minimum_pupils', r.minimum_pupils, 'levels', {_LEVELS},
        'example', r.example, 'note', r.note) ORDER BY r.year DESC) AS rules
    FROM allocation_rule r WHERE r.measure = m.id
) r ON true
WHERE $1::text IS NULL OR m.code = $1 ORDER BY m.code
"""

_RULE = f"""
SELECT m.id AS measure, m.holder, r.formula, r.floor_cents, r.per_pupil_cents, r.without_headcount, r.minimum_pupils,
       {_LEVELS} AS levels
FROM measure m LEFT JOIN allocation_rule r ON r.measure = m.id AND r.year = $2 WHERE m.code = $1
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
    """A measure (its row: `measure` is its key, `holder`) and its rule for a year. Raises NotFound, NoRule. In a transaction."""
    row = await fetch_one(_RULE, code, year)
    if row is None:
        raise _unknown(code)
    if row["formula"] is None:
        raise NoRule(measure=code, year=year)
    return row, Rule(
        formula=row["formula"],
        floor_cents=row["floor_cents"],
        per_pupil_cents=row["per_pupil_cents"],
        without_headcount=row["without_headcount"],
        levels=frozenset(row["levels"]),
        minimum_pupils=row["minimum_pupils"],
    )


async def _select(who: Actor, code: str | None) -> list[MeasureOut]:
    who.must("envelope.read")
    english = current_language() == "en"
    async with transaction(who):
        rows = await fetch(_MEASURES, code)
    return [
        MeasureOut(
            code=row["code"],
            name=row["name_en"] if english and row["name_en"] else row["name"],
            kind=row["kind"],
            mode=row["mode"],
            holder=row["holder"],
            tax_basis=row["tax_basis"],
            example=row["example"],
            from_day=row["from_day"],
            until_day=row["until_day"],
            version=row["version"],
            categories=row["categories"],
            rules=msgspec.json.decode(row["rules"], type=list[RuleOut]),
        )
        for row in rows
    ]


def _unknown(code: str) -> NotFound:
    return NotFound(_("Aucune mesure ne porte le code « {code} ».").format(code=code))
