"""The paper itself, as a file of its invoice: a scan or the supplier's PDF."""

from uuid import UUID

from allocations.invoices import queries
from allocations.invoices.entering import check_desk
from kit.actor import Actor, Scope
from kit.attachments import Attachment, Content, attach, content_of, listing, remove
from kit.database import transaction
from kit.events import record

KIND = "invoice"


async def attach_paper(who: Actor, number: str, name: str, content: bytes) -> Attachment:
    """Keep a file with an invoice, whatever its state. Raises NotFound, NotAccepted, Invalid."""
    check_desk(who)
    async with transaction(who):
        row = await queries.found(who, number)
        made = await attach(who, kind=KIND, subject=number, board=row["board"], name=name, content=content)
        await record(
            who, "invoice.attached", kind=KIND, subject=number, board=row["board"],
            after={"name": made.name, "sha256": made.sha256},
        )  # fmt: skip
        return made


async def papers_of(who: Actor, number: str) -> list[Attachment]:
    """The files of an invoice, oldest first; none for a school: they hold what other schools bought. Raises NotFound."""
    async with transaction(who):
        await queries.found(who, number)
        return [] if who.scope is Scope.school else await listing(KIND, number)


async def paper(who: Actor, number: str, attachment: UUID) -> Content:
    """One of them. Raises NotFound."""
    async with transaction(who):
        await queries.found(who, number)
        return await content_of(KIND, number, attachment)


async def remove_paper(who: Actor, number: str, attachment: UUID) -> None:
    """Take a file off an invoice; it stays in the database, and in the trail. Raises NotFound."""
    check_desk(who)
    async with transaction(who):
        row = await queries.found(who, number)
        name = await remove(KIND, number, attachment)
        await record(
            who, "invoice.detached", kind=KIND, subject=number, board=row["board"], before={"name": name}, after={}
        )
