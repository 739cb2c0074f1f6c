"""Orders that have not come when their year ends: listed with what their board decided, kept or given up."""

from typing import Any

from allocations.orders import closing
from allocations.orders.rules import AWAITING_SQL
from allocations.years import ending_rules, rules
from allocations.years.ending_rules import Choice
from allocations.years.queries import state_of
from allocations.years.schemas import Commitment, Decided
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, fetch, fetch_as, transaction
from kit.errors import Forbidden
from kit.events import Change, record_all
from kit.filters import Where
from kit.paging import Page, check_limit, decode, page

READ, RIGHT = "account.read", "order.write"  # the ministry reads no order, but what a year still holds

# Sent, and over neither way: what it awaits is committed on its year's envelopes.
AWAITED = f"coalesce(nullif(o.held_from, ''), o.state) IN {AWAITING_SQL}"

# The last choice of each order of a year ($1).
CHOSEN = """
SELECT DISTINCT ON (c."order") c."order", c.choice, c.reason, c.at, c.person_name FROM commitment_choice c
WHERE c.year = $1 ORDER BY c."order", c.at DESC, c.id DESC
"""

_LISTED = f"""
SELECT o.number, o.board, b.name AS board_name, p.name AS supplier_name, o.state, l.outstanding, l.held_cents, l.schools, l.expected_on,
       coalesce(c.choice, '') AS choice, coalesce(c.reason, '') AS reason, c.at AS decided_at,
       coalesce(c.person_name, '') AS decided_by_name
FROM purchase_order o JOIN board b ON b.code = o.board JOIN supplier p ON p.id = o.supplier
LEFT JOIN ({CHOSEN}) c ON c."order" = o.id
JOIN LATERAL (
    SELECT sum(quantity - received - cancelled)::int AS outstanding,
           sum(charged_cents - spent_cents - abandoned_cents)::bigint AS held_cents,
           count(DISTINCT school)::int AS schools, min(expected_on) FILTER (WHERE quantity > received + cancelled) AS expected_on
    FROM order_line WHERE "order" = o.id) l ON true
WHERE o.year = $1 AND ({AWAITED} AND l.outstanding > 0 OR c.choice IS NOT NULL) AND {{where}}
"""

_UNDECIDED = f"""
SELECT count(*)::int AS n FROM purchase_order o LEFT JOIN ({CHOSEN}) c ON c."order" = o.id
WHERE o.year = $1 AND {AWAITED} AND c.choice IS NULL AND EXISTS (
    SELECT FROM order_line l WHERE l."order" = o.id AND l.quantity > l.received + l.cancelled)
"""

# Locked alone: the lines and the choices behind are read by a statement that begins once the lock is held.
_LOCKED = """
SELECT o.* FROM purchase_order o WHERE o.year = $1 AND {where} ORDER BY o.id FOR UPDATE OF o
"""

_CHOOSE = """
INSERT INTO commitment_choice ("order", board, year, choice, reason, at, person, person_name)
SELECT n."order", n.board, $1, $2, $3, $4, $5, $6 FROM unnest($7::uuid[], $8::text[]) AS n ("order", board)
"""


async def listing(
    who: Actor,
    year: str,
    *,
    board: str | None = None,
    undecided: bool = False,
    limit: int,
    after: str | None,
) -> Page[Commitment]:
    """Orders of a year that still await something, and those that somebody decided on, by number. Raises Forbidden."""
    where = _seen(who, year)
    if board is not None:
        where.add("o.board = {}", board)
    if undecided:
        where.parts.append("c.choice IS NULL")
    if keys := decode(after, keys=1):
        where.add("o.number > {}", str(keys[0]))
    async with transaction(who):
        sql = _LISTED.format(where=where) + f" ORDER BY o.number LIMIT {check_limit(limit) + 1}"
        rows = await fetch_as(Commitment, sql, *where.args)
    return page(rows, limit, lambda row: [row.number])


async def undecided(year: str) -> int:
    """How many orders of the year await something that nobody has decided on, as far as the caller sees. Call in a transaction."""
    return int((await fetch(_UNDECIDED, year))[0]["n"])


async def decide(who: Actor, year: str, new: Decided) -> list[Commitment]:
    """Keep orders of an ending year, or give up what they still await; all of them or none. The same choice twice is made once.

    Raises Forbidden, Invalid (no reason, no order), NotEnding, NothingAwaited (which order), InvoicedAlready.
    """
    who.must(RIGHT)
    where = _seen(who, year)
    why, numbers = rules.check_reason(new.reason), ending_rules.check_orders(new.orders)
    async with transaction(who):
        ending_rules.check_ending(await state_of(who, year), year)
        where.add("o.number = ANY({}::text[])", numbers)
        rows = await fetch(_LOCKED.format(where=where), *where.args)
        found = {each.number: each for each in await _listed(who, year, numbers)}
        for number in numbers:
            if number not in found or not found[number].outstanding and found[number].choice != new.choice:
                raise ending_rules.NothingAwaited(number=number, year=year)
        changed = [row for row in rows if _differs(found[row["number"]], new.choice, why)]
        await _keep(who, year, new.choice, why, changed)
        if new.choice is Choice.abandon:
            await closing.give_up(who, changed, why)
        return await _listed(who, year, numbers)


def _differs(known: Commitment, choice: Choice, why: str) -> bool:
    return known.choice != choice or choice is Choice.keep and known.reason != why


async def _keep(who: Actor, year: str, choice: Choice, why: str, rows: list[Any]) -> None:
    """Write what was chosen, and tell it in the history of each order that is kept (of one given up, its closing tells)."""
    await execute(
        _CHOOSE, year, choice.value, why, now(), who.person, who.name, [row["id"] for row in rows], [row["board"] for row in rows]
    )  # fmt: skip
    if choice is Choice.keep:
        await record_all(
            who,
            [
                Change(what="order.kept", kind="order", subject=row["number"], board=row["board"], after={"year": year}, why=why)
                for row in rows
            ],
        )  # fmt: skip


async def _listed(who: Actor, year: str, numbers: list[str]) -> list[Commitment]:
    where = _seen(who, year)
    where.add("o.number = ANY({}::text[])", numbers)
    return await fetch_as(Commitment, _LISTED.format(where=where) + " ORDER BY o.number", *where.args)


def _seen(who: Actor, year: str) -> Where:
    """The orders whose money the caller reads whole; `$1` is the year. Raises Forbidden."""
    who.must(READ)
    if who.scope is Scope.school or who.schools_with(READ) is not None:  # an order is the whole board's
        raise Forbidden()
    where = Where()
    where.argument(year)
    if who.scope is Scope.board:
        where.add("o.board = {}", who.board)
    return where
