"""Writes of measures."""

from allocations.measures import queries
from allocations.measures.rules import NoRule, check_year
from allocations.measures.schemas import MeasureOut
from kit.actor import Actor
from kit.database import execute, transaction
from kit.errors import Conflict
from kit.events import record
from kit.i18n import lazy

_REPEAT = """
INSERT INTO allocation_rule (measure, year, formula, floor_cents, per_pupil_cents, without_headcount, minimum_pupils,
                             for_preschool, for_primary, for_secondary, for_adult, for_vocational, example, note)
SELECT measure, $3, formula, floor_cents, per_pupil_cents, without_headcount, minimum_pupils,
       for_preschool, for_primary, for_secondary, for_adult, for_vocational, example, note
FROM allocation_rule WHERE measure = (SELECT id FROM measure WHERE code = $1) AND year = $2 ON CONFLICT (measure, year) DO NOTHING
"""


class RuleThere(Conflict):
    sentence = lazy("La mesure {measure} a déjà une règle pour {year}.")


async def repeat_rule(who: Actor, measure: str, *, of_year: str, for_year: str) -> MeasureOut:
    """Give a school year the rule that a measure has in another. Raises Invalid, NotFound, NoRule, RuleThere."""
    who.must("measure.write")
    check_year(for_year)
    async with transaction(who):
        before = await queries.one(who, measure)
        if of_year not in (years := [rule.year for rule in before.rules]):
            raise NoRule(measure=measure, year=of_year)
        if for_year in years or not await execute(_REPEAT, measure, of_year, for_year):
            raise RuleThere(measure=measure, year=for_year)
        await record(
            who, "measure.rule_repeated", kind="measure", subject=measure, after={"year": for_year, "of_year": of_year}
        )
        return await queries.one(who, measure)
