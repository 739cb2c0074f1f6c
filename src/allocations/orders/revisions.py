"""What leaves for the supplier: each sending of an order kept for ever, with its PDF, and the message that carries it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from allocations.orders import documents, mails, queries
from allocations.orders.amendments import Changed, sentences
from allocations.orders.schemas import OrderFile, RevisionFile, RevisionOut
from kit import outbox
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.i18n import use_language

_KEEP = """
INSERT INTO order_revision AS r ("order", board, revision, at, person, person_name, reason, content, pdf, pdf_english, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT ("order", revision) DO UPDATE SET (at, person, person_name, reason, content, pdf, pdf_english, message) =
    (EXCLUDED.at, EXCLUDED.person, EXCLUDED.person_name, coalesce(nullif(EXCLUDED.reason, ''), r.reason), EXCLUDED.content,
     EXCLUDED.pdf, EXCLUDED.pdf_english, EXCLUDED.message)
"""

_LISTING = """
SELECT r.revision, r.at, r.person_name, r.reason, r.pdf_english IS NOT NULL AS english, r.message
FROM order_revision r WHERE r."order" = $1 AND r.revision = ANY($2::int[]) ORDER BY r.revision
"""


class Sending(msgspec.Struct, frozen=True):
    """What leaves: the order's PDF, its English copy for a recognised body, and what it changes, a French sentence each."""

    pdf: bytes
    english: bytes | None
    changes: list[str]


async def issue(
    who: Actor,
    row: Any,
    *,
    not_before: datetime | None,
    changes: Sequence[Changed] = (),
    reason: str = "",
) -> None:
    """Keep the order as it leaves now; where its supplier has an address, put it in the outbox (`not_before` None: no message).

    `changes`: what this revision changed.
    """
    file = await queries.one(who, row["number"])
    with use_language("fr"):  # orders are always in French
        sending = Sending(
            pdf=documents.purchase_order(file, changes=changes),
            english=documents.purchase_order(file, changes=changes, language="en") if file.english else None,
            changes=sentences(changes),
        )
        message = None
        if not_before is not None and file.supplier.email:
            message = await enqueue(file, sending, recipient=file.supplier.email, not_before=not_before)
    if message is not None:
        await execute("UPDATE purchase_order SET message = $2 WHERE id = $1", row["id"], message)
    content = msgspec.to_builtins(msgspec.structs.replace(file, timeline=[])) | {"changes": sending.changes}
    await execute(
        _KEEP, row["id"], row["board"], file.order.revision, now(), who.person, who.name, reason,
        msgspec.json.encode(content).decode(), sending.pdf, sending.english, message,
    )  # fmt: skip


async def enqueue(file: OrderFile, sending: Sending, *, recipient: str, not_before: datetime) -> UUID | None:
    """Put a sending in the outbox, in the language of the moment: French. Call inside a transaction."""
    return await outbox.enqueue(
        kind="order", recipient=recipient, subject=mails.subject(file),
        body=mails.covering_text(file, changes=sending.changes), board=file.order.board, about=file.order.number,
        attachment=sending.pdf, attachment_name=documents.file_name(file),
        second_attachment=sending.english, second_attachment_name=documents.file_name(file, language="en") if sending.english else "",
        not_before=not_before,
    )  # fmt: skip


async def send_again(who: Actor, row: Any, *, recipient: str) -> None:
    """Put the last sending in the outbox once more, as it left, for this address. Call inside a transaction."""
    await keep_first(who, row)
    kept = await fetch_one(
        'SELECT pdf, pdf_english, content FROM order_revision WHERE "order" = $1 AND revision = $2',
        row["id"],
        row["revision"],
    )
    assert kept is not None
    changes = msgspec.json.decode(kept["content"])["changes"]
    sending = Sending(pdf=bytes(kept["pdf"]), english=kept["pdf_english"], changes=changes)
    with use_language("fr"):
        message = await enqueue(await queries.one(who, row["number"]), sending, recipient=recipient, not_before=now())
    await execute("UPDATE purchase_order SET message = $2 WHERE id = $1", row["id"], message)
    await execute(
        'UPDATE order_revision SET message = $2 WHERE "order" = $1 AND revision = $3',
        row["id"],
        message,
        row["revision"],
    )


async def keep_first(who: Actor, row: Any) -> None:
    """Keep an order as it was sent before revisions were kept, if none of it is."""
    if await fetch_one('SELECT 1 FROM order_revision WHERE "order" = $1', row["id"]) is None:
        await issue(who, row, not_before=None)


async def listing(who: Actor, number: str) -> list[RevisionOut]:
    """The sendings of an order, the first one first; a school reads its order, not these. Raises NotFound."""
    async with transaction(who):
        row = await _whole(who, number)
        return await _found(row, list(range(row["revision"] + 1)))


async def one(who: Actor, number: str, revision: int) -> RevisionFile:
    """The order as it was at that sending. Raises NotFound."""
    async with transaction(who):
        row = await _whole(who, number)
        found = await _found(row, [revision])
        content = await fetch_one(
            'SELECT content FROM order_revision WHERE "order" = $1 AND revision = $2', row["id"], revision
        )
        if not found or content is None:
            raise NotFound()
        return RevisionFile(revision=found[0], content=msgspec.json.decode(content["content"]))


async def pdf(who: Actor, number: str, revision: int, *, language: str = "fr") -> bytes:
    """The PDF of that sending, as it left; `en`: its English copy. Raises NotFound."""
    column = "pdf_english" if language == "en" else "pdf"
    async with transaction(who):
        row = await _whole(who, number)
        found = await fetch_one(
            f'SELECT {column} AS pdf FROM order_revision WHERE "order" = $1 AND revision = $2', row["id"], revision
        )
    if found is None or found["pdf"] is None or row["sent_at"] is None:
        raise NotFound()
    return bytes(found["pdf"])


async def _whole(who: Actor, number: str) -> Any:
    """The row of an order that the caller sees whole. Raises NotFound."""
    row = await queries.found(who, number)
    if queries.own_schools(who) is not None:
        raise NotFound()
    return row


async def _found(row: Any, revisions: list[int]) -> list[RevisionOut]:
    if row["sent_at"] is None:  # taken back: nothing stands as sent
        return []
    found = []
    for sending in await fetch(_LISTING, row["id"], revisions):
        fields = dict(sending)
        leaves_at, mail = await queries.mail_of(fields.pop("message"))
        found.append(RevisionOut(**fields, mail=mail, leaves_at=leaves_at))
    return found
