"""Adjustments to envelopes by file: each line is asked, applied as far as the envelope allows, and answered. Once a file."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple
from uuid import UUID

from allocations.adjustments import queries, reading, rules
from allocations.adjustments.reading import Line
from allocations.adjustments.rules import Outcome, Result
from allocations.adjustments.schemas import LineOut, UploadAnswer
from allocations.envelopes import operations as envelopes
from allocations.envelopes.computing import TURNS
from allocations.envelopes.rules import Move
from allocations.years.queries import check_choosing_in
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, transaction
from kit.errors import Forbidden, Invalid
from kit.events import Change, record, record_all
from kit.i18n import _, kept, use_language
from kit.ids import new_id
from kit.numbers import next_number

RIGHT = "envelope.write"

_UPLOAD = """
INSERT INTO adjustment_upload (id, number, board, measure, year, file_name, digest, reason, state, made_at, made_by, made_by_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', $9, $10, $11)
"""

_LINES = """
INSERT INTO adjustment_line (upload, line, as_read, board, school, envelope, outcome, asked_cents, applied_cents, before_cents, sentence)
SELECT $1, l.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::bigint[], $9::bigint[],
                           $10::bigint[], $11::text[]) AS l
"""

_NEW = """
INSERT INTO envelope (id, board, school, measure, year)
SELECT n.id, n.board, n.school, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, board, school)
"""


class _Answered(NamedTuple):
    """A line and what became of it. `key`: its envelope, `before`: what that held before the line."""

    line: Line
    holder: queries.Holder | None
    key: UUID | None
    before: int | None
    result: Result


async def upload(
    who: Actor,
    measure: str,
    year: str,
    file: BinaryIO,
    name: str,
    *,
    reason: str,
    codes: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> UploadAnswer:
    """Change envelopes of a measure and year as a file says; the schools are told when the upload is released.

    `codes`: the file's own codes of schools → ours. A file that names nobody here is answered and not kept. The same file again
    changes nothing and gives the first answer. Raises Forbidden, Invalid, NotFound, YearClosed, Unreadable, NoColumn.
    """
    who.must(RIGHT)
    if who.scope is Scope.school:
        raise Forbidden()
    if not (why := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit dans l'historique de chaque enveloppe.")})
    lines = await asyncio.to_thread(reading.read, file, name, codes or {})
    digest = _digest(file)
    async with transaction(who):
        await check_choosing_in(who, year)
        target = await queries.target(measure, year)
        await execute("SELECT pg_advisory_xact_lock($1)", TURNS)
        if there := await queries.same_file(who, target.measure, year, digest):
            return await queries.answer(who, there, repeated=True)
        with use_language("fr"):  # what is kept is in French, whoever uploads
            answered = await _answered(who, target, lines)
        if dry_run or not any(one.holder for one in answered):  # nothing of the file is anybody's here: nothing to keep
            outs = [_out(who, one) for one in answered]
            return queries.rehearsed(who, target, name, why, outs, dry_run=dry_run)
        number = await next_number("adjustment_upload")
        upload_key = new_id()
        await execute(
            _UPLOAD, upload_key, number, who.board or "", target.measure, year, name[:200], digest, why, now(), who.person,
            who.name,
        )  # fmt: skip
        await _write(who, target, number, why, answered)
        outs = [_out(who, one) for one in answered]
        await execute(
            _LINES, upload_key, [out.line for out in outs], [out.raw for out in outs], [out.board for out in outs],
            [out.school for out in outs], [one.key for one in answered], [out.outcome for out in outs],
            [out.asked_cents for out in outs], [out.applied_cents for out in outs], [out.before_cents for out in outs],
            [out.sentence for out in outs],
        )  # fmt: skip
        after = {
            "measure": measure,
            "year": year,
            "lines": len(outs),
            "applied_cents": sum(out.applied_cents for out in outs),
        }
        await record(
            who, "adjustments.uploaded", kind="adjustment_upload", subject=number, board=who.board, after=after, why=why
        )
        return await queries.answer(who, number, repeated=False)


async def _answered(who: Actor, target: queries.Target, lines: Sequence[Line]) -> list[_Answered]:
    """What becomes of each line, in the order of the file: a line starts from what the lines above it leave."""
    holders = await queries.holders(who, target, {code for line in lines for code in line.codes})
    standing = await envelopes.lock_many(h.envelope for h in holders.values() if h.envelope)
    figures = {key: row.figures for key, row in standing.items()}
    totals = {key: (one.allocated, one.used) for key, one in figures.items()}
    made: dict[str, UUID] = {}
    answered = []
    for line in lines:
        holder = next((holders[code] for code in line.codes if code in holders), None)
        if line.problem or holder is None or holder.closed:
            answered.append(_Answered(line, holder, None, None, _not_applied(line, holder)))
            continue
        key = holder.envelope or made.get(holder.code)
        allocated, used = totals[key] if key else (0, 0)
        asked = rules.asked_of(line.delta, line.amount, before=allocated)
        result = asked if isinstance(asked, Result) else rules.decide(asked, free=allocated - used, used=used)
        if key is None and result.applied:
            key = made[holder.code] = new_id()
        if key is not None:
            totals[key] = (allocated + result.applied, used)
        answered.append(_Answered(line, holder, key, allocated, result))
    return answered


def _not_applied(line: Line, holder: queries.Holder | None) -> Result:
    if line.problem:
        return rules.refused(line.problem)
    if holder is None:
        return rules.unknown(", ".join(line.codes))
    return rules.refused(_(rules.CLOSED))


async def _write(who: Actor, target: queries.Target, number: int, why: str, answered: Sequence[_Answered]) -> None:
    changing = [(one, one.key, one.holder) for one in answered if one.result.applied and one.key and one.holder]
    new = {key: holder for one, key, holder in changing if holder.envelope is None}
    await execute(
        _NEW, list(new), [holder.board for holder in new.values()], [holder.school for holder in new.values()],
        target.measure, target.year,
    )  # fmt: skip
    moves, events = [], []
    for one, key, holder in changing:
        said = kept("Ajustement par fichier {number} : {why}", number=number, why=one.line.reason or why)
        moves.append(Move(key, one.result.applied, said, "upload", str(number)))
        events.append(
            Change(
                "envelope.adjusted", "envelope", str(key), holder.board, holder.school,
                before={"allocated_cents": one.before},
                after={"allocated_cents": (one.before or 0) + one.result.applied}, why=said,
            )
        )  # fmt: skip
    await envelopes.adjust(who, moves)
    await record_all(who, events)


def _out(who: Actor, one: _Answered) -> LineOut:
    holder = one.holder
    return LineOut(
        line=one.line.number,
        raw=one.line.raw,
        board=holder.board if holder else who.board or "",
        school=holder.school if holder else None,
        outcome=one.result.outcome.value,
        status=rules.STATUS[Outcome(one.result.outcome)],
        asked_cents=one.result.asked,
        applied_cents=one.result.applied,
        before_cents=one.before,
        sentence=one.result.sentence,
    )


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.sha256(file.read()).hexdigest()  # at most `LARGEST`
