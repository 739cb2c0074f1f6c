"""Closing a school year for the whole province, and opening it again. A closed one is read, exported, and received into."""

from allocations.measures.rules import check_year
from allocations.years import queries, rules
from allocations.years.rules import State
from allocations.years.schemas import YearOut
from kit.actor import Actor, Scope
from kit.clock import now, school_year, today
from kit.database import execute, fetch_one, transaction
from kit.errors import Forbidden, Stale
from kit.events import record

RIGHT = "year.write"

_ROW = "INSERT INTO school_year (code, state, version) VALUES ($1, 'open', 0) ON CONFLICT (code) DO NOTHING"

_CLOSED = """
UPDATE school_year SET state = 'closed', closed_at = $2, closed_by = $3, closed_by_name = $4, reason = $5, version = version + 1
WHERE code = $1
"""

_REOPENED = """
UPDATE school_year SET state = 'open', closed_at = NULL, closed_by = NULL, closed_by_name = '', reason = $2, version = version + 1
WHERE code = $1
"""


async def close(who: Actor, year: str, *, reason: str, version: int | None = None) -> YearOut:
    """Write nothing more in a school year but what is received. Raises Invalid, AlreadyClosed, NotBegun, Stale."""
    why = rules.check_reason(reason)
    async with transaction(who):
        rules.check_close(await _locked(who, year, version), year, current=school_year(today()))
        await execute(_CLOSED, year, now(), who.person, who.name, why)
        return await _told(who, year, "year.closed", State.open, State.closed, why)


async def reopen(who: Actor, year: str, *, reason: str, version: int | None = None) -> YearOut:
    """Open a closed year again: what it held goes on where it stood. Raises Invalid, NotClosed, Stale."""
    why = rules.check_reason(reason)
    async with transaction(who):
        rules.check_reopen(await _locked(who, year, version), year)
        await execute(_REOPENED, year, why)
        return await _told(who, year, "year.reopened", State.closed, State.open, why)


async def _locked(who: Actor, year: str, version: int | None) -> State:
    """The state of a year, whose row is locked (made first where there is none: two callers take turns)."""
    who.must(RIGHT)
    if who.scope not in (Scope.ministry, Scope.system):  # a year is closed for all
        raise Forbidden()
    check_year(year)
    await execute(_ROW, year)
    row = await fetch_one("SELECT state, version FROM school_year WHERE code = $1 FOR UPDATE", year)
    assert row is not None
    if version is not None and version != row["version"]:
        raise Stale()
    return State(row["state"])


async def _told(who: Actor, year: str, what: str, before: State, after: State, why: str) -> YearOut:
    await record(who, what, kind="year", subject=year, before={"state": before}, after={"state": after}, why=why)
    return await queries.one(who, year)
