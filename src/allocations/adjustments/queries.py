"""Reads of uploads of adjustments. A board sees its own, the province all; a school sees its envelope's ledger, not the file."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from allocations.adjustments.rules import SENTENCES, STATUS, NoSuchUpload, Outcome
from allocations.adjustments.schemas import LineOut, UploadAnswer, UploadOut
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import fetch, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, NotFound
from kit.filters import Where
from kit.i18n import _, again
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

RIGHT = "envelope.read"

_UPLOADS = """
SELECT u.number, u.board, m.code AS measure, u.year, u.file_name, u.reason, u.state, u.made_at, u.made_by_name, u.released_at,
       u.released_by_name, count(l.id)::int AS lines, {counts}, coalesce(sum(l.applied_cents), 0)::bigint AS applied_cents
FROM adjustment_upload u JOIN measure m ON m.id = u.measure LEFT JOIN adjustment_line l ON l.upload = u.id
WHERE {{where}} GROUP BY u.id, m.code ORDER BY u.number DESC LIMIT {{limit}}
""".format(counts=", ".join(f"(count(l.id) FILTER (WHERE l.outcome = '{one}'))::int AS {one}" for one in Outcome))

_LINES = """
SELECT l.line, l.as_read AS raw, l.board, l.school, l.outcome, l.asked_cents, l.applied_cents, l.before_cents, l.sentence
FROM adjustment_line l JOIN adjustment_upload u ON u.id = l.upload WHERE u.number = $1 AND l.line > $2::int ORDER BY l.line LIMIT $3
"""

# Who holds envelopes of the measure: a school of that code, or a board. `envelope` NULL: it has none of this year yet.
_HOLDERS = """
SELECT h.code, h.board, h.school, h.closed, e.id AS envelope
FROM (SELECT code, board, code AS school, closed_on IS NOT NULL AS closed FROM school WHERE $5
      UNION ALL SELECT code, code, NULL, closed_on IS NOT NULL FROM board WHERE NOT $5) h
LEFT JOIN envelope e ON e.measure = $2 AND e.year = $3 AND e.board = h.board AND e.school IS NOT DISTINCT FROM h.school
WHERE h.code = ANY($1::text[]) AND ($4::text IS NULL OR h.board = $4)
"""


class Target(NamedTuple):
    """A measure and year whose envelopes a file changes. `code`: the measure's, `measure`: its key."""

    measure: UUID
    code: str
    holder: str
    year: str


class Holder(NamedTuple):
    """A school, or a board (`school` None), and its envelope if it has one."""

    code: str
    board: str
    school: str | None
    closed: bool
    envelope: UUID | None


async def target(measure: str, year: str) -> Target:
    """Raises NotFound. In a transaction."""
    row = await fetch_one("SELECT id, holder FROM measure WHERE code = $1", measure)
    if row is None:
        raise NotFound(_("Aucune mesure ne porte le code « {code} ».").format(code=measure))
    return Target(row["id"], measure, row["holder"], year)


async def holders(who: Actor, target: Target, codes: Iterable[str]) -> dict[str, Holder]:
    """Those of these codes whose envelopes the caller may change, by code. In a transaction."""
    board = who.board if who.scope is Scope.board else None
    rows = await fetch(_HOLDERS, list(codes), target.measure, target.year, board, target.holder == "school")
    given = who.schools_with("envelope.write")
    return {row["code"]: Holder(**row) for row in rows if given is None or row["school"] in given}


async def same_file(who: Actor, measure: UUID, year: str, digest: str) -> int | None:
    """The number of the upload that applied this file already."""
    found: int | None = await fetch_value(
        "SELECT number FROM adjustment_upload WHERE board = $1 AND measure = $2 AND year = $3 AND digest = $4",
        who.board or "", measure, year, digest,
    )  # fmt: skip
    return found


async def listing(who: Actor, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[UploadOut]:
    """Uploads, newest first."""
    where = _seen(who)
    if last := decode(after, keys=1):
        where.add("u.number < {}::int", last[0])
    async with transaction(who):
        rows = await fetch(_UPLOADS.format(where=where, limit=check_limit(limit) + 1), *where.args)
    return page([UploadOut(**row) for row in rows], limit, lambda row: (row.number,))


async def one(who: Actor, number: int) -> UploadOut:
    """Raises NoSuchUpload."""
    where = _seen(who)
    where.add("u.number = {}", number)
    async with transaction(who):
        rows = await fetch(_UPLOADS.format(where=where, limit=1), *where.args)
    if not rows:
        raise NoSuchUpload(number=number)
    return UploadOut(**rows[0])


async def lines(who: Actor, number: int, *, limit: int = DEFAULT_LIMIT, after: str | None = None) -> Page[LineOut]:
    """The lines of an upload in the file's order. Raises NoSuchUpload."""
    async with transaction(who):
        await one(who, number)
        last = decode(after, keys=1)
        rows = await fetch(_LINES, number, last[0] if last else 0, check_limit(limit) + 1)
    return page([_line(row) for row in rows], limit, lambda row: (row.line,))


async def answer(who: Actor, number: int, *, repeated: bool) -> UploadAnswer:
    """What an upload answers, with all its lines."""
    found = await one(who, number)
    rows = await fetch(_LINES, number, 0, None)
    return UploadAnswer(
        **{name: getattr(found, name) for name in UploadOut.__struct_fields__},
        dry_run=False, repeated=repeated, results=[_line(row) for row in rows],
    )  # fmt: skip


def rehearsed(
    who: Actor, target: Target, name: str, reason: str, results: list[LineOut], *, dry_run: bool
) -> UploadAnswer:
    """What an upload answers of which nothing is kept."""
    counts = {one.value: sum(line.outcome == one for line in results) for one in Outcome}
    return UploadAnswer(
        number=0, board=who.board or "", measure=target.code, year=target.year, file_name=name, reason=reason, state="held",
        made_at=now(), made_by_name=who.name, released_at=None, released_by_name="", lines=len(results), **counts,
        applied_cents=sum(line.applied_cents for line in results), dry_run=dry_run, repeated=False,
        results=[msgspec.structs.replace(line, sentence=again(line.sentence, SENTENCES)) for line in results],
    )  # fmt: skip


def _seen(who: Actor) -> Where:
    who.must(RIGHT)
    if who.scope is Scope.school:
        raise Forbidden()
    where = Where()
    if who.scope is Scope.board:
        where.add("u.board = {}", who.board)
    return where


def _line(row: Any) -> LineOut:
    return LineOut(**{**row, "sentence": again(row["sentence"], SENTENCES)}, status=STATUS[Outcome(row["outcome"])])
