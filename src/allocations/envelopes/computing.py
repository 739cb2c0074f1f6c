"""The rule of a measure, applied to all that it is for: one read, pure arithmetic, a few set-based writes."""

from collections.abc import Iterator, Set
from typing import NamedTuple
from uuid import UUID

from allocations.envelopes import operations
from allocations.envelopes.rules import Move
from allocations.envelopes.schemas import Computed, ComputedItem, EnvelopeRow, SkippedSchool
from allocations.measures import queries as measures
from allocations.measures.bodies import Holder, holders, in_sight
from allocations.measures.formulas import NoTotal, Rule, Share, own_part, shares
from allocations.measures.rules import check_year
from allocations.years.queries import check_choosing_in
from kit.actor import Actor, system
from kit.database import execute, fetch, transaction
from kit.events import Change, record_all
from kit.filters import visible
from kit.i18n import _, current_language, kept, money, n_, use_language
from kit.ids import new_id

TURNS = 7_110_031  # whoever makes envelopes, so that none is made twice
OWN = "own_share"  # of a ledger row: the board's own part of what the rule says

_NEW = """
INSERT INTO envelope (id, board, school, measure, year)
SELECT n.id, n.board, n.school, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, board, school)
"""

# What the rule gave so far. What people moved, uploaded or were granted since is theirs: a new headcount leaves it alone.
_BY_RULE = f"""
SELECT envelope, sum(allocated_cents)::bigint AS cents,
       coalesce(sum(allocated_cents) FILTER (WHERE about_kind = '{OWN}'), 0)::bigint AS own
FROM ledger_entry WHERE envelope = ANY($1::uuid[]) AND kind IN ('allocation', 'adjustment') AND about_kind IN ('', '{OWN}')
GROUP BY envelope
"""


class _Standing(NamedTuple):
    """An envelope that exists, and what of its allocation the rule gave; `own` of it is the board's own part."""

    envelope: EnvelopeRow
    by_rule: int
    own: int


async def compute(who: Actor, measure: str, year: str, *, dry_run: bool = False) -> Computed:
    """Give every open school that the rule is for (or its board, where boards hold the measure) its envelope of the year.

    A second run changes nothing. An envelope that exists is adjusted by what the rule says more or less than it said before,
    never below what is reserved, committed and spent. The headcount is the latest 30 September up to the year's own, at most
    one year older. Raises NotFound, ByProject, NoRule, NoTotal, FloorsOverTotal, YearClosed.
    """
    who.must("envelope.write")
    check_year(year)
    async with transaction(who):
        await check_choosing_in(who, year)
        found, rule = await measures.rule_of(measure, year)
        total = found["total_cents"]
        if rule.formula == "pro_rata" and total is None:
            raise NoTotal(measure=measure, year=year)
        await execute("SELECT pg_advisory_xact_lock($1)", TURNS)
        standing = await _standing(who, found["measure"], year)
        everybody = await holders(who, rule, year, of=found["holder"])
        given, left = shares(rule, [holder.body for holder in everybody], total=total)
        seen = [(holder, share) for holder, share in zip(everybody, given, strict=True) if in_sight(who, holder)]
        seen, moved = await _still_elsewhere(seen, found["measure"], year, standing)
        items = [
            _item(rule, holder, share, standing.get(holder.key)) for holder, share in seen if share.cents is not None
        ]
        if not dry_run:
            written = items if current_language() == "fr" else _in_french(rule, everybody, seen, standing, total)
            await _write(who, rule, found["measure"], year, written, standing)
    created = [item for item in items if item.before_cents is None]
    adjusted = [item for item in items if item.before_cents is not None and item.delta_cents]
    skipped = [
        SkippedSchool(holder.school, holder.name, share.sentence) for holder, share in seen if share.cents is None
    ]
    return Computed(
        measure=measure,
        year=year,
        holder=found["holder"],
        dry_run=dry_run,
        schools=len(items),
        created=len(created),
        adjusted=len(adjusted),
        unchanged=len(items) - len(created) - len(adjusted),
        total_cents=sum((item.before_cents or 0) + item.delta_cents for item in items),
        items=items,
        skipped=skipped + moved,
        notes=[*_notes(rule, given, left, total, whole=len(seen) + len(moved) == len(everybody)),
               *_left_alone(standing.keys() - {item.school or item.board for item in items})],
    )  # fmt: skip


async def _standing(who: Actor, measure: UUID, year: str) -> dict[str, _Standing]:
    """The envelopes that exist in sight, locked, by school or board."""
    where = visible(who, "envelope.write", board="e.board", school="e.school")
    where.add("e.measure = {}", measure)
    where.add("e.year = {}", year)
    rows = await fetch(f"SELECT e.id FROM envelope e WHERE {where}", *where.args)
    locked = await operations.lock_many(row["id"] for row in rows)
    given = {row["envelope"]: row for row in await fetch(_BY_RULE, list(locked))}
    return {
        envelope.school or envelope.board: _Standing(
            envelope, *((given[key]["cents"], given[key]["own"]) if key in given else (0, 0))
        )
        for key, envelope in locked.items()
    }


async def _still_elsewhere(
    seen: list[tuple[Holder, Share]], measure: UUID, year: str, standing: dict[str, _Standing]
) -> tuple[list[tuple[Holder, Share]], list[SkippedSchool]]:
    """Those that may have an envelope here, and the schools whose envelope of the year stays with the board that they left."""
    async with transaction(system()):  # a neighbour's envelope: only that it exists
        rows = await fetch(
            "SELECT coalesce(school, board) AS key FROM envelope WHERE measure = $1 AND year = $2", measure, year
        )
    elsewhere = {row["key"] for row in rows} - standing.keys()
    if not elsewhere:
        return seen, []
    sentence = _("L'enveloppe {year} de cette école reste tenue par l'organisme qu'elle a quitté.").format(year=year)
    return (
        [pair for pair in seen if pair[0].key not in elsewhere],
        [SkippedSchool(holder.school, holder.name, sentence) for holder, _share in seen if holder.key in elsewhere],
    )


def _in_french(
    rule: Rule,
    everybody: list[Holder],
    seen: list[tuple[Holder, Share]],
    standing: dict[str, _Standing],
    total: int | None,
) -> list[ComputedItem]:
    """The same amounts with their arithmetic as the ledger says it, whoever computes."""
    with use_language("fr"):
        given, _left = shares(rule, [holder.body for holder in everybody], total=total)
        by_key = {holder.key: share for holder, share in zip(everybody, given, strict=True)}
        return [
            _item(rule, holder, by_key[holder.key], standing.get(holder.key))
            for holder, share in seen
            if share.cents is not None
        ]


def _item(rule: Rule, holder: Holder, share: Share, there: _Standing | None) -> ComputedItem:
    assert share.cents is not None
    asked = share.cents - (there.by_rule if there else 0)
    applied = max(asked, -there.envelope.figures.free) if there else asked
    sentence = share.sentence
    if there and applied != asked:
        held = _("L'enveloppe ne descend pas sous ce qui est déjà réservé, engagé ou dépensé : {used}.")
        sentence = f"{sentence} {held.format(used=money(there.envelope.figures.used))}"
    own = share.own_cents if applied == asked else own_part(rule, share.cents + applied - asked)
    return ComputedItem(
        board=holder.board,
        school=holder.school,
        name=holder.name,
        pupils=holder.body.pupils,
        amount_cents=share.cents,
        before_cents=there.envelope.figures.allocated if there else None,
        asked_delta_cents=asked,
        delta_cents=applied,
        own_delta_cents=own - (there.own if there else 0),
        sentence=sentence,
    )


async def _write(
    who: Actor, rule: Rule, measure: UUID, year: str, items: list[ComputedItem], standing: dict[str, _Standing]
) -> None:
    new = [item for item in items if item.before_cents is None]
    changed = [item for item in items if item.before_cents is not None and (item.delta_cents or item.own_delta_cents)]
    keys = [new_id() for _item in new]
    await execute(_NEW, keys, [item.board for item in new], [item.school for item in new], measure, year)
    old = [standing[item.school or item.board].envelope.id for item in changed]
    await operations.allocate(
        who, [move for key, item in zip(keys, new, strict=True) for move in _moves(rule, key, item)]
    )
    await operations.adjust(
        who, [move for key, item in zip(old, changed, strict=True) for move in _moves(rule, key, item)]
    )
    await record_all(who, [_event(item, key) for key, item in zip([*keys, *old], [*new, *changed], strict=True)])


def _moves(rule: Rule, envelope: UUID, item: ComputedItem) -> Iterator[Move]:
    """What is given, and the board's own part beside it."""
    yield Move(envelope, item.delta_cents - item.own_delta_cents, item.sentence)
    if item.own_delta_cents:
        yield Move(
            envelope, item.own_delta_cents, kept("Part de l'organisme. {arithmetic}", arithmetic=item.sentence), OWN
        )


def _event(item: ComputedItem, envelope: UUID) -> Change:
    what = "envelope.allocated" if item.before_cents is None else "envelope.adjusted"
    after = {"allocated_cents": (item.before_cents or 0) + item.delta_cents}
    before = None if item.before_cents is None else {"allocated_cents": item.before_cents}
    return Change(
        what, "envelope", str(envelope), item.board, item.school, before=before, after=after, why=item.sentence
    )


def _notes(rule: Rule, given: list[Share], left: int, total: int | None, *, whole: bool) -> list[str]:
    """What of the year's total nobody may take, or by how much the rule promises more than it."""
    if left:
        return [_("{left} du total ne sont à personne : le montant maximal les retient tous.").format(left=money(left))]
    promised = sum(share.cents or 0 for share in given)
    if rule.formula == "pro_rata" or not whole or total is None or promised <= total:
        return []
    sentence = _("La règle donne {promised} en tout, {more} de plus que le total de la mesure.")
    return [sentence.format(promised=money(promised), more=money(promised - total))]


def _left_alone(keys: Set[str]) -> list[str]:
    if not (n := len(keys)):
        return []
    return [
        n_(
            "{n} enveloppe existe pour une école que la règle ne vise pas ou plus : elle n'a pas été changée.",
            "{n} enveloppes existent pour des écoles que la règle ne vise pas ou plus : elles n'ont pas été changées.",
            n,
        ).format(n=n)
    ]
