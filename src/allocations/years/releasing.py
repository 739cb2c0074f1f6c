"""Releasing what nobody ordered when a year ends: baskets are withdrawn, unsent orders given up, their people told. Once, whole.

Previewed first. A second run finds nothing left to do, but for a basket that was on its way in when the year closed.
"""

from collections.abc import Sequence
from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.rules import Move
from allocations.measures.rules import check_year
from allocations.orders import closing
from allocations.orders.rules import UNSENT_SQL
from allocations.years import ending_rules, release_notices, rules
from allocations.years.queries import state_of
from allocations.years.rules import check_province
from allocations.years.schemas import Released, ReleaseOut
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_one, transaction
from kit.events import Change, record, record_all
from kit.i18n import kept

_TURNS = 7_110_043

# Of `selection_item i`: on no order that stands (what amends a line is not the item's first).
_WAITS = """i.released_at IS NULL AND NOT EXISTS (
    SELECT FROM order_line l JOIN purchase_order o ON o.id = l."order"
    WHERE l.item = i.id AND l.amends IS NULL AND o.state <> 'cancelled')"""

_HOLDING = "s.state IN ('submitted', 'approved', 'ordered')"

_BASKETS = f"""
SELECT s.id, s.number, s.state, s.board, s.school, c.name, s.title, s.envelope, sum(i.charged_cents)::bigint AS cents
FROM selection s JOIN selection_item i ON i.selection = s.id JOIN school c ON c.code = s.school
WHERE s.year = $1 AND {_HOLDING} AND {_WAITS} GROUP BY s.id, c.code ORDER BY s.number
"""

_LOCK_BASKETS = f"""
SELECT s.id FROM selection s WHERE s.year = $1 AND {_HOLDING}
    AND EXISTS (SELECT FROM selection_item i WHERE i.selection = s.id AND {_WAITS}) ORDER BY s.id FOR UPDATE OF s
"""

_UNSENT = f"coalesce(nullif(o.held_from, ''), o.state) IN {UNSENT_SQL}"

_ORDERS = f"""
SELECT o.number, o.state, o.board, b.name, p.name AS title, (
    SELECT sum(charged_cents - abandoned_cents)::bigint FROM order_line WHERE "order" = o.id) AS cents
FROM purchase_order o JOIN board b ON b.code = o.board JOIN supplier p ON p.id = o.supplier
WHERE o.year = $1 AND {_UNSENT} ORDER BY o.number
"""

_LOCK_ORDERS = f"SELECT o.* FROM purchase_order o WHERE o.year = $1 AND {_UNSENT} ORDER BY o.id FOR UPDATE OF o"

_ON_ORDERS = 'SELECT DISTINCT envelope FROM order_line WHERE "order" = ANY($1::uuid[])'

_WITHDRAWN = """
UPDATE selection SET state = 'withdrawn', decided_at = $2, decision_reason = $3, version = version + 1 WHERE id = ANY($1::uuid[])
"""

# Of a basket of which something was ordered, the rest alone.
_RELEASED = f"UPDATE selection_item i SET released_at = $2 WHERE i.selection = ANY($1::uuid[]) AND {_WAITS}"

_VOID = """
UPDATE approval SET voided_at = $2, voided_because = 'year' WHERE selection = ANY($1::uuid[]) AND voided_at IS NULL
"""

_COUNTED = f"""
SELECT (SELECT count(DISTINCT s.id) FROM selection s JOIN selection_item i ON i.selection = s.id
        WHERE s.year = $1 AND {_HOLDING} AND {_WAITS})
     + (SELECT count(*) FROM purchase_order o WHERE o.year = $1 AND {_UNSENT}) AS n
"""


async def reserved(year: str) -> int:
    """How many baskets and unsent orders of the year hold money, as far as the caller sees. Call in a transaction."""
    row = await fetch_one(_COUNTED, year)
    return int(row["n"]) if row else 0


async def preview(who: Actor, year: str) -> ReleaseOut:
    """What `release` would give up now, a line a basket or unsent order. Raises Forbidden, Invalid."""
    check_province(who)
    check_year(year)
    async with transaction(who):
        return _told(year, await fetch(_BASKETS, year), await fetch(_ORDERS, year), applied=False)


async def release(who: Actor, year: str, *, reason: str) -> ReleaseOut:
    """Withdraw the baskets of an ending year that nobody ordered and give up its unsent orders: their money is free.

    Of a basket of which something was sent, the rest is given up. Raises Invalid, Forbidden, NotEnding.
    """
    check_province(who)
    check_year(year)
    why = rules.check_reason(reason)
    async with transaction(who):
        await execute("SELECT pg_advisory_xact_lock($1)", _TURNS)
        ending_rules.check_ending(await state_of(who, year), year)
        # Orders before baskets, as a cancellation locks them; then those that a purchaser was making of these baskets.
        await fetch(_LOCK_ORDERS, year)
        await fetch(_LOCK_BASKETS, year)
        given_up = await fetch(_LOCK_ORDERS, year)
        baskets, orders = await fetch(_BASKETS, year), await fetch(_ORDERS, year)
        out = _told(year, baskets, orders, applied=True)
        if not out.lines:
            return out
        on_orders = await fetch(_ON_ORDERS, [row["id"] for row in given_up])
        await envelopes.lock_many([row["envelope"] for row in (*baskets, *on_orders)])
        await closing.give_up(who, given_up, why)
        await _withdraw(who, year, baskets, why)
        await release_notices.tell(who, year, baskets=baskets, orders=given_up, why=why)
        after = {"baskets": out.baskets, "orders": out.orders, "cents": out.cents}
        await record(who, "year.released", kind="year", subject=year, after=after, why=why)
        return out


async def _withdraw(who: Actor, year: str, baskets: Sequence[Any], why: str) -> None:
    ordered = [row["id"] for row in baskets if row["state"] == "ordered"]
    whole, moment = [row["id"] for row in baskets if row["state"] != "ordered"], now()
    await execute(_RELEASED, ordered, moment)
    await execute(_VOID, whole, moment)
    await execute(_WITHDRAWN, whole, moment, kept("Exercice {year} fermé", year=year))
    await envelopes.release(
        who,
        [
            Move(
                row["envelope"], row["cents"], kept("Panier {number} : exercice {year} fermé", number=row["number"], year=year),
                "selection", row["number"],
            )
            for row in baskets
        ],
    )  # fmt: skip
    await record_all(
        who,
        [
            Change(
                what="selection.released", kind="selection", subject=row["number"], board=row["board"], school=row["school"],
                before={"state": row["state"]}, after={"cents": row["cents"]}, why=why,
            )
            for row in baskets
        ],
    )  # fmt: skip


def _told(year: str, baskets: Sequence[Any], orders: Sequence[Any], *, applied: bool) -> ReleaseOut:
    lines = [
        Released(
            kind=kind, number=row["number"], board=row["board"], school=row.get("school", ""), name=row["name"], title=row["title"],
            state=row["state"], cents=row["cents"],
        )
        for kind, rows in (("selection", baskets), ("order", orders))
        for row in rows
    ]  # fmt: skip
    return ReleaseOut(
        year=year, applied=applied, baskets=len(baskets), orders=len(orders), cents=sum(line.cents for line in lines), lines=lines
    )  # fmt: skip
