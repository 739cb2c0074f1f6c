"""The append-only trail: one row a change, in the transaction of the change."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch


def _json(value: Mapping[str, Any] | msgspec.Struct | None) -> str | None:
    return None if value is None else json.dumps(msgspec.to_builtins(value), ensure_ascii=False)


async def record(
    who: Actor,
    what: str,
    *,
    kind: str,
    subject: object,
    board: str | None = None,
    school: str | None = None,
    before: Mapping[str, Any] | msgspec.Struct | None = None,
    after: Mapping[str, Any] | msgspec.Struct | None = None,
    why: str = "",
) -> None:
    """Write one event: `what` is `noun.verb`, `kind` and `subject` name the thing by its human number or code."""
    await execute(
        "INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, before, after, why, request)"
        " VALUES ($12, $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11)",
        who.key, who.name, what, kind, str(subject), board, school, _json(before), _json(after), why, who.request, now(),
    )  # fmt: skip


class Change(NamedTuple):
    """One event of many; the fields are those of `record`."""

    what: str
    kind: str
    subject: str
    board: str | None = None
    school: str | None = None
    before: Mapping[str, Any] | msgspec.Struct | None = None
    after: Mapping[str, Any] | msgspec.Struct | None = None
    why: str = ""


async def record_all(who: Actor, changes: Sequence[Change]) -> None:
    """Write many events in one statement, for imports and bulk operations."""
    if not changes:
        return
    whats, kinds, subjects, boards, schools, befores, afters, whys = zip(*changes, strict=True)
    await execute(
        "INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, before, after, why, request)"
        " SELECT $12, $1, $2, e.what, e.kind, e.subject, e.board, e.school, e.before::jsonb, e.after::jsonb, e.why, $3"
        " FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])"
        " AS e (what, kind, subject, board, school, before, after, why)",
        who.key, who.name, who.request, whats, kinds, subjects, boards, schools,
        [_json(before) for before in befores], [_json(after) for after in afters], whys, now(),
    )  # fmt: skip


class EventOut(msgspec.Struct):
    """One line of a timeline."""

    at: Any
    what: str
    actor_name: str
    why: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def timeline(kind: str, subject: object, *, limit: int = 100) -> list[EventOut]:
    """The last events of one thing that the caller may see, newest first. Call inside a transaction."""
    rows = await fetch(
        "SELECT at, what, actor_name, why, before, after FROM event WHERE subject_kind = $1 AND subject = $2"
        " ORDER BY at DESC, id DESC LIMIT $3",
        kind, str(subject), limit,
    )  # fmt: skip
    return [told(row) for row in rows]


def told(row: Any) -> EventOut:
    """The line of an event's row: at, what, actor_name, why, before, after."""
    return EventOut(
        at=row["at"], what=row["what"], actor_name=row["actor_name"], why=row["why"],
        before=json.loads(row["before"]) if row["before"] else None,
        after=json.loads(row["after"]) if row["after"] else None,
    )  # fmt: skip
