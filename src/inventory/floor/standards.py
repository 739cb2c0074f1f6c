"""The floor standard in force, and its rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.floor.rules import NoStandard, Rule, Unit
from inventory.floor.schemas import RuleOut, StandardOut
from inventory.floor.sentences import Noun, rule_words
from kit.actor import Actor
from kit.clock import school_year, today
from kit.database import fetch, fetch_one, transaction
from kit.i18n import current_language

# Of floor_rule `r` and its category `c`; what `rule_of` and `noun_of` read.
RULE_COLUMNS = """r.id AS rule, r.category, c.name AS category_fr, c.name_en AS category_en, r.unit, r.quantity, r.per_pupils,
    r.minimum_pupils, r.without_headcount, r.noun_one, r.noun_many, r.noun_one_en, r.noun_many_en"""

_LEVELS = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(
        f"CASE WHEN r.for_{level} THEN '{level}' END"
        for level in ("preschool", "primary", "secondary", "adult", "vocational")
    )
)


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


async def standard(who: Actor) -> StandardOut:
    """The standard in force today, with its rules in order. Raises NoStandard."""
    who.must("floor.read")
    async with transaction(who):
        found = await standard_in_force(today())
        rows = await fetch(
            f"SELECT {RULE_COLUMNS}, {_LEVELS} AS levels FROM floor_rule r JOIN category c ON c.code = r.category"
            " WHERE r.standard = $1 ORDER BY r.position, r.category, r.id",
            found["id"],
        )
    return StandardOut(
        id=found["id"],
        code=found["code"],
        name=in_language(found["name"], found["name_en"]),
        from_year=found["from_year"],
        example=found["example"],
        rules=[_rule_out(row) for row in rows],
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


def _rule_out(row: Mapping[str, Any]) -> RuleOut:
    return RuleOut(
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
