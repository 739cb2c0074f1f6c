"""Money moves. Each function locks the envelopes, writes their ledger rows and their figures in one go, for one move or for thousands.

They are called inside the `transaction(who)` of the operation that decides (a submission, an order, a receipt), which has
checked the right and records the event; several calls in one transaction take turns on the rows they lock. All lock in the
order of the envelopes' keys, so two operations that touch the same ones wait for each other and never deadlock: lock
everything that an operation will touch with `lock_many` first when it makes several moves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from allocations.envelopes import rules
from allocations.envelopes.rules import Change, Figures, Kind, Move, Passing
from allocations.envelopes.schemas import EnvelopeRow
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch
from kit.errors import NotFound, constraint

constraint("envelope_never_overdrawn", rules.NoLongerEnough)
constraint("envelope_nothing_negative", rules.NoLongerEnough)

_LOCK = """
SELECT e.id, e.board, e.school, m.code AS measure, m.tax_basis, e.year,
       e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents
FROM envelope e JOIN measure m ON m.id = e.measure WHERE e.id = ANY($1::uuid[]) ORDER BY e.id FOR UPDATE OF e
"""

_FIGURES = """
UPDATE envelope e SET allocated_cents = e.allocated_cents + c.allocated, reserved_cents = e.reserved_cents + c.reserved,
    committed_cents = e.committed_cents + c.committed, spent_cents = e.spent_cents + c.spent, version = e.version + 1
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS c (id, allocated, reserved, committed, spent)
WHERE e.id = c.id
"""

_LEDGER = """
INSERT INTO ledger_entry (envelope, board, school, kind, allocated_cents, reserved_cents, committed_cents, spent_cents,
                          reason, about_kind, about, counterpart, actor, actor_name, at)
SELECT e.id, e.board, coalesce(e.school, ''), $1, r.allocated, r.reserved, r.committed, r.spent, r.reason, r.about_kind,
       r.about, r.counterpart, $11, $12, $13
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::uuid[])
    WITH ORDINALITY AS r (envelope, allocated, reserved, committed, spent, reason, about_kind, about, counterpart, position)
JOIN envelope e ON e.id = r.envelope ORDER BY r.position
"""


async def lock(envelope: UUID) -> EnvelopeRow:
    """Lock one envelope until the transaction ends; its figures cannot change meanwhile. Raises NotFound."""
    return (await lock_many([envelope]))[envelope]


async def lock_many(envelopes: Iterable[UUID]) -> dict[UUID, EnvelopeRow]:
    """Lock envelopes in the order of their keys. Raises NotFound when one is absent or out of the caller's scope."""
    wanted = set(envelopes)
    found = {
        row["id"]: EnvelopeRow(
            id=row["id"],
            board=row["board"],
            school=row["school"],
            measure=row["measure"],
            tax_basis=row["tax_basis"],
            year=row["year"],
            figures=Figures(row["allocated_cents"], row["reserved_cents"], row["committed_cents"], row["spent_cents"]),
        )
        for row in await fetch(_LOCK, list(wanted))
    }
    if found.keys() != wanted:
        raise NotFound()
    return found


async def allocate(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """The first cents of a new envelope."""
    return await _write(who, Kind.allocation, moves)


async def adjust(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Change allocations by signed amounts. Raises OverBudget where less would be left than what is used."""
    return await _write(who, Kind.adjustment, moves)


async def transfer(who: Actor, passings: Sequence[Passing]) -> dict[UUID, Figures]:
    """Give allocated cents of one envelope to another, for good. Raises OverBudget where the giver has not as much free."""
    return await _write(who, Kind.transfer, [side for passing in passings for side in passing.sides()])


async def lend(who: Actor, passings: Sequence[Passing]) -> dict[UUID, Figures]:
    """As `transfer`, to be given back: the loan's own row says how much of it still is (`transfers.operations`)."""
    return await _write(who, Kind.loan, [side for passing in passings for side in passing.sides()])


async def carry_over(who: Actor, passings: Sequence[Passing]) -> dict[UUID, Figures]:
    """Free cents of a year's envelope into the next year's. Raises OverBudget where they are not free any more."""
    return await _write(who, Kind.carry_over, [side for passing in passings for side in passing.sides()])


async def recover(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Free → gone: the ministry takes back, or the year's end takes, what was not used. Raises OverBudget."""
    return await _write(who, Kind.recovery, moves)


async def reserve(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Free → reserved: a choice is submitted. Raises OverBudget with what is wanted and what is free."""
    return await _write(who, Kind.reservation, moves)


async def release(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Reserved → free: a choice is refused or withdrawn. Raises NotHeld, as each move out of a figure does."""
    return await _write(who, Kind.release, moves)


async def commit(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Reserved → committed: an order is sent."""
    return await _write(who, Kind.commitment, moves)


async def decommit(who: Actor, moves: Sequence[Move], *, back_to_reserved: bool = False) -> dict[UUID, Figures]:
    """Committed → free: what was ordered will not come. `back_to_reserved` when its choice stays approved (sending undone)."""
    return await _write(who, Kind.recall if back_to_reserved else Kind.decommitment, moves)


async def recommit(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Change what is committed by a signed amount: a sent order was amended. Raises OverBudget, NotHeld."""
    return await _write(who, Kind.recommitment, moves)


async def spend(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Committed → spent: goods arrived, at the order's price."""
    return await _write(who, Kind.spending, moves)


async def unspend(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Spent → committed: goods went back, their replacement is awaited."""
    return await _write(who, Kind.unspending, moves)


async def correct(who: Actor, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """Change what is spent by a signed amount: the invoice says otherwise. Raises OverBudget, NotHeld."""
    return await _write(who, Kind.correction, moves)


async def _write(who: Actor, kind: Kind, moves: Sequence[Move]) -> dict[UUID, Figures]:
    """All moves or none; the figures of each envelope afterwards. A move of nothing leaves no row."""
    locked = await lock_many(move.envelope for move in moves)
    rows = [(move, rules.effect(kind, move.cents)) for move in moves if move.cents]
    sums: dict[UUID, Change] = defaultdict(Change)
    for move, change in rows:
        sums[move.envelope] = Change(*map(sum, zip(sums[move.envelope], change, strict=True)))
    after = {key: row.figures for key, row in locked.items()} | {
        key: rules.changed(row.figures, sums[key], tax_basis=row.tax_basis, school=row.school or "")
        for key, row in locked.items()
        if key in sums
    }
    if rows:
        await execute(_FIGURES, list(sums), *map(list, zip(*sums.values(), strict=True)))
        await execute(
            _LEDGER,
            kind.value,
            [move.envelope for move, _change in rows],
            *map(list, zip(*(change for _move, change in rows), strict=True)),
            [move.reason for move, _change in rows],
            [move.about_kind for move, _change in rows],
            [move.about for move, _change in rows],
            [move.counterpart for move, _change in rows],
            who.person,
            who.name,
            now(),
        )
    return after
