"""What changes the floor: the scan, what is awaited, exemptions, acknowledged flags."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from time import perf_counter
from uuid import UUID

from inventory.floor.changes import ASSESSMENTS, FLAGS, STATUSES, TOTALS
from inventory.floor.flags import flag_out
from inventory.floor.queries import standard_in_force, visible_school
from inventory.floor.rules import AlreadyExempt, ExemptionEnded, FlagClosed, OlderScan, Status, oldest_count_day
from inventory.floor.schemas import ExemptionOut, Expected, FlagOut, ScanOut
from kit.actor import Actor, system
from kit.clock import MONTREAL, now, today
from kit.database import execute, fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import record
from kit.i18n import _

SCAN_LOCK = 7_110_010

_EXEMPTION = "id, board, school, category, reason, from_day, until_day, decided_by, decided_at, ended_at"


async def scan(who: Actor, *, at: datetime | None = None) -> ScanOut:
    """Assess every open school to which the standard in force applies, as of `at` (None: now), and write what changed.

    Two at once take turns. Nothing changed: nothing is written but the scan itself. Raises NoStandard, OlderScan.
    """
    who.must("floor.write")
    started = perf_counter()
    async with transaction(system()):
        # No nested loops: right after a first load the planner has no figures and would choose them, 200 times slower.
        await fetch_value("SELECT pg_advisory_xact_lock($1), set_config('enable_nestloop', 'off', true)", SCAN_LOCK)
        day = (at or now()).astimezone(MONTREAL).date()
        at = await _moment(at)
        standard = await standard_in_force(day)
        changed = await fetch_value(ASSESSMENTS, standard["id"], day, oldest_count_day(day), at)
        opened = closed = 0
        if changed:
            await execute(STATUSES, changed, standard["id"], at)
            flags = await fetch_one(FLAGS, changed, at, who.key, who.name, who.request)
            assert flags is not None
            opened, closed = flags["opened"], flags["closed"]
        if changed or not await fetch_value("SELECT 1 FROM floor_total WHERE on_day = $1 LIMIT 1", day):
            await execute(TOTALS, day)
        by_status = await _by_status()
        found = ScanOut(
            standard=standard["code"],
            assessed=sum(by_status.values()),
            by_status=by_status,
            opened=opened,
            closed=closed,
            seconds=round(perf_counter() - started, 3),
        )
        await execute(
            "INSERT INTO floor_scan (at, on_day, standard, assessed, by_status, opened, closed, seconds)"
            " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)",
            at, day, standard["id"], found.assessed, json.dumps(by_status), opened, closed, found.seconds,
        )  # fmt: skip
    return found


async def _moment(at: datetime | None) -> datetime:
    """When the scan is; read once its turn has come, so that rows never end before they began.

    Now, unless the clock was ahead when the last one was made: then a moment after it, or no night would be scanned until that day.
    """
    latest = await fetch_value("SELECT max(at) FROM floor_scan")
    if at is None:
        return max(now(), latest + timedelta(microseconds=1)) if latest else now()
    if latest and latest > at:
        raise OlderScan()
    return at


async def _by_status() -> dict[Status, int]:
    rows = await fetch("SELECT status, count(*) AS n FROM floor_status WHERE until_at IS NULL GROUP BY status")
    counts = {row["status"]: row["n"] for row in rows}
    return {status: counts.get(status, 0) for status in Status}


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


async def exempt(
    who: Actor, *, school: str, category: str | None, reason: str, until_day: date, from_day: date | None = None
) -> ExemptionOut:
    """Exempt a school from a category (None: from all) until a day, for a reason. The next scan takes it into account.

    Raises Invalid (no reason, dates that have passed), AlreadyExempt.
    """
    who.must("flag.decide", school=school)
    start = from_day or today()
    reason = reason.strip()
    async with transaction(who):
        found = await visible_school(who, school, "flag.decide")
        await _check_exemption(category, reason, start, until_day)
        # Two decisions on one school take turns.
        await fetch_value("SELECT pg_advisory_xact_lock($1, hashtext($2))", SCAN_LOCK, school)
        if await fetch_value(
            "SELECT 1 FROM floor_exemption WHERE school = $1 AND (category IS NULL OR $2::text IS NULL OR category = $2)"
            " AND ended_at IS NULL AND from_day <= $4 AND until_day >= $3",
            school, category, start, until_day,
        ):  # fmt: skip
            raise AlreadyExempt()
        rows = await fetch_as(
            ExemptionOut,
            "INSERT INTO floor_exemption (board, school, category, reason, from_day, until_day, decided_by, decided_at)"
            f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {_EXEMPTION}",
            found["board"], school, category, reason, start, until_day, who.name, now(),
        )  # fmt: skip
        await record(
            who, "floor.exempted", kind="school", subject=school, board=found["board"], school=school,
            after={"category": category, "from_day": start, "until_day": until_day}, why=reason,
        )  # fmt: skip
    return rows[0]


async def _check_exemption(category: str | None, reason: str, start: date, until_day: date) -> None:
    errors = {}
    if not reason:
        errors["reason"] = _("Écrivez pourquoi l'école est exemptée : ce motif sera lu par l'organisme.")
    if until_day < max(start, today()):
        errors["until_day"] = _("L'exemption finit aujourd'hui ou plus tard, et après avoir commencé.")
    if category and not await fetch_value("SELECT 1 FROM category WHERE code = $1", category):
        errors["category"] = _("La catégorie « {category} » n'existe pas.").format(category=category)
    if errors:
        raise Invalid(errors)


async def end_exemption(who: Actor, exemption: UUID, *, why: str = "") -> ExemptionOut:
    """End an exemption now; the next scan takes it into account. Raises NotFound, ExemptionEnded."""
    who.must("flag.decide")
    async with transaction(who):
        before = await fetch_one(
            "SELECT school, board, category, ended_at FROM floor_exemption WHERE id = $1 FOR UPDATE", exemption
        )
        if before is None:
            raise NotFound()
        who.must("flag.decide", school=before["school"])
        if before["ended_at"]:
            raise ExemptionEnded()
        rows = await fetch_as(
            ExemptionOut,
            f"UPDATE floor_exemption SET ended_at = $2 WHERE id = $1 RETURNING {_EXEMPTION}",
            exemption,
            now(),
        )
        await record(
            who, "floor.exemption_ended", kind="school", subject=before["school"], board=before["board"],
            school=before["school"], before={"category": before["category"]}, why=why,
        )  # fmt: skip
    return rows[0]


async def acknowledge(who: Actor, flag: UUID, note: str) -> FlagOut:
    """Take charge of a flag: by whom, what, for when (`note`). Said again, the later note stands beside the first in the trail.

    Raises NotFound, FlagClosed, Invalid.
    """
    who.must("flag.acknowledge")
    note = note.strip()
    if not note:
        raise Invalid({"note": _("Écrivez par qui, quoi et pour quand.")})
    async with transaction(who):
        found = await flag_out(who, flag)
        who.must("flag.acknowledge", school=found.school)
        # Boards read flags; only the service writes them, so that a flag cannot be closed by hand.
        async with transaction(system()):
            changed = await execute(
                "UPDATE floor_flag SET state = 'acknowledged', acknowledged_by = $2, acknowledged_at = $3"
                " WHERE id = $1 AND closed_at IS NULL",
                flag, who.person, now(),
            )  # fmt: skip
        if not changed:
            raise FlagClosed()
        await record(
            who, "floor.flag_acknowledged", kind="school", subject=found.school, board=found.board, school=found.school,
            before={"state": found.state}, after={"category": found.category, "gap": found.gap, "state": "acknowledged"},
            why=note,
        )  # fmt: skip
        return await flag_out(who, flag)
