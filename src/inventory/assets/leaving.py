"""Assets that leave together, with what they do to what is awaited: sent back to their supplier, or written by mistake."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inventory.assets import queries, rules
from inventory.assets.rules import Move, State
from inventory.floor.operations import less_expected
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_value
from kit.errors import Conflict
from kit.events import Change, record_all
from kit.i18n import lazy


class SeenTo(Conflict):
    sentence = lazy(
        "Le bien {tag} a changé depuis sa réception : elle ne s'annule plus. Retournez-le au fournisseur, ou retirez-le."
    )


async def send_back(who: Actor, tags: Sequence[str], *, why: str, replaced: bool) -> list[Any]:
    """Assets go back to their supplier; their rows as they were. `replaced`: others are awaited in their place.

    Call inside a transaction. Raises MoveRefused, NotFound, Forbidden.
    """
    rows = await queries.locked(who, list(tags), right="receipt.write")
    await _leave(who, rows, rules.RETURN_TO_SUPPLIER, why=why)
    # A unit that was at work ended its part of the delivery: its replacement is awaited anew. Without one, what was only
    # received is awaited no more.
    state = State.received if not replaced else None
    await _awaited(rows, lambda row: (row["state"] == state) - (replaced and row["state"] != State.received))
    return rows


async def come_back(who: Actor, tags: Sequence[str], *, why: str, replaced: bool) -> None:
    """A return that did not happen: its assets are here again, out of service until somebody has looked at them."""
    rows = await queries.locked(who, list(tags), right="receipt.write")
    await _leave(who, rows, rules.COME_BACK, why=why)
    await _awaited(rows, lambda row: int(replaced))


async def void(who: Actor, receipt_lines: Sequence[Any], *, why: str) -> list[Any]:
    """The assets of receipt lines never were; their rows as they were. Only those that nobody has seen to since.

    Put into service with their receipt, or after it, they may be; moved, lent, repaired, corrected or ticketed, not.
    Raises SeenTo. Call inside a transaction.
    """
    tags = [
        row["tag"] for row in await fetch("SELECT tag FROM asset WHERE receipt_line = ANY($1::uuid[])", receipt_lines)
    ]
    rows = await queries.locked(who, tags, right="receipt.write")
    for row in rows:
        if row["version"] > (1 if row["state"] == State.received else 2) or row["state"] not in rules.VOID.start:
            raise SeenTo(tag=row["tag"])
    if tag := await fetch_value(
        "SELECT a.tag FROM ticket t JOIN asset a ON a.id = t.asset WHERE a.id = ANY($1::uuid[]) ORDER BY a.tag LIMIT 1",
        [row["id"] for row in rows],
    ):
        raise SeenTo(tag=tag)
    await _leave(who, rows, rules.VOID, why=why)
    await _awaited(rows, lambda row: -(row["state"] == State.in_service))
    return rows


async def _leave(who: Actor, rows: Sequence[Mapping[str, Any]], step: Move, *, why: str) -> None:
    for row in rows:
        rules.check_move(step, State(row["state"]), row["tag"])
    await execute(
        "UPDATE asset SET state = $2, state_since = $3, version = version + 1 WHERE id = ANY($1::uuid[])",
        [row["id"] for row in rows], step.to.value, now(),
    )  # fmt: skip
    await record_all(
        who,
        [
            Change(
                what=step.what, kind="asset", subject=row["tag"], board=row["board"], school=row["school"],
                before={"state": row["state"]}, after={"state": step.to.value}, why=why,
            )
            for row in rows
        ],
    )  # fmt: skip


async def _awaited(rows: Sequence[Mapping[str, Any]], less: Callable[[Mapping[str, Any]], int]) -> None:
    """Lower what each source of delivery awaits by what `less` says of each of its assets (below zero: raise it)."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row["expected_source"] and (n := int(less(row))):
            counts[row["expected_source"]] += n
    await less_expected(dict(sorted(counts.items())))
