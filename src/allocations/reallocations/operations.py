"""A board moves money between the envelopes of its schools: for good, or as a loan that is given back."""

from typing import Any
from uuid import UUID

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Passing
from allocations.envelopes.schemas import EnvelopeRow
from allocations.reallocations import queries, rules
from allocations.reallocations.rules import Kind
from allocations.reallocations.schemas import GiveBack, NewReallocation, ReallocationOut
from allocations.years.queries import check_open
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, NotFound, Stale
from kit.events import record
from kit.numbers import next_number

RIGHT = "envelope.write"

_NEW = """
INSERT INTO reallocation (number, board, measure, year, kind, source, target, source_school, target_school, amount_cents, automatic, reason,
                          made_at, made_by, made_by_name)
SELECT $1, e.board, e.measure, e.year, $2, e.id, $4, coalesce(e.school, ''), $5, $6, $7, $8, $9, $10, $11 FROM envelope e WHERE e.id = $3
"""


async def transfer(who: Actor, new: NewReallocation) -> ReallocationOut:
    """Give cents of one envelope to another for good. Raises SameEnvelope, NotTogether, OverBudget, YearClosed, NotFound, Invalid."""
    return await _pass(who, Kind.transfer, new)


async def lend(who: Actor, new: NewReallocation) -> ReallocationOut:
    """Lend cents of one envelope to another; `give_back` returns them. Raises as `transfer`."""
    return await _pass(who, Kind.loan, new)


async def give_back(who: Actor, number: str, back: GiveBack, *, version: int | None = None) -> ReallocationOut:
    """Return a loan to its lender, whole or in part: what the borrower has free. Raises OverBudget, NotALoan, MoreThanLent, Stale."""
    check_right(who)
    reason = rules.check_reason(back.reason)
    async with transaction(who):
        row = await fetch_one(
            "SELECT * FROM reallocation WHERE number = $1 AND ($2::text IS NULL OR board = $2) FOR UPDATE",
            number,
            who.board,
        )
        if row is None:
            raise NotFound()
        if version is not None and version != row["version"]:
            raise Stale()
        cents = rules.to_give_back(
            number, kind=Kind(row["kind"]), lent=row["amount_cents"], returned=row["returned_cents"], wanted=back.cents
        )
        await return_cents(who, row, cents, reason)
        return await queries.one(who, number)


def check_right(who: Actor) -> None:
    """Money moves between schools only by their board. Raises Forbidden."""
    who.must(RIGHT)
    if who.scope not in (Scope.board, Scope.system):
        raise Forbidden()


async def write(
    who: Actor, kind: Kind, source: EnvelopeRow, target: EnvelopeRow, cents: int, reason: str, **more: Any
) -> str:
    """The row of a movement between two locked envelopes; its number. The ledger is written by the caller. `automatic` in `more`."""
    number = rules.number(source.board, source.year, await next_number(f"reallocation {source.board} {source.year}"))
    said = reason.format(number=number) if more.get("automatic") else reason
    await execute(
        _NEW, number, kind.value, source.id, target.id, target.school or "", cents, bool(more.get("automatic")), said, now(),
        who.person, who.name,
    )  # fmt: skip
    return number


async def return_cents(who: Actor, row: Any, cents: int, reason: str) -> None:
    """Give back so many cents of a loan whose row is locked, with its ledger rows and its event. Raises OverBudget."""
    await envelopes.lend(who, [Passing(row["target"], row["source"], cents, reason, "reallocation", row["number"])])
    await execute(
        "UPDATE reallocation SET returned_cents = returned_cents + $2, version = version + 1 WHERE id = $1",
        row["id"],
        cents,
    )
    await record(
        who, "envelope.given_back", kind="reallocation", subject=row["number"], board=row["board"],
        before={"left_cents": row["amount_cents"] - row["returned_cents"]},
        after={"left_cents": row["amount_cents"] - row["returned_cents"] - cents}, why=reason,
    )  # fmt: skip


async def _pass(who: Actor, kind: Kind, new: NewReallocation) -> ReallocationOut:
    check_right(who)
    reason = rules.check_reason(new.reason)
    async with transaction(who):
        source, target = await _both(new.source, new.target)
        await check_open(who, source.year)
        number = await write(who, kind, source, target, new.cents, reason)
        move = envelopes.transfer if kind is Kind.transfer else envelopes.lend
        await move(who, [Passing(source.id, target.id, new.cents, reason, "reallocation", number)])
        await record(
            who, "envelope.transferred" if kind is Kind.transfer else "envelope.lent", kind="reallocation", subject=number,
            board=source.board, after={"source": source.school, "target": target.school, "cents": new.cents}, why=reason,
        )  # fmt: skip
        return await queries.one(who, number)


async def _both(source: UUID, target: UUID) -> tuple[EnvelopeRow, EnvelopeRow]:
    if source == target:
        raise rules.SameEnvelope()
    found = await envelopes.lock_many([source, target])
    rules.check_pair(found[source], found[target])
    return found[source], found[target]


async def is_shared(board: str, measure: str, year: str) -> bool:
    """Whether a board shares the envelopes of a measure and year. Call in a transaction."""
    return bool(
        await fetch_value(
            "SELECT p.shared FROM envelope_pool p JOIN measure m ON m.id = p.measure"
            " WHERE p.board = $1 AND m.code = $2 AND p.year = $3",
            board, measure, year,
        )
    )  # fmt: skip
