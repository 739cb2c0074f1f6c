"""Ending a school year for the whole province: closing, closed, open again for its accounts alone. A mistake is opened whole."""

from allocations.measures.rules import check_year
from allocations.years import commitments, ending_rules, queries, releasing, rules
from allocations.years.rules import State, Verb
from allocations.years.schemas import YearOut
from kit.actor import Actor
from kit.clock import now, school_year, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Stale
from kit.events import record

_ROW = "INSERT INTO school_year (code, state, version) VALUES ($1, 'open', 0) ON CONFLICT (code) DO NOTHING"

# When and by whom it was closed stays while it is open for its accounts.
_CLOSED = """
UPDATE school_year SET state = 'closed', closed_at = $2, closed_by = $3, closed_by_name = $4, reason = $5, version = version + 1
WHERE code = $1
"""

_MOVED = "UPDATE school_year SET state = $3, reason = $2, version = version + 1 WHERE code = $1"

_REOPENED = """
UPDATE school_year SET state = 'open', closed_at = NULL, closed_by = NULL, closed_by_name = '', reason = $2, version = version + 1
WHERE code = $1
"""

_WHAT = {
    Verb.begin_closing: "year.closing",
    Verb.close: "year.closed",
    Verb.report: "year.reporting",
    Verb.reopen: "year.reopened",
}


async def begin_closing(who: Actor, year: str, *, reason: str, version: int | None = None) -> YearOut:
    """Hand no new basket on and give no money in a year that ends; what is approved goes on. Raises AlreadyClosing, as `close`."""
    return await _move(who, Verb.begin_closing, year, reason, version)


async def close(who: Actor, year: str, *, reason: str, anyway: bool = False, version: int | None = None) -> YearOut:
    """Write nothing more in a school year but what is received.

    Over baskets that nobody ordered and orders that nobody decided on only `anyway`: they are released and decided on afterwards,
    and the rest of their envelopes waits for it. Raises StillHeld, Invalid, AlreadyClosed, NotBegun, Stale.
    """
    return await _move(who, Verb.close, year, reason, version, anyway=anyway)


async def report(who: Actor, year: str, *, reason: str, version: int | None = None) -> YearOut:
    """Open a closed year for its accounts alone: they are signed again, no money moves. Raises Invalid, NotClosed, Stale."""
    return await _move(who, Verb.report, year, reason, version)


async def reopen(who: Actor, year: str, *, reason: str, version: int | None = None) -> YearOut:
    """Open a year again that was closed by mistake: what it held goes on where it stood. Raises Invalid, NotClosed, RestEnded, Stale."""
    return await _move(who, Verb.reopen, year, reason, version)


async def _move(who: Actor, verb: Verb, year: str, reason: str, version: int | None, *, anyway: bool = True) -> YearOut:
    why = rules.check_reason(reason)
    async with transaction(who):
        before = await _locked(who, year, version)
        state = rules.after(before, verb, year, current=school_year(today()))
        if verb is Verb.reopen and await fetch_value("SELECT EXISTS (SELECT FROM rest_ending WHERE year = $1)", year):
            raise rules.RestEnded(year=year)
        if not anyway and before is not State.reporting:  # it was closed over them once
            ending_rules.check_held(
                year, reserved=await releasing.reserved(year), undecided=await commitments.undecided(year)
            )
        if verb is Verb.close:
            await execute(_CLOSED, year, now(), who.person, who.name, why)
        elif verb is Verb.reopen:
            await execute(_REOPENED, year, why)
        else:
            await execute(_MOVED, year, why, state.value)
        await record(
            who, _WHAT[verb], kind="year", subject=year, before={"state": before}, after={"state": state}, why=why
        )
        return await queries.one(who, year)


async def _locked(who: Actor, year: str, version: int | None) -> State:
    """The state of a year, whose row is locked (made first where there is none: two callers take turns)."""
    rules.check_province(who)
    check_year(year)
    await execute(_ROW, year)
    row = await fetch_one("SELECT state, version FROM school_year WHERE code = $1 FOR UPDATE", year)
    assert row is not None
    if version is not None and version != row["version"]:
        raise Stale()
    return State(row["state"])
