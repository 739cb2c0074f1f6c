"""Messages that leave the process after commit: an operation writes a row, the worker sends it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_as, fetch_value, transaction


async def enqueue(
    *,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    board: str | None = None,
    school: str | None = None,
    about: str = "",
    attachment: bytes | None = None,
    attachment_name: str = "",
    second_attachment: bytes | None = None,
    second_attachment_name: str = "",
    not_before: datetime | None = None,
    once_key: str | None = None,
) -> UUID | None:
    """Write a message to be sent at the earliest at `not_before`. Call inside a transaction.

    `second_attachment`: the same document in the other language. `once_key` names the occasion: a second message for it is
    not written, and None comes back.
    """
    return await fetch_value(  # type: ignore[no-any-return]
        "INSERT INTO outbox (kind, recipient, subject, body, board, school, about, attachment, attachment_name, not_before,"
        " once_key, second_attachment, second_attachment_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (once_key) DO NOTHING RETURNING id",
        kind, recipient, subject, body, board, school, about, attachment, attachment_name, not_before or now(), once_key,
        second_attachment, second_attachment_name,
    )  # fmt: skip


class Message(NamedTuple):
    """One of many messages to the people of boards; `once_key` names the occasion, as in `enqueue`."""

    kind: str
    recipient: str
    subject: str
    body: str
    board: str
    once_key: str


async def enqueue_all(messages: Sequence[Message]) -> list[str]:
    """Write many messages in one statement; the board of each that was written. Call inside a transaction."""
    if not messages:
        return []
    rows = await fetch(
        "INSERT INTO outbox (kind, recipient, subject, body, board, about, once_key, not_before)"
        " SELECT m.kind, m.recipient, m.subject, m.body, m.board, m.board, m.once_key, $1"
        " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
        " AS m (kind, recipient, subject, body, board, once_key) ON CONFLICT (once_key) DO NOTHING RETURNING board",
        now(), *map(list, zip(*messages, strict=True)),
    )  # fmt: skip
    return [row["board"] for row in rows]


async def cancel(message: UUID) -> bool:
    """Stop a message that has not left yet; False when it is too late: sent, failed, or on its way this minute."""
    return bool(
        await execute(
            "UPDATE outbox SET cancelled_at = $2 WHERE id = $1 AND sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"
            " AND (sending_until IS NULL OR sending_until < $2)",
            message, now(),
        )
    )  # fmt: skip


class Backlog(msgspec.Struct, frozen=True):
    """`waiting` messages have not left, `failed` ones never will; `oldest_due_at`: since when one should have left."""

    waiting: int
    failed: int
    oldest_due_at: datetime | None


async def backlog(who: Actor) -> Backlog:
    """What stays in the outbox, as far as `who` may see."""
    async with transaction(who):
        found = await fetch_as(
            Backlog,
            "SELECT count(*) FILTER (WHERE failed_at IS NULL) AS waiting, count(failed_at) AS failed,"
            " min(created_at) FILTER (WHERE failed_at IS NULL AND not_before <= $1) AS oldest_due_at"
            " FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL",
            now(),
        )
        return found[0]
