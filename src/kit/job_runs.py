"""How jobs have run: the rows of `job_run`, read."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction


class JobOut(msgspec.Struct):
    """One run of a job. `attempts` names this try: whoever lost the run to another process cannot end it."""

    id: UUID
    name: str
    run_key: str
    state: str
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int
    error: str
    answer: Any = None


COLUMNS = "id, name, run_key, state, due_at, started_at, ended_at, attempts, error, answer"


def run_of(row: Any) -> JobOut:
    """The run of a row of `COLUMNS`."""
    return JobOut(**{**row, "answer": json.loads(row["answer"]) if row["answer"] else None})


async def last_runs(who: Actor, names: Sequence[str]) -> list[JobOut]:
    """The last run of each job that has one."""
    async with transaction(who):
        rows = await fetch(
            f"SELECT DISTINCT ON (name) {COLUMNS} FROM job_run WHERE name = ANY($1)"
            " ORDER BY name, coalesce(started_at, due_at) DESC, id DESC",
            list(names),
        )
    return [run_of(row) for row in rows]


class Standing(msgspec.Struct, frozen=True):
    """How a job stands: when it was last done, how its last run that has ended ended, how many runs wait or are under way."""

    name: str
    done_at: datetime | None
    last_state: str | None
    last_error: str
    open: int


async def standings(who: Actor, names: Sequence[str]) -> list[Standing]:
    """How each of these jobs stands, in the order of `names`."""
    async with transaction(who):
        return await fetch_as(
            Standing,
            "SELECT n.name, max(r.ended_at) FILTER (WHERE r.state = 'done') AS done_at,"
            " (array_agg(r.state ORDER BY r.ended_at DESC) FILTER (WHERE r.ended_at IS NOT NULL))[1] AS last_state,"
            " coalesce((array_agg(r.error ORDER BY r.ended_at DESC) FILTER (WHERE r.ended_at IS NOT NULL))[1], '') AS last_error,"
            " count(*) FILTER (WHERE r.state IN ('waiting', 'running')) AS open"
            " FROM unnest($1::text[]) WITH ORDINALITY n (name, place) LEFT JOIN job_run r ON r.name = n.name"
            " GROUP BY n.name, n.place ORDER BY n.place",
            list(names),
        )
