"""What of selections waits: on whoever decides, at their step; on the schools that compose."""

from typing import Any

import msgspec

from allocations.approvals.queries import stuck
from allocations.approvals.schemas import QueueCounts
from allocations.selections.rules import State
from allocations.selections.schemas import QueueRow
from allocations.years.queries import still_open
from directory.replacements.queries import standings
from kit.actor import Actor
from kit.database import fetch, fetch_one, transaction
from kit.filters import Where, visible
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page
from kit.waiting import Waiting, waiting

_QUEUE = """
SELECT s.number, s.school, c.name AS school_name, m.code AS measure, s.title, s.net_cents, s.charged_cents,
       s.composed_by_name, s.submitted_at, coalesce(u.units, '{{}}') AS units, s.priority, s.wanted_by, s.step, s.step_role, s.version
FROM selection s JOIN school c ON c.code = s.school JOIN envelope e ON e.id = s.envelope JOIN measure m ON m.id = e.measure
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(t.category, t.units) AS units FROM (
        SELECT p.category, sum(i.quantity) AS units FROM selection_item i JOIN product p ON p.id = i.product
        WHERE i.selection = s.id AND p.tracked GROUP BY p.category) t
) u ON true
WHERE {where} AND s.state = 'submitted' ORDER BY s.submitted_at, s.number LIMIT {limit}
"""

_COUNTS = """
SELECT count(*)::int AS n, coalesce(sum(s.charged_cents), 0)::bigint AS charged_cents, min(s.submitted_at) AS oldest,
       count(*) FILTER (WHERE NOT (s.step_role = ANY({roles}::text[]) OR s.step_role = '' AND cardinality({roles}::text[]) > 0))::int
           AS as_deputy
FROM selection s WHERE {where}
"""


async def queue(who: Actor, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[QueueRow]:
    """What waits on `who` at their step, oldest first: nothing that they had a hand in, or have agreed to already."""
    where = await _mine(who)
    if keys := decode(after, keys=2):
        where.add("(s.submitted_at, s.number) > (({}::text[])[1]::timestamptz, ({}::text[])[2])", keys)
    async with transaction(who):
        rows = await fetch(_QUEUE.format(where=where, limit=check_limit(limit) + 1), *where.args)
    found_rows = [QueueRow(**{**row, "units": msgspec.json.decode(row["units"])}) for row in rows]
    return page(found_rows, limit, lambda row: (row.submitted_at.isoformat(), row.number))


async def to_decide(who: Actor) -> Waiting:
    """How many selections wait on `who`, the oldest by its submission: the length of `queue`."""
    where = await _mine(who)
    where.add("s.state = {}", State.submitted.value)
    return await _count(who, where, "s.submitted_at")


async def counts(who: Actor) -> QueueCounts:
    """What waits on `who`, in baskets and cents; how much of it for an absent person; and what waits on nobody in their board."""
    where = await _mine(who)
    where.add("s.state = {}", State.submitted.value)
    roles = where.argument([one.role for one in await standings(who) if one.replaced is None])
    async with transaction(who):
        row = await fetch_one(_COUNTS.format(where=where, roles=roles), *where.args)
    assert row is not None
    return QueueCounts(**row, stuck=await stuck(who))


async def _mine(who: Actor) -> Where:
    """The submitted selections `s` on which `who` decides now, by a role of their own or of somebody absent who is no author."""
    where = visible(who, "selection.approve", board="s.board", school="s.school")
    held = await standings(who)
    roles, schools, absent = ([getattr(one, name) for one in held] for name in ("role", "school", "replaced"))
    place = f"{where.argument(roles)}::text[], {where.argument(schools)}::text[], {where.argument(absent)}::uuid[]"
    where.parts.append(
        f"EXISTS (SELECT FROM unnest({place}) AS h (role, school, absent) WHERE s.step_role IN ('', h.role)"
        " AND (h.school IS NULL OR h.school = s.school) AND NOT EXISTS (SELECT FROM selection_author a"
        " WHERE a.selection = s.id AND a.person = h.absent))"
    )
    where.add("NOT EXISTS (SELECT FROM selection_author a WHERE a.selection = s.id AND a.person = {})", who.person)
    where.add(
        "NOT EXISTS (SELECT FROM approval d WHERE d.selection = s.id AND d.voided_at IS NULL AND {} IN (d.person, d.replaced))",
        who.person,
    )
    where.parts.append(still_open("s.year"))
    return where


async def to_finish(who: Actor, state: State) -> Waiting:
    """How many drafts (or selections refused, or on which a change is asked) wait for the schools in which `who` composes."""
    where = visible(who, "selection.compose", board="s.board", school="s.school")
    where.add("s.state = {}", state.value)
    where.parts.append(still_open("s.year"))
    return await _count(who, where, "s.made_at" if state is State.draft else "s.decided_at")


async def _count(who: Actor, where: Any, since: str) -> Waiting:
    async with transaction(who):
        sql = f"SELECT count(*)::int AS n, min({since}) AS since FROM selection s WHERE {where}"
        return waiting(await fetch_one(sql, *where.args))
