"""Calls for projects and what answers them. What is approved goes to the envelope as a ledger row with the project's number."""

from typing import Any

from allocations.envelopes import operations as envelopes
from allocations.envelopes.computing import TURNS
from allocations.envelopes.rules import Move
from allocations.measures.rules import check_year
from allocations.projects import queries, rules
from allocations.projects.rules import State, Verb
from allocations.projects.schemas import CallIn, CallOut, NewProject, ProjectChange, ProjectOut
from allocations.years.queries import check_choosing_in as check_year_open
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _, kept
from kit.numbers import next_number

_CALL = """
INSERT INTO call_for_projects (measure, year, opens_on, closes_on, note, version) VALUES ($1, $2, $3, $4, $5, 1)
ON CONFLICT (measure, year) DO UPDATE SET opens_on = $3, closes_on = $4, note = $5, version = call_for_projects.version + 1
"""

_NEW = """
INSERT INTO project (number, call, board, school, title, description, state, asked_cents, made_by_name, version)
VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, 1)
"""


async def write_call(who: Actor, measure: str, year: str, written: CallIn, *, version: int | None = None) -> CallOut:
    """Call for projects of a measure given on approval, or change the days. Raises NotFound, ByFormula, Invalid, Stale, YearClosed."""
    who.must("measure.write")
    if who.scope not in (Scope.ministry, Scope.system):
        raise Forbidden()
    check_year(year)
    rules.check_call_days(written.opens_on, written.closes_on)
    async with transaction(who):
        await check_year_open(who, year)
        row = await fetch_one("SELECT id, mode FROM measure WHERE code = $1 FOR UPDATE", measure)
        if row is None:
            raise NotFound(_("Aucune mesure ne porte le code « {code} ».").format(code=measure))
        if row["mode"] != "a_posteriori":
            raise rules.ByFormula(measure=measure)
        before = await fetch_value(
            "SELECT version FROM call_for_projects WHERE measure = $1 AND year = $2", row["id"], year
        )
        if version is not None and version != (before or 0):
            raise Stale()
        await execute(_CALL, row["id"], year, written.opens_on, written.closes_on, written.note.strip())
        after = {"year": year, "opens_on": written.opens_on.isoformat(), "closes_on": written.closes_on.isoformat()}
        await record(who, "projects.called", kind="measure", subject=measure, after=after)
        return await queries.call(who, measure, year)


async def draft(who: Actor, new: NewProject) -> ProjectOut:
    """Begin a proposal. Raises Forbidden, NoCall, WrongHolder, NotFound (a school or board that is not the caller's), YearClosed."""
    if new.school is None:
        who.must("project.write")
    async with transaction(who):
        await check_year_open(who, new.year)
        call = await queries.call_row(new.measure, new.year)
        board, school = await _proposer(who, new)
        rules.check_holder(call["holder"], school)
        number = await _number(board, new.year)
        await execute(
            _NEW,
            number,
            call["id"],
            board,
            school,
            new.title.strip(),
            new.description.strip(),
            new.asked_cents,
            who.name,
        )
        await record(
            who, "project.drafted", kind="project", subject=number, board=board, school=school,
            after={"title": new.title.strip(), "asked_cents": new.asked_cents},
        )  # fmt: skip
        return await queries.one(who, number)


async def change(who: Actor, number: str, written: ProjectChange, *, version: int | None = None) -> ProjectOut:
    """Write a draft anew. Raises NoSuchProject, Forbidden, WrongTurn, Stale, YearClosed."""
    async with transaction(who):
        row = await _own(who, number, Verb.change, "project.write", version)
        values = {
            "title": written.title.strip(), "description": written.description.strip(), "asked_cents": written.asked_cents,
        }  # fmt: skip
        await _move(who, row, Verb.change, values, "project.changed", after=values)
        return await queries.one(who, number)


async def submit(who: Actor, number: str, *, version: int | None = None) -> ProjectOut:
    """Hand a proposal in while its call is open. Raises as `change`, and NotOpen."""
    async with transaction(who):
        row = await _own(who, number, Verb.submit, "project.submit", version)
        rules.check_open(row["opens_on"], row["closes_on"], today())
        stamp = {"submitted_at": now(), "submitted_by": who.person, "submitted_by_name": who.name}
        await _move(who, row, Verb.submit, stamp, "project.submitted", after={"asked_cents": row["asked_cents"]})
        return await queries.one(who, number)


async def withdraw(who: Actor, number: str, *, version: int | None = None) -> ProjectOut:
    """Take back what is not decided yet. Raises as `change`."""
    async with transaction(who):
        row = await _own(who, number, Verb.withdraw, "project.submit", version)
        stamp = {"submitted_at": None, "submitted_by": None, "submitted_by_name": ""}
        await _move(who, row, Verb.withdraw, stamp, "project.withdrawn")
        return await queries.one(who, number)


async def approve(
    who: Actor, number: str, *, cents: int | None = None, reason: str = "", version: int | None = None
) -> ProjectOut:
    """Give a project what it asks, or `cents` of it, into its envelope (made where there is none).

    Raises NoSuchProject, Forbidden, WrongTurn, Stale, Invalid, YearClosed.
    """
    async with transaction(who):
        row = await _deciding(who, number, Verb.approve, version)
        given = row["asked_cents"] if cents is None else cents
        rules.check_amount(given, row["asked_cents"])
        async with transaction(system()):  # the money of a board, which the ministry reads and does not write
            await execute("SELECT pg_advisory_xact_lock($1)", TURNS)  # nobody else makes the same envelope meanwhile
            envelope = await queries.envelope_of(row) or await fetch_value(
                "INSERT INTO envelope (board, school, measure, year) VALUES ($1, $2, $3, $4) RETURNING id",
                row["board"], row["school"], row["measure"], row["year"],
            )  # fmt: skip
            said = kept("Projet {number} approuvé", number=number)
            await envelopes.allocate(who, [Move(envelope, given, said, "project", number)])
        stamp = {
            "approved_cents": given, "envelope": envelope, "reason": reason.strip(), "decided_at": now(),
            "decided_by_name": who.name,
        }  # fmt: skip
        after = {"approved_cents": given, "asked_cents": row["asked_cents"]}
        await _move(who, row, Verb.approve, stamp, "project.approved", after=after, why=reason.strip())
        return await queries.one(who, number)


async def refuse(who: Actor, number: str, *, reason: str, version: int | None = None) -> ProjectOut:
    """Say no, and why. Raises as `approve`."""
    async with transaction(who):
        row = await _deciding(who, number, Verb.refuse, version)
        why = rules.check_reason(reason)
        stamp = {"reason": why, "decided_at": now(), "decided_by_name": who.name}
        await _move(who, row, Verb.refuse, stamp, "project.refused", why=why)
        return await queries.one(who, number)


async def report(who: Actor, number: str, text: str, *, version: int | None = None) -> ProjectOut:
    """Say what became of an approved project; a closed year does not stop it. Raises NoSuchProject, Forbidden, WrongTurn, Stale."""
    if not (said := text.strip()):
        raise Invalid({"report": _("Écrivez ce que le projet a donné.")})
    async with transaction(who):
        row = await _own(who, number, Verb.report, "project.write", version, year_must_be_open=False)
        stamp = {"report": said, "reported_at": now(), "reported_by_name": who.name}
        await _move(who, row, Verb.report, stamp, "project.reported")
        return await queries.one(who, number)


async def _own(
    who: Actor, number: str, verb: Verb, right: str, version: int | None, *, year_must_be_open: bool = True
) -> Any:
    """A project that the caller may act on for its proposer, locked, in the state that the verb wants."""
    row = await queries.locked(who, number)
    who.must(right, school=row["school"])
    return await _checked(who, row, verb, version, year_must_be_open=year_must_be_open)


async def _deciding(who: Actor, number: str, verb: Verb, version: int | None) -> Any:
    who.must("project.decide")
    row = await queries.locked(who, number)
    rules.check_decides(who, row["submitted_by"])
    return await _checked(who, row, verb, version, year_must_be_open=True)


async def _checked(who: Actor, row: Any, verb: Verb, version: int | None, *, year_must_be_open: bool) -> Any:
    rules.after(State(row["state"]), verb, row["number"])
    if version is not None and version != row["version"]:
        raise Stale()
    if year_must_be_open:
        await check_year_open(who, row["year"])
    return row


async def _move(
    who: Actor, row: Any, verb: Verb, columns: dict[str, Any], what: str, *, after: Any = None, why: str = ""
) -> None:
    """Write a locked project's new state and columns, and the event."""
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    await execute(
        f"UPDATE project SET state = $2, version = version + 1, {places} WHERE id = $1",
        row["id"], rules.after(State(row["state"]), verb, row["number"]).value, *columns.values(),
    )  # fmt: skip
    await record(
        who, what, kind="project", subject=row["number"], board=row["board"], school=row["school"],
        before={"state": row["state"]}, after=after, why=why,
    )  # fmt: skip


async def _proposer(who: Actor, new: NewProject) -> tuple[str, str | None]:
    """Whose project it is: a school in sight, or the caller's board."""
    if new.school is not None:
        board = await fetch_value("SELECT board FROM school WHERE code = $1 AND closed_on IS NULL", new.school)
        elsewhere = (who.scope is Scope.board and board != who.board) or (
            who.scope is Scope.school and new.school not in who.schools
        )
        if board is None or elsewhere or not who.may("project.write", school=new.school):
            raise NotFound(_("Aucune école à vous ne porte le code {code}.").format(code=new.school))
        return board, new.school
    board = who.board if who.scope is Scope.board else new.board if who.scope is Scope.system else None
    if board is None:
        raise Forbidden(
            _("Un projet est celui d'une école ou d'un organisme : dites laquelle, ou agissez pour le vôtre.")
        )
    return board, None


async def _number(board: str, year: str) -> str:
    """`PR-711-2026-0042`."""
    n = await next_number(f"project-{board}-{year}")
    return f"PR-{board[:3]}-{year[:4]}-{n:04}"
