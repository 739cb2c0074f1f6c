"""What a year that ends does with free money, by the rule of its measure: previewed, then applied once, whole or not at all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.computing import TURNS
from allocations.envelopes.rules import Move, Passing
from allocations.measures.rules import check_year
from allocations.years import rules
from allocations.years.commitments import AWAITED, CHOSEN
from allocations.years.queries import state_of
from allocations.years.rest_rules import NotClosingYet, Planned, Rule, total_of
from allocations.years.rules import check_province
from allocations.years.schemas import RestLine, RestOut
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, transaction
from kit.events import record
from kit.i18n import kept, name_sql
from kit.ids import new_id

# What is freed after its envelope's rest has gone (a late credit, a kept order given up) goes the same way.
# A measure that says nothing of its year's rest loses it: nothing moves, and the accounts say unspent.
_FREE = f"""
SELECT e.id, e.board, coalesce(e.school, '') AS school, coalesce(s.name, b.name) AS name, e.measure AS measure_id, m.code AS measure,
       {{measure}} AS measure_name, m.tax_basis, coalesce(y.rest, 'lost') AS rule,
       e.allocated_cents - e.reserved_cents - e.committed_cents - e.spent_cents AS cents, n.id AS "into",
       e.reserved_cents + e.committed_cents - coalesce(k.cents, 0) AS held_cents, coalesce(k.cents, 0) AS kept_cents
FROM envelope e JOIN measure m ON m.id = e.measure JOIN board b ON b.code = e.board LEFT JOIN school s ON s.code = e.school
LEFT JOIN measure_year y ON y.measure = e.measure AND y.year = e.year
LEFT JOIN envelope n ON n.measure = e.measure AND n.year = $2 AND n.board = e.board AND n.school IS NOT DISTINCT FROM e.school
LEFT JOIN (
    SELECT l.envelope, sum(l.charged_cents - l.spent_cents - l.abandoned_cents)::bigint AS cents
    FROM ({CHOSEN}) c JOIN purchase_order o ON o.id = c."order" JOIN order_line l ON l."order" = o.id
    WHERE c.choice = 'keep' AND {AWAITED} GROUP BY l.envelope) k ON k.envelope = e.id
LEFT JOIN (SELECT envelope, bool_or(rule = 'lost') AS lost FROM rest_ending WHERE year = $1 GROUP BY envelope) r ON r.envelope = e.id
WHERE e.year = $1 AND (r.envelope IS NULL OR NOT r.lost
    AND e.allocated_cents > e.reserved_cents + e.committed_cents + e.spent_cents)
ORDER BY e.board, e.school NULLS FIRST, m.code
"""

_NEXT = """
INSERT INTO envelope (id, board, school, measure, year)
SELECT n.id, n.board, nullif(n.school, ''), n.measure, $5
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS n (id, board, school, measure)
"""

_ENDED = """
INSERT INTO rest_ending (envelope, board, school, year, rule, cents, "into", reason, at, person, person_name)
SELECT r.envelope, r.board, r.school, $1, r.rule, r.cents, r."into", $2, $3, $4, $5
FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::uuid[]) AS r (envelope, board, school, rule, cents, "into")
"""

_DONE = "SELECT count(DISTINCT envelope)::int AS n FROM rest_ending WHERE year = $1"


async def preview(who: Actor, year: str) -> RestOut:
    """What `apply` would do now, a line an envelope. Raises Forbidden, Invalid."""
    check_province(who)
    check_year(year)
    async with transaction(who):
        return await _told(year, [_planned(row) for row in await _rows(year)], applied=False)


async def apply(who: Actor, year: str, *, reason: str) -> RestOut:
    """Carry over, recover or leave what is free of every envelope of a closed year. A second run finds nothing left to do.

    An envelope that is still reserved from, or committed to an order that nobody decided on, is left for a later run: when that is
    released, decided on or come. Orders that are kept hold nothing back. Raises Invalid, Forbidden, NotClosingYet.
    """
    check_province(who)
    check_year(year)
    why = rules.check_reason(reason)
    async with transaction(who):
        await execute("SELECT pg_advisory_xact_lock($1)", TURNS)  # with whoever makes envelopes of the next year
        if await state_of(who, year) not in rules.SHUT:
            raise NotClosingYet(year=year)
        locked = await envelopes.lock_many([row["id"] for row in await _rows(year)])
        planned = [_planned(row) for row in await _rows(year) if row["id"] in locked]
        ending = [each for each in planned if not each.held_cents]
        carried = [each for each in ending if each.rule is Rule.carried and each.cents]
        into = await _targets(carried, _next(year))
        await envelopes.carry_over(
            who,
            [
                Passing(each.envelope, into[each.envelope], each.cents, _reason(each, year), "year", year)
                for each in carried
            ],
        )
        taken = [each for each in ending if each.rule is Rule.recovered and each.cents]
        await envelopes.recover(
            who, [Move(each.envelope, each.cents, _reason(each, year), "year", year) for each in taken]
        )
        await execute(
            _ENDED, year, why, now(), who.person, who.name, [e.envelope for e in ending], [e.board for e in ending],
            [e.school for e in ending], [e.rule.value for e in ending], [e.cents for e in ending],
            [into.get(e.envelope) for e in ending],
        )  # fmt: skip
        out = await _told(year, planned, applied=True)
        if ending:
            after = {
                "carried_cents": out.carried_cents,
                "recovered_cents": out.recovered_cents,
                "lost_cents": out.lost_cents,
            }
            await record(who, "year.rest_applied", kind="year", subject=year, after=after, why=why)
        return out


async def _rows(year: str) -> list[Any]:
    return await fetch(_FREE.format(measure=name_sql("m")), year, _next(year))


def _next(year: str) -> str:
    return f"{int(year[:4]) + 1}-{int(year[5:]) + 1}"


def _planned(row: Any) -> Planned:
    fields = dict(row)
    fields["envelope"] = fields.pop("id")
    return Planned(**{**fields, "rule": Rule(fields["rule"])})


async def _targets(carried: Sequence[Planned], year: str) -> dict[UUID, UUID]:
    """The envelope of the next year of each; made, empty, where there is none yet."""
    made = {each.envelope: new_id() for each in carried if each.into is None}
    without = [each for each in carried if each.into is None]
    await execute(
        _NEXT, [made[each.envelope] for each in without], [each.board for each in without],
        [each.school for each in without], [each.measure_id for each in without], year,
    )  # fmt: skip
    return {each.envelope: each.into for each in carried if each.into is not None} | made


def _reason(each: Planned, year: str) -> str:
    if each.rule is Rule.carried:
        return kept("Reste de {year} reporté à {next}", year=year, next=_next(year))
    return kept("Reste de {year} récupéré", year=year)


async def _told(year: str, planned: Sequence[Planned], *, applied: bool) -> RestOut:
    done = (await fetch(_DONE, year))[0]["n"]
    return RestOut(
        year=year, next_year=_next(year), applied=applied, envelopes_ended=done,
        carried_cents=total_of(planned, Rule.carried), recovered_cents=total_of(planned, Rule.recovered),
        lost_cents=total_of(planned, Rule.lost), waiting=sum(1 for each in planned if each.held_cents),
        lines=[
            RestLine(
                board=each.board, school=each.school, name=each.name, measure=each.measure, measure_name=each.measure_name,
                tax_basis=each.tax_basis, rule=each.rule.value, cents=each.cents, held_cents=each.held_cents,
                kept_cents=each.kept_cents,
            )
            for each in planned
        ],
    )  # fmt: skip
