"""Writes of measures, of their years and of their rules. They are the ministry's, for the whole province."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from allocations.measures import queries
from allocations.measures.rules import Days, HolderFixed, NoRule, check_code, check_last_days, check_year
from allocations.measures.schemas import AllocationRuleIn, MeasureIn, MeasureOut, MeasureYearIn
from allocations.years.queries import check_open
from kit.actor import Actor, Scope
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, Stale
from kit.events import record
from kit.i18n import _, lazy, use_language

RIGHT = "measure.write"
LEVELS = ("preschool", "primary", "secondary", "adult", "vocational")

_MEASURE = """
INSERT INTO measure (code, name, name_en, kind, mode, holder, tax_basis, from_day, until_day, programme, example, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, 1)
ON CONFLICT (code) DO UPDATE SET name = $2, name_en = $3, kind = $4, mode = $5, holder = $6, tax_basis = $7, from_day = $8,
    until_day = $9, programme = $10, example = false, version = measure.version + 1
"""

_CATEGORIES = """
INSERT INTO measure_category (measure, category) SELECT $1, unnest($2::text[])
"""

_YEAR = """
INSERT INTO measure_year (measure, year, total_cents, last_commit_on, last_spend_on, rest, version)
VALUES ($1, $2, $3, $4, $5, $6, 1)
ON CONFLICT (measure, year) DO UPDATE SET total_cents = $3, last_commit_on = $4, last_spend_on = $5, rest = $6,
    version = measure_year.version + 1
"""

_RULE = """
INSERT INTO allocation_rule (measure, year, formula, base_cents, floor_cents, per_pupil_cents, cap_cents, rank_of, unranked_ppm,
                             own_share_ppm, without_headcount, minimum_pupils, for_preschool, for_primary, for_secondary,
                             for_adult, for_vocational, note, example, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, false, 1)
ON CONFLICT (measure, year) DO UPDATE SET formula = $3, base_cents = $4, floor_cents = $5, per_pupil_cents = $6, cap_cents = $7,
    rank_of = $8, unranked_ppm = $9, own_share_ppm = $10, without_headcount = $11, minimum_pupils = $12, for_preschool = $13,
    for_primary = $14, for_secondary = $15, for_adult = $16, for_vocational = $17, note = $18, example = false,
    version = allocation_rule.version + 1
RETURNING id
"""

_REPEAT = """
WITH given AS (SELECT r.* FROM allocation_rule r JOIN measure m ON m.id = r.measure WHERE m.code = $1 AND r.year = $2), made AS (
    INSERT INTO allocation_rule (measure, year, formula, base_cents, floor_cents, per_pupil_cents, cap_cents, rank_of, unranked_ppm,
                                 own_share_ppm, without_headcount, minimum_pupils, for_preschool, for_primary, for_secondary,
                                 for_adult, for_vocational, example, note, version)
    SELECT measure, $3, formula, base_cents, floor_cents, per_pupil_cents, cap_cents, rank_of, unranked_ppm, own_share_ppm,
           without_headcount, minimum_pupils, for_preschool, for_primary, for_secondary, for_adult, for_vocational, example, note, 1
    FROM given ON CONFLICT (measure, year) DO NOTHING RETURNING id, measure
), weights AS (
    INSERT INTO allocation_weight (rule, rank, ppm)
    SELECT made.id, w.rank, w.ppm FROM made, given JOIN allocation_weight w ON w.rule = given.id
)
SELECT measure FROM made
"""

# A year without words of its own ends as the one that its rule comes from; its days are its own to say.
_REPEAT_YEAR = """
INSERT INTO measure_year (measure, year, rest, version)
SELECT $1, $3, coalesce((SELECT rest FROM measure_year WHERE measure = $1 AND year = $2), 'recovered'), 1
ON CONFLICT (measure, year) DO NOTHING
"""


class RuleThere(Conflict):
    sentence = lazy("La mesure {measure} a déjà une règle pour {year}.")


async def write_measure(who: Actor, code: str, written: MeasureIn, *, version: int | None = None) -> MeasureOut:
    """Make a measure, or change it; the same again changes nothing. Who holds its money and what a cent of it means stay once it
    has envelopes.

    Raises Invalid, Stale, HolderFixed.
    """
    _ministry(who)
    check_code(code)
    if written.from_day and written.until_day and written.until_day < written.from_day:
        raise Invalid({"until_day": _("La mesure finit avant de commencer : corrigez l'une des deux dates.")})
    async with transaction(who):
        before = await fetch_one("SELECT * FROM measure WHERE code = $1 FOR UPDATE", code)
        _check_version(before, version)
        await _check_categories(written.categories)
        if before and not before["example"] and await _same_measure(who, code, written):
            return await queries.one(who, code)
        if before and (before["holder"], before["tax_basis"]) != (written.holder, written.tax_basis):
            await _check_unused(before["id"], code)
        await execute(
            _MEASURE, code, written.name.strip(), written.name_en.strip(), written.kind, written.mode, written.holder,
            written.tax_basis, written.from_day, written.until_day, " ".join(written.programme.split()),
        )  # fmt: skip
        key = await fetch_value("SELECT id FROM measure WHERE code = $1", code)
        await execute("DELETE FROM measure_category WHERE measure = $1", key)
        await execute(_CATEGORIES, key, list(dict.fromkeys(written.categories)))
        await _told(who, "measure.written", code, written)
        return await queries.one(who, code)


async def write_year(
    who: Actor, code: str, year: str, written: MeasureYearIn, *, version: int | None = None
) -> MeasureOut:
    """Say what a measure is in a school year. Raises NotFound, Invalid, YearClosed, Stale."""
    _ministry(who)
    check_year(year)
    check_last_days(Days(code, year, written.last_commit_on, written.last_spend_on))
    if written.last_commit_on and written.last_spend_on and written.last_spend_on < written.last_commit_on:
        sentence = _("La dernière journée pour dépenser vient avant celle pour engager : corrigez l'une des deux.")
        raise Invalid({"last_spend_on": sentence})
    async with transaction(who):
        key = await _measure(who, code, year)
        before = await fetch_one(
            "SELECT version FROM measure_year WHERE measure = $1 AND year = $2 FOR UPDATE", key, year
        )
        _check_version(before, version)
        there = await queries.one(who, code)
        if any(one.year == year and _same(one, written) for one in there.years):
            return there
        await execute(
            _YEAR, key, year, written.total_cents, written.last_commit_on, written.last_spend_on, written.rest
        )
        await _told(who, "measure.year_written", code, written, year=year)
        return await queries.one(who, code)


async def write_rule(
    who: Actor, code: str, year: str, written: AllocationRuleIn, *, version: int | None = None
) -> MeasureOut:
    """Say how a measure's envelopes of a school year are computed. What is given stays: computing again adjusts it.

    Raises NotFound, Invalid (what does not go together), YearClosed, Stale.
    """
    _ministry(who)
    check_year(year)
    _check_rule(written)
    async with transaction(who):
        key = await _measure(who, code, year)
        before = await fetch_one(
            "SELECT version FROM allocation_rule WHERE measure = $1 AND year = $2 FOR UPDATE", key, year
        )
        _check_version(before, version)
        there = await queries.one(who, code)
        if any(one.year == year and not one.example and _same(one, written) for one in there.rules):
            return there
        rule = await fetch_value(
            _RULE, key, year, written.formula, written.base_cents, written.floor_cents, written.per_pupil_cents,
            written.cap_cents, written.rank_of, written.unranked_ppm, written.own_share_ppm, written.without_headcount,
            written.minimum_pupils, *(level in written.levels for level in LEVELS), written.note.strip(),
        )  # fmt: skip
        await execute("DELETE FROM allocation_weight WHERE rule = $1", rule)
        await execute(
            "INSERT INTO allocation_weight (rule, rank, ppm) SELECT $1, * FROM unnest($2::int[], $3::int[])",
            rule, [int(rank) for rank in written.weights], list(written.weights.values()),
        )  # fmt: skip
        await _told(who, "measure.rule_written", code, written, year=year)
        return await queries.one(who, code)


async def repeat_rule(who: Actor, measure: str, *, of_year: str, for_year: str) -> MeasureOut:
    """Give a school year the rule that a measure has in another. Raises Invalid, NotFound, NoRule, RuleThere."""
    _ministry(who)
    check_year(for_year)
    async with transaction(who):
        before = await queries.one(who, measure)
        if of_year not in (years := [rule.year for rule in before.rules]):
            raise NoRule(measure=measure, year=of_year)
        if for_year in years or not (key := await fetch_value(_REPEAT, measure, of_year, for_year)):
            raise RuleThere(measure=measure, year=for_year)
        await execute(_REPEAT_YEAR, key, of_year, for_year)
        await record(
            who, "measure.rule_repeated", kind="measure", subject=measure, after={"year": for_year, "of_year": of_year}
        )
        return await queries.one(who, measure)


def _ministry(who: Actor) -> None:
    who.must(RIGHT)
    if who.scope not in (Scope.ministry, Scope.system):  # a measure is the province's
        raise Forbidden()


async def _measure(who: Actor, code: str, year: str) -> Any:
    """The key of a measure, whose years and rules change one at a time."""
    await check_open(who, year)
    await queries.one(who, code)
    return await fetch_value("SELECT id FROM measure WHERE code = $1 FOR UPDATE", code)


async def _check_unused(measure: Any, code: str) -> None:
    if await fetch_value("SELECT EXISTS (SELECT FROM envelope WHERE measure = $1)", measure):
        raise HolderFixed(measure=code)


async def _check_categories(codes: list[str]) -> None:
    known = {row["code"] for row in await fetch("SELECT code FROM category WHERE code = ANY($1::text[])", codes)}
    if unknown := [code for code in codes if code not in known]:
        sentence = _("Aucune catégorie du catalogue ne porte ce code : {codes}.").format(codes=", ".join(unknown))
        raise Invalid({"categories": sentence})


def _check_rule(rule: AllocationRuleIn) -> None:
    wrong = {}
    if rule.cap_cents is not None and rule.cap_cents < max(rule.floor_cents, rule.base_cents):
        wrong["cap_cents"] = _("Le montant maximal est plus petit que le montant minimal ou que le montant de base.")
    if (rule.rank_of != "") != (rule.unranked_ppm is not None):
        wrong["unranked_ppm"] = _(
            "Une règle qui tient compte du rang dit ce que vaut une école sans rang publié; une autre n'en dit rien."
        )
    if rule.weights and not rule.rank_of:
        wrong["weights"] = _("Des poids sont donnés, mais la règle ne dit pas de quel rang (imse ou sfr).")
    elif not rule.weights.keys() <= {str(rank) for rank in range(1, 11)}:
        wrong["weights"] = _("Un rang va de 1 (le moins défavorisé) à 10.")
    if wrong:
        raise Invalid(wrong)


async def _same_measure(who: Actor, code: str, written: MeasureIn) -> bool:
    with use_language("fr"):  # else its name may be the English one
        there = await queries.one(who, code)
    english = await fetch_value("SELECT name_en FROM measure WHERE code = $1", code)
    return english == written.name_en.strip() and _same(there, written, but=("name_en",))


def _same(there: msgspec.Struct, written: msgspec.Struct, *, but: Sequence[str] = ()) -> bool:
    """Whether what is there says already what is written, field by field; the order of levels and categories says nothing."""
    fields = (field for field in written.__struct_fields__ if field not in but)
    return all(_plain(getattr(there, field)) == _plain(getattr(written, field)) for field in fields)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return set(value)
    return value.strip() if isinstance(value, str) else value


def _check_version(before: Any | None, version: int | None) -> None:
    if version is not None and version != (before["version"] if before else 0):
        raise Stale()


async def _told(who: Actor, what: str, code: str, written: msgspec.Struct, **more: str) -> None:
    after: Mapping[str, Any] = {**more, **msgspec.to_builtins(written)}
    await record(who, what, kind="measure", subject=code, after=after)
