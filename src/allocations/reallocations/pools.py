"""A board shares its schools' envelopes: what one lacks is borrowed from the others, each loan visible on both sides.

The system lends, in the name of whoever submits: a school's team may not see its neighbours' envelopes, and never does.
"""

from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Passing
from allocations.reallocations import queries, rules
from allocations.reallocations.operations import check_right, is_shared, return_cents, write
from allocations.reallocations.rules import Kind
from allocations.reallocations.schemas import PoolChange, PoolOut
from allocations.years.queries import check_open
from kit.actor import Actor, system
from kit.clock import now
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Stale
from kit.events import record
from kit.i18n import kept

_CHANGED = """
INSERT INTO envelope_pool (board, measure, year, shared, reason, changed_at, changed_by_name)
SELECT $1, m.id, $3, $4, $5, $6, $7 FROM measure m WHERE m.code = $2
ON CONFLICT (board, measure, year) DO UPDATE SET shared = excluded.shared, reason = excluded.reason,
    changed_at = excluded.changed_at, changed_by_name = excluded.changed_by_name, version = envelope_pool.version + 1
"""

# Envelopes of schools only: the board's own money is not a school's to borrow by itself.
_POOL = """
SELECT o.id FROM envelope e JOIN envelope o ON o.board = e.board AND o.measure = e.measure AND o.year = e.year
WHERE e.id = $1 AND e.school IS NOT NULL AND o.school IS NOT NULL ORDER BY o.id
"""

_LENDABLE = """
SELECT coalesce(sum(o.allocated_cents - o.reserved_cents - o.committed_cents - o.spent_cents), 0)::bigint
FROM envelope e JOIN envelope o ON o.board = e.board AND o.measure = e.measure AND o.year = e.year AND o.id <> e.id
WHERE e.id = $1 AND e.school IS NOT NULL AND o.school IS NOT NULL
"""

_LOANS = """
SELECT * FROM reallocation WHERE target = $1 AND automatic AND returned_cents < amount_cents ORDER BY made_at DESC, number DESC FOR UPDATE
"""

# Who borrowed and has something free again.
_BORROWERS = """
SELECT DISTINCT r.target FROM reallocation r JOIN envelope e ON e.id = r.target
WHERE r.automatic AND r.returned_cents < r.amount_cents AND e.allocated_cents > e.reserved_cents + e.committed_cents + e.spent_cents
ORDER BY r.target
"""


async def share(
    who: Actor, board: str, measure: str, year: str, change: PoolChange, *, version: int | None = None
) -> PoolOut:
    """Share a board's envelopes of a measure and year, or no longer; what is lent stays lent until it is given back.

    Raises NotFound (no envelope), Invalid without a reason, YearClosed, Stale.
    """
    check_right(who)
    reason = rules.check_reason(change.reason)
    async with transaction(who):
        await check_open(who, year)
        before = await queries.pool(who, board, measure, year)
        if version is not None and version != before.version:
            raise Stale()
        if before.shared != change.shared:
            await execute(_CHANGED, board, measure, year, change.shared, reason, now(), who.name)
            await record(
                who, "envelope.pool_changed", kind="pool", subject=f"{board} {measure} {year}", board=board,
                before={"shared": before.shared}, after={"shared": change.shared}, why=reason,
            )  # fmt: skip
        return await queries.pool(who, board, measure, year)


async def top_up(who: Actor, envelope: UUID, wanted: int) -> int:
    """Borrow from a shared pool what an envelope lacks for `wanted` cents; how many were lent (0: enough, or not shared, or in vain).

    Call it in the transaction that reserves, before the envelope is locked: all of the pool is locked in the order of its keys.
    """
    async with transaction(system()):
        row = await fetch_one(
            "SELECT e.board, m.code, e.year, e.allocated_cents - e.reserved_cents - e.committed_cents - e.spent_cents AS free"
            " FROM envelope e JOIN measure m ON m.id = e.measure WHERE e.id = $1",
            envelope,
        )
        if row is None or row["free"] >= wanted or not await is_shared(row["board"], row["code"], row["year"]):
            return 0
        locked = await envelopes.lock_many(one["id"] for one in await fetch(_POOL, envelope))
        if envelope not in locked:
            return 0
        borrower = locked.pop(envelope)
        free = [(key, lender.figures.free) for key, lender in locked.items()]
        taken = rules.lenders(free, wanted - borrower.figures.free)
        passings = []
        for lender, cents in taken:
            number = await write(
                who,
                Kind.loan,
                locked[lender],
                borrower,
                cents,
                kept(rules.REASONS[0], number="{number}"),
                automatic=True,
            )
            reason = kept(rules.REASONS[0], number=number)
            passings.append(Passing(lender, envelope, cents, reason, "reallocation", number))
            await record(
                who, "envelope.lent", kind="reallocation", subject=number, board=borrower.board,
                after={"source": locked[lender].school, "target": borrower.school, "cents": cents}, why=reason,
            )  # fmt: skip
        await envelopes.lend(who, passings)
        return sum(cents for _lender, cents in taken)


async def lendable(envelope: UUID) -> int:
    """Cents that the other envelopes of a shared pool have free, which `top_up` would borrow from (0: not shared).

    Their sum alone is told to a school, never whose they are.
    """
    async with transaction(system()):
        row = await fetch_one(
            "SELECT e.board, m.code, e.year FROM envelope e JOIN measure m ON m.id = e.measure WHERE e.id = $1",
            envelope,
        )
        if row is None or not await is_shared(row["board"], row["code"], row["year"]):
            return 0
        return int(await fetch_value(_LENDABLE, envelope))


async def settle(who: Actor, envelope: UUID) -> int:
    """Give back to the pool what an envelope has free of what it borrowed, the newest loan first; how many cents.

    A transaction of its own: its locks would cross those of an operation that has locked an envelope already.
    """
    async with transaction(system()):
        loans = {row["id"]: row for row in await fetch(_LOANS, envelope)}
        if not loans:
            return 0
        locked = await envelopes.lock_many({envelope, *(row["source"] for row in loans.values())})
        left = [(key, row["amount_cents"] - row["returned_cents"]) for key, row in loans.items()]
        paid = rules.given_back(left, locked[envelope].figures.free)
        for loan, cents in paid:
            await return_cents(who, loans[loan], cents, kept(rules.REASONS[1], number=loans[loan]["number"]))
        return sum(cents for _loan, cents in paid)


async def settle_all(who: Actor) -> int:
    """Give back all that borrowers have free: every night; a second run gives nothing. How many cents."""
    async with transaction(system()):
        borrowers = [row["target"] for row in await fetch(_BORROWERS)]
    return sum([await settle(who, envelope) for envelope in borrowers])
