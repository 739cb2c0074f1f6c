"""Whom a rule is for, as the rule sees them: open schools with their headcount and deprivation rank, or boards with their schools'."""

from collections import defaultdict
from typing import Any

import msgspec

from allocations.measures.formulas import Body, Rule, weight_of
from directory.deprivation.queries import ranks
from inventory.floor.rules import oldest_count_day
from inventory.floor.standing import headcounts
from kit.actor import Actor, Scope, system
from kit.clock import school_year_bounds
from kit.database import fetch, transaction

LEVELS = ("preschool", "primary", "secondary", "adult", "vocational")

# $1 levels that the rule is for. The same headcounts as the floor's: of days between $3 and $2, the latest; so the ranks.
_SCHOOLS = """
SELECT s.code, s.board, s.name, h.pupils, h.counted_on, {rank} AS rank
FROM school s LEFT JOIN ({headcounts}) h ON h.school = s.code {ranks}
WHERE s.closed_on IS NULL AND ({levels}) ORDER BY s.code
"""


class Holder(msgspec.Struct):
    """Who may hold an envelope: a school, or a board (`school` None)."""

    board: str
    school: str | None
    name: str
    body: Body

    @property
    def key(self) -> str:
        return self.school or self.board


async def holders(who: Actor, rule: Rule, year: str, *, of: str) -> list[Holder]:
    """All that the rule is for, `of` schools or boards (`school`, `board`), by code. In a transaction.

    A rule that parts a total looks at the whole province whoever asks: what each gets depends on all. Take `in_sight` of them then.
    """
    if rule.formula == "pro_rata":
        async with transaction(system()):
            rows = await _rows(rule, year)
    else:
        rows = [row for row in await _rows(rule, year) if _seen(who, row["board"], row["code"])]
    schools = [Holder(row["board"], row["code"], row["name"], _body(rule, row)) for row in rows]
    return schools if of == "school" else await _by_board(schools)


def in_sight(who: Actor, holder: Holder) -> bool:
    """Whether this caller may write the holder's envelopes."""
    return _seen(who, holder.board, holder.school)


def _seen(who: Actor, board: str, school: str | None) -> bool:
    if who.scope is Scope.board and board != who.board:
        return False
    given = who.schools_with("envelope.write")
    return given is None or school in given


async def _rows(rule: Rule, year: str) -> list[Any]:
    last_day = school_year_bounds(year)[1]
    given = " OR ".join(f"s.{level} AND '{level}' = ANY($1::text[])" for level in LEVELS)
    ranked = f"LEFT JOIN ({ranks(f'{rule.rank_of}_rank', last='$2::date', first='$3::date')}) d ON d.school = s.code"
    sql = _SCHOOLS.format(
        headcounts=headcounts(), levels=given,
        rank="d.rank" if rule.rank_of else "NULL::int", ranks=ranked if rule.rank_of else "",
    )  # fmt: skip
    return await fetch(sql, sorted(rule.levels), last_day, oldest_count_day(last_day))


def _body(rule: Rule, row: Any) -> Body:
    pupils = row["pupils"]
    return Body(pupils, row["counted_on"], (pupils or 0) * weight_of(rule, row["rank"]), row["rank"])


async def _by_board(schools: list[Holder]) -> list[Holder]:
    """The boards of these schools, their pupils together; a school of unknown size is counted aloud, never as empty."""
    names = {row["code"]: row["name"] for row in await fetch("SELECT code, name FROM board")}
    grouped: dict[str, list[Body]] = defaultdict(list)
    for school in schools:
        grouped[school.board].append(school.body)
    return [Holder(board, None, names[board], _together(bodies)) for board, bodies in sorted(grouped.items())]


def _together(bodies: list[Body]) -> Body:
    known = [body for body in bodies if body.pupils is not None]
    days = {body.counted_on for body in known}
    return Body(
        pupils=sum(body.pupils or 0 for body in known) if known else None,
        counted_on=days.pop() if len(days) == 1 else None,
        points=sum(body.points for body in known),
        schools=len(bodies),
        uncounted=len(bodies) - len(known) if known else 0,
    )
