"""Files that go with an order: the supplier's reply, a quotation. The board's desk keeps them; a school reads its order alone."""

from uuid import UUID

from allocations.orders import queries
from kit import attachments
from kit.actor import Actor
from kit.attachments import Attachment, Content
from kit.database import transaction
from kit.errors import NotFound
from kit.events import record

KIND = "order"


async def attach(who: Actor, number: str, name: str, content: bytes) -> Attachment:
    """Keep a file with an order, whatever its state. Raises Invalid, NotAccepted, TooMany, NotFound."""
    who.must("order.write")
    async with transaction(who):
        row = await queries.locked(who, number)
        kept = await attachments.attach(
            who, kind=KIND, subject=number, board=row["board"], name=name, content=content
        )  # fmt: skip
        await record(
            who, "order.attached", kind="order", subject=number, board=row["board"],
            after={"name": kept.name, "sha256": kept.sha256},
        )  # fmt: skip
        return kept


async def listing(who: Actor, number: str) -> list[Attachment]:
    """The files of an order that the caller sees whole, the oldest first. Raises NotFound."""
    async with transaction(who):
        await _whole(who, number)
        return await attachments.listing(KIND, number)


async def one(who: Actor, number: str, attachment: UUID) -> Content:
    """A file of an order. Raises NotFound."""
    async with transaction(who):
        await _whole(who, number)
        return await attachments.content_of(KIND, number, attachment)


async def _whole(who: Actor, number: str) -> None:
    await queries.found(who, number)
    if queries.own_schools(who) is not None:
        raise NotFound()
