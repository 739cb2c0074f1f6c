"""Amendments: a sent order gets a revision. No price of a line changes: what it awaits is given up, and another line added."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.measures.queries import check_commit_day
from allocations.orders import amendments, limits, queries, revisions, rules
from allocations.orders.amendments import Changed, Thing
from allocations.orders.billed import check_given_up
from allocations.orders.operations import check_sender, locked, move
from allocations.orders.repricing import add_lines
from allocations.orders.rules import Act, State
from allocations.orders.schemas import LineChange, OrderFile
from allocations.years.queries import check_open
from inventory.floor import operations as floor
from kit import outbox
from kit.actor import Actor
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch, transaction
from kit.events import record
from kit.i18n import kept, use_language

_LINES = """
SELECT l.*, e.measure FROM order_line l JOIN envelope e ON e.id = l.envelope WHERE l."order" = $1 ORDER BY l.position
"""

_THINGS = """
SELECT id, code, name, category, closed_on IS NOT NULL AND closed_on <= $2 AS closed FROM product WHERE code = ANY($1::text[])
"""

_PLACES = """
SELECT s.school, b.code, b.name FROM school_building s JOIN building b ON b.code = s.building
WHERE s.school = ANY($1::text[]) AND b.code = ANY($2::text[]) AND s.closed_on IS NULL AND b.closed_on IS NULL
"""

_GIVE_UP = """
UPDATE order_line l SET cancelled = l.cancelled + c.units, abandoned_cents = l.abandoned_cents + c.cents, building = c.building,
    expected_on = c.expected_on, version = l.version + 1
FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[], $5::date[]) AS c (id, units, cents, building, expected_on)
WHERE l.id = c.id
"""

_DATES = """
UPDATE expected_delivery e SET expected_on = c.expected_on, updated_at = $3
FROM unnest($1::text[], $2::date[]) AS c (source, expected_on) WHERE e.source = c.source
"""


async def amend(
    who: Actor, number: str, lines: Sequence[LineChange], *, reason: str, version: int | None = None
) -> OrderFile:
    """Change what a sent order still awaits: quantity, price, product, place, day. The revised order leaves in two minutes.

    The new lines are priced with today's taxes as an invoice of their own in each part; the difference goes from or back to what
    the envelope has free. Raises NotAmendable, OnHold, Invalid, NothingChanges, NothingLeft, InvoicedAlready, OverBudget,
    NeedsAuthorisation,
    YearClosed and the measure's last
    day (something is added), Stale, NotFound.
    """
    check_sender(who)
    why = rules.check_reason(reason)
    async with transaction(who):
        row = await locked(who, number, version)
        state = State(row["state"])
        rules.check(Act.amend, state, number)
        await revisions.keep_first(who, row)
        before = await queries.one(who, number)
        known = {line["position"]: line for line in await fetch(_LINES, row["id"])}
        changes = amendments.plan(
            known, lines, things=await _things(lines), places=await _places(known, lines),
            eligible=await _eligible(known), made_on=row["made_at"].astimezone(MONTREAL).date(),
        )  # fmt: skip
        if any(change.added for change in changes):
            await check_open(who, row["year"])
        await _give_up(changes)
        await check_given_up(row)
        added = await add_lines(who, row, known, changes, revision=row["revision"] + 1)
        freed = await _pay(who, row, known, changes, added)
        await move(row, await _state_after(row, state), revision=row["revision"] + 1, acknowledged_on=None)
        after = await queries.one(who, number)
        await _check_limit(who, row, before, after)
        await _tell_floor(row, after, changes, added)
        if row["message"] is not None and not row["sent_how"]:
            await outbox.cancel(row["message"])
        leaves_at = None if row["sent_how"] else now() + rules.RECALL
        await revisions.issue(who, row, not_before=leaves_at, changes=changes, reason=why)
        with use_language("fr"):  # the trail is kept in French
            said = amendments.sentences(changes)
        await record(
            who, "order.amended", kind="order", subject=number, board=row["board"],
            before={"total_cents": before.order.total_cents},
            after={"revision": row["revision"] + 1, "total_cents": after.order.total_cents, "freed_cents": freed, "changes": said},
            why=why,
        )  # fmt: skip
        return await queries.one(who, number)


async def _things(lines: Sequence[LineChange]) -> dict[str, Thing]:
    codes = [change.product for change in lines if change.product]
    return {row["code"]: Thing(**row) for row in await fetch(_THINGS, codes, today())} if codes else {}


async def _places(known: Mapping[int, Any], lines: Sequence[LineChange]) -> dict[str, dict[str, str]]:
    codes = [change.building for change in lines if change.building]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if codes:
        for row in await fetch(_PLACES, list({line["school"] for line in known.values()}), codes):
            found[row["school"]][row["code"]] = row["name"] or row["code"]
    return found


async def _eligible(known: Mapping[int, Any]) -> dict[UUID, set[str]]:
    measures = {line["envelope"]: line["measure"] for line in known.values()}
    rows = await fetch(
        "SELECT measure, category FROM measure_category WHERE measure = ANY($1::uuid[])", list(set(measures.values()))
    )
    return {
        envelope: {row["category"] for row in rows if row["measure"] == measure}
        for envelope, measure in measures.items()
    }


async def _give_up(changes: Sequence[Changed]) -> None:
    await execute(
        _GIVE_UP, [c.line for c in changes], [c.abandoned for c in changes], [c.abandoned_cents for c in changes],
        [c.building for c in changes], [c.expected_on for c in changes],
    )  # fmt: skip


async def _pay(
    who: Actor, row: Any, known: Mapping[int, Any], changes: Sequence[Changed], added: Mapping[UUID, int]
) -> int:
    """Move each envelope's difference; how many cents all of them got back (negative: were asked for more).

    `added`: what each line's successor is charged.
    """
    sums: dict[UUID, int] = defaultdict(int)
    for change in changes:
        sums[known[change.position]["envelope"]] += added.get(change.line, 0) - change.abandoned_cents
    await check_commit_day(envelope for envelope, cents in sums.items() if cents > 0)
    reason = kept("Bon de commande {number}, révision {revision}", number=row["number"], revision=row["revision"] + 1)
    await envelopes.recommit(
        who, [Move(envelope, cents, reason, "order", row["number"]) for envelope, cents in sorted(sums.items())]
    )
    return -sum(sums.values())


async def _state_after(row: Any, state: State) -> State:
    """A revision waits to be confirmed again. Raises NothingLeft for an order of which nothing came or is awaited."""
    counts = await fetch(
        'SELECT sum(received)::int AS received, sum(quantity - received - cancelled)::int AS awaited FROM order_line WHERE "order" = $1',
        row["id"],
    )
    received, awaited = counts[0]["received"], counts[0]["awaited"]
    if not received and not awaited:
        raise rules.NothingLeft(number=row["number"])
    return rules.state_after_receipt([awaited]) if received else State.sent


async def _check_limit(who: Actor, row: Any, before: OrderFile, after: OrderFile) -> None:
    """What makes an order larger, above the board's amount, is for another person than its maker, who may authorise."""
    limit = await limits.on(row["board"], today())
    larger = after.order.before_tax_cents > before.order.before_tax_cents
    another = who.may("order.authorise") and who.person != row["made_by"]
    if larger and rules.over(after.order.before_tax_cents, limit) and not another:
        raise rules.AmendedOverLimit(number=row["number"], limit_cents=limit or 0)


async def _tell_floor(row: Any, after: OrderFile, changes: Sequence[Changed], added: Mapping[UUID, int]) -> None:
    """What is given up is awaited no more; what came and is not at work yet still is."""
    await floor.less_expected({str(change.line): change.abandoned for change in changes if change.abandoned})
    dated = [change for change in changes if change.dated]
    await execute(_DATES, [str(c.line) for c in dated], [c.expected_on for c in dated], now())
    new = [line for line in after.lines if line.revision == row["revision"] + 1 and line.tracked]
    await floor.expect([queries.expected(line, board=row["board"], order=row["number"]) for line in new])
