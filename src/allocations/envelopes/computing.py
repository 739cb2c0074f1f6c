"""The rule of a measure, applied to every school that it is for: one read, pure arithmetic, a few set-based writes."""

from typing import Any
from uuid import UUID

from allocations.envelopes import operations
from allocations.envelopes.rules import Figures, Move
from allocations.envelopes.schemas import Computed, ComputedItem, EnvelopeRow, SkippedSchool
from allocations.measures import queries as measures
from allocations.measures.rules import HeldByBoard, Rule, check_year, covers, share_of
from allocations.years.queries import check_open
from inventory.floor.rules import oldest_count_day
from inventory.floor.standing import headcounts
from kit.actor import Actor, Scope, system
from kit.clock import school_year_bounds
from kit.database import execute, fetch, transaction
from kit.events import Change, record_all
from kit.filters import visible
from kit.i18n import _, money, n_, use_language
from kit.ids import new_id

_TURNS = 7_110_031
LEVELS = ("preschool", "primary", "secondary", "adult", "vocational")

# $1 a board, $4 schools (null: all). The same headcounts as the floor's: of days between $3 and $2, the latest.
_SCHOOLS = f"""
SELECT s.code, s.board, s.name, {", ".join(f"s.{level}" for level in LEVELS)}, h.pupils, h.counted_on
FROM school s LEFT JOIN ({headcounts()}) h ON h.school = s.code
WHERE s.closed_on IS NULL AND ($1::text IS NULL OR s.board = $1) AND ($4::text[] IS NULL OR s.code = ANY($4)) ORDER BY s.code
"""

_NEW = """
INSERT INTO envelope (id, board, school, measure, year)
SELECT n.id, n.board, n.school, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, board, school)
"""


async def compute(who: Actor, measure: str, year: str, *, dry_run: bool = False) -> Computed:
    """Give every open school that the rule is for its envelope of the year; a second run changes nothing.

    An envelope that exists is adjusted to what the rule says now, never below what is reserved, committed and spent. The
    headcount is the latest 30 September up to the year's own, at most one year older. Raises NotFound, NoRule, HeldByBoard, YearClosed.
    """
    who.must("envelope.write")
    check_year(year)
    async with transaction(who):
        await check_open(who, year)
        found, rule = await measures.rule_of(measure, year)
        if found["holder"] == "board":
            raise HeldByBoard(measure=measure)
        await execute("SELECT pg_advisory_xact_lock($1)", _TURNS)
        envelopes = await _envelopes(who, found["measure"], year)
        schools, moved = await _still_elsewhere(await _schools(who, year, rule), found["measure"], year, envelopes)
        items, skipped = _items(schools, rule, envelopes)
        if not dry_run:
            with use_language("fr"):  # the ledger is in French, whoever computes
                written, _skipped = _items(schools, rule, envelopes)
            await _write(who, found["measure"], year, written, envelopes)
    created = [item for item in items if item.before_cents is None]
    adjusted = [item for item in items if item.before_cents is not None and item.delta_cents]
    left = len(envelopes.keys() - {item.school for item in items})
    return Computed(
        measure=measure,
        year=year,
        dry_run=dry_run,
        schools=len(items),
        created=len(created),
        adjusted=len(adjusted),
        unchanged=len(items) - len(created) - len(adjusted),
        total_cents=sum((item.before_cents or 0) + item.delta_cents for item in items),
        items=items,
        skipped=skipped + moved,
        notes=[_left_alone(left)] if left else [],
    )


async def _schools(who: Actor, year: str, rule: Rule) -> list[Any]:
    """Open schools in sight whose levels the rule covers, with their headcount."""
    last_day = school_year_bounds(year)[1]
    rows = await fetch(
        _SCHOOLS, who.board if who.scope is Scope.board else None, last_day, oldest_count_day(last_day),
        who.schools_with("envelope.write"),
    )  # fmt: skip
    return [row for row in rows if covers(rule, {level for level in LEVELS if row[level]})]


async def _envelopes(who: Actor, measure: UUID, year: str) -> dict[str, EnvelopeRow]:
    """The envelopes that exist in sight, locked, by school."""
    where = visible(who, "envelope.write", board="e.board", school="e.school")
    where.add("e.measure = {}", measure)
    where.add("e.year = {}", year)
    rows = await fetch(f"SELECT e.id FROM envelope e WHERE {where}", *where.args)
    locked = await operations.lock_many(row["id"] for row in rows)
    return {envelope.school: envelope for envelope in locked.values()}


async def _still_elsewhere(
    schools: list[Any], measure: UUID, year: str, envelopes: dict[str, EnvelopeRow]
) -> tuple[list[Any], list[SkippedSchool]]:
    """The schools that may have an envelope here, and those whose envelope of the year stays with the board that they left."""
    async with transaction(system()):  # a neighbour's envelope: only that it exists
        rows = await fetch("SELECT school FROM envelope WHERE measure = $1 AND year = $2", measure, year)
    elsewhere = {row["school"] for row in rows} - envelopes.keys()
    sentence = _("L'enveloppe {year} de cette école reste tenue par l'organisme qu'elle a quitté.").format(year=year)
    return (
        [row for row in schools if row["code"] not in elsewhere],
        [SkippedSchool(row["code"], row["name"], sentence) for row in schools if row["code"] in elsewhere],
    )


def _items(
    schools: list[Any], rule: Rule, envelopes: dict[str, EnvelopeRow]
) -> tuple[list[ComputedItem], list[SkippedSchool]]:
    """What each school gets, and the schools that the rule gives nothing."""
    items, skipped = [], []
    for row in schools:
        share = share_of(rule, pupils=row["pupils"], counted_on=row["counted_on"])
        if share.cents is None:
            skipped.append(SkippedSchool(row["code"], row["name"], share.sentence))
        else:
            envelope = envelopes.get(row["code"])
            items.append(_item(row, share.cents, share.sentence, envelope.figures if envelope else None))
    return items, skipped


def _item(row: Any, cents: int, sentence: str, figures: Figures | None) -> ComputedItem:
    before = figures.allocated if figures else 0
    applied = max(cents, figures.used) if figures else cents
    if applied != cents:
        kept = _("L'enveloppe ne descend pas sous ce qui est déjà réservé, engagé ou dépensé : {used}.")
        sentence = f"{sentence} {kept.format(used=money(applied))}"
    return ComputedItem(
        board=row["board"],
        school=row["code"],
        name=row["name"],
        pupils=row["pupils"],
        amount_cents=cents,
        before_cents=figures.allocated if figures else None,
        asked_delta_cents=cents - before,
        delta_cents=applied - before,
        sentence=sentence,
    )


async def _write(
    who: Actor, measure: UUID, year: str, items: list[ComputedItem], envelopes: dict[str, EnvelopeRow]
) -> None:
    new = [item for item in items if item.before_cents is None]
    changed = [item for item in items if item.before_cents is not None and item.delta_cents]
    keys = {item.school: new_id() if item.before_cents is None else envelopes[item.school].id for item in items}
    await execute(
        _NEW, [keys[item.school] for item in new], [item.board for item in new], [item.school for item in new],
        measure, year,
    )  # fmt: skip
    await operations.allocate(who, [Move(keys[item.school], item.delta_cents, item.sentence) for item in new])
    await operations.adjust(who, [Move(keys[item.school], item.delta_cents, item.sentence) for item in changed])
    await record_all(who, [_event(item, keys[item.school]) for item in (*new, *changed)])


def _event(item: ComputedItem, envelope: UUID) -> Change:
    what = "envelope.allocated" if item.before_cents is None else "envelope.adjusted"
    after = {"allocated_cents": (item.before_cents or 0) + item.delta_cents}
    before = None if item.before_cents is None else {"allocated_cents": item.before_cents}
    return Change(
        what, "envelope", str(envelope), item.board, item.school, before=before, after=after, why=item.sentence
    )


def _left_alone(n: int) -> str:
    return n_(
        "{n} enveloppe existe pour une école que la règle ne vise pas ou plus : elle n'a pas été changée.",
        "{n} enveloppes existent pour des écoles que la règle ne vise pas ou plus : elles n'ont pas été changées.",
        n,
    ).format(n=n)
