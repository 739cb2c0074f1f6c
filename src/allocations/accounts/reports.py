"""Files that go with the accounts of a year: a corrected report, joined while they are signed, and signed again with them."""

from uuid import UUID

from allocations.accounts import queries, rules
from allocations.accounts.rules import RIGHTS, Step
from allocations.measures.rules import check_year
from allocations.years.queries import state_of
from kit import attachments
from kit.actor import Actor, Scope
from kit.attachments import Attachment, Content
from kit.database import transaction
from kit.errors import Forbidden
from kit.events import record

KIND = "account"


async def attach(
    who: Actor, year: str, name: str, content: bytes, *, board: str | None = None, school: str | None = None
) -> Attachment:
    """Join a report to a school's accounts (whoever attests them) or a board's (whoever signs them); its signatures are asked again.

    The same content twice is kept once. Raises NotFound, Forbidden, NotSigning, Invalid (empty, over 10 MiB), NotAccepted, TooMany.
    """
    check_year(year)
    step = Step.attest if school is not None else Step.sign
    who.must(RIGHTS[step], school=school)
    if step is Step.sign and who.scope is not Scope.board:
        raise Forbidden()
    async with transaction(who):
        place = await queries.place_of(who, board, school)
        rules.check_signing(step, await state_of(who, year), year)
        about = queries.about(year, place["board"], school or "")
        kept = await attachments.attach(
            who, kind=KIND, subject=about, board=place["board"], school=school, name=name, content=content
        )
        await record(
            who, "account.attached", kind=KIND, subject=about, board=place["board"], school=school,
            after={"name": kept.name, "sha256": kept.sha256},
        )  # fmt: skip
        return kept


async def one(
    who: Actor, year: str, attachment: UUID, *, board: str | None = None, school: str | None = None
) -> Content:
    """A report of a place's accounts. Raises NotFound, Forbidden."""
    who.must(queries.RIGHT)
    async with transaction(who):
        place = await queries.place_of(who, board, school)
        return await attachments.content_of(KIND, queries.about(year, place["board"], school or ""), attachment)
