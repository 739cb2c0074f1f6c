"""What changes the floor: what is awaited, exemptions, acknowledged flags. The scan is in `scanning.py`."""

from collections.abc import Mapping, Sequence

from inventory.floor.schemas import Expected
from kit.clock import now
from kit.database import execute


async def expect(rows: Sequence[Expected]) -> None:
    """Say what is awaited, one row a source: a second word on a source replaces the first; quantity 0: nothing any more.

    Call inside the transaction of whoever orders: row-level security is that of its caller.
    """
    if not rows:
        return
    await execute(
        "INSERT INTO expected_delivery AS e (source, board, school, category, quantity, expected_on, label, updated_at)"
        " SELECT *, $8 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::date[], $7::text[])"
        " ON CONFLICT (source) DO UPDATE SET (board, school, category, quantity, expected_on, label, updated_at) ="
        " (EXCLUDED.board, EXCLUDED.school, EXCLUDED.category, EXCLUDED.quantity, EXCLUDED.expected_on, EXCLUDED.label, $8)",
        [row.source for row in rows], [row.board for row in rows], [row.school for row in rows],
        [row.category for row in rows], [row.quantity for row in rows], [row.expected_on for row in rows],
        [row.label for row in rows], now(),
    )  # fmt: skip


async def less_expected(sources: Mapping[str, int]) -> None:
    """Units of these sources (source → how many) went into service: they are awaited no more. Call inside a transaction.

    A source awaits zero at the least: what an order gave up may still arrive.
    """
    if not sources:
        return
    await execute(
        "UPDATE expected_delivery e SET quantity = greatest(e.quantity - less.n, 0), updated_at = $3"
        " FROM unnest($1::text[], $2::int[]) AS less (source, n) WHERE e.source = less.source",
        list(sources), list(sources.values()), now(),
    )  # fmt: skip
