"""What is done to one order beside sending it: authorised, confirmed, held, amended, sent again; and what it was at each sending."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from allocations.orders import (
    acknowledging,
    amending,
    authorising,
    documents,
    exports,
    holding,
    justifying,
    late,
    limits,
    replies,
    resending,
    revisions,
)
from allocations.orders.api import Language, pdf_response
from allocations.orders.schemas import (
    Acknowledge,
    Amend,
    Justify,
    LateLine,
    LimitOut,
    OrderFile,
    Reason,
    Resend,
    RevisionFile,
    RevisionOut,
    SetLimit,
)
from kit.actor import Actor
from kit.attachments import Attachment, download
from kit.http import After, IdempotencyKey, IfMatch, may, may_any, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

FormatQuery = Annotated[str, QueryParameter(name="format")]


class OneFile(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


class OrderMoveApi(Controller):
    path = "/orders"
    tags = ["Purchase orders"]
    guards = [may("order.read")]

    @get("/late-lines", operation_id="listLateLines")
    async def late_lines(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[LateLine]:
        """Lines past their promised day, the latest first."""
        return await late.lines(who, limit=limit, after=after)

    @get("/late-lines/export", operation_id="exportLateLines", media_type="*/*")
    async def export_late_lines(self, who: NamedDependency[Actor], sort: FormatQuery = "csv") -> Response[bytes]:
        """The same, whole, as CSV or XLSX."""
        return await exports.late_lines(who, sort)

    @post("/{number:str}/ask", operation_id="askOrderAuthorisation", guards=[may("order.write")], status_code=200)
    async def ask(self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None) -> OrderFile:
        """Put a draft over the board's amount before another person."""
        return await authorising.ask(who, number, version=version_of(if_match))

    @post("/{number:str}/authorise", operation_id="authoriseOrder", guards=[may("order.authorise")], status_code=200)
    async def authorise(
        self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None
    ) -> OrderFile:
        """Authorise an order that another person made."""
        return await authorising.authorise(who, number, version=version_of(if_match))

    @post(
        "/{number:str}/send-back",
        operation_id="sendBackOrder",
        guards=[may_any("order.authorise", "order.write")],
        status_code=200,
    )
    async def send_back(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Reason], if_match: IfMatch = None
    ) -> OrderFile:
        """Make it a draft again instead, with a reason: whoever may authorise or write it."""
        return await authorising.send_back(who, number, reason=data.reason, version=version_of(if_match))

    @post("/{number:str}/acknowledge", operation_id="acknowledgeOrder", guards=[may("order.write")], status_code=200)
    async def acknowledge(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Acknowledge], if_match: IfMatch = None
    ) -> OrderFile:
        """Write the supplier's confirmation; said again, it mends what was written."""
        return await acknowledging.acknowledge(
            who, number, confirmation=data.confirmation, acknowledged_on=data.acknowledged_on, expected_on=data.expected_on,
            version=version_of(if_match),
        )  # fmt: skip

    @post("/{number:str}/hold", operation_id="holdOrder", guards=[may("order.write")], status_code=200)
    async def hold(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Reason], if_match: IfMatch = None
    ) -> OrderFile:
        """Put it on hold: nothing is received; its money stays, and a message that waits does not leave."""
        return await holding.hold(who, number, reason=data.reason, version=version_of(if_match))

    @post("/{number:str}/resume", operation_id="resumeOrder", guards=[may("order.write")], status_code=200)
    async def resume(self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None) -> OrderFile:
        """Take it up again where it was; a message that was kept back waits its two minutes anew."""
        return await holding.resume(who, number, version=version_of(if_match))

    @post("/{number:str}/amend", operation_id="amendOrder", guards=[may("order.send")], status_code=200)
    async def amend(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Amend],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderFile:
        """Revise what a sent order still awaits; the revised order leaves in two minutes.

        A lower quantity cancels that part of the line. A price or a product changes by a new line that `amends` the old one.
        """

        async def run() -> OrderFile:
            return await amending.amend(who, number, data.lines, reason=data.reason, version=version_of(if_match))

        return await once(who, idempotency_key, ("amendOrder", number, data), run, OrderFile)

    @post("/{number:str}/resend", operation_id="resendOrder", guards=[may("order.send")], status_code=200)
    async def resend(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Resend],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderFile:
        """Send the last revision again, to a corrected address where one is given."""

        async def run() -> OrderFile:
            return await resending.resend(who, number, email=data.email, version=version_of(if_match))

        return await once(who, idempotency_key, ("resendOrder", number, data), run, OrderFile)

    @post("/{number:str}/justify", operation_id="justifyOrder", guards=[may("order.send")], status_code=200)
    async def justify(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Justify], if_match: IfMatch = None
    ) -> OrderFile:
        """Say why lines are bought outside a contract that binds the board, and attest it."""
        version = version_of(if_match)
        return await justifying.justify(who, number, reason=data.reason, lines=data.lines, version=version)

    @get("/{number:str}/files", operation_id="listOrderFiles")
    async def files(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[Attachment]:
        """The supplier's replies and other files of an order, the oldest first."""
        return await replies.listing(who, number)

    @post("/{number:str}/files", operation_id="attachToOrder", guards=[may("order.write")])
    async def attach(
        self, who: NamedDependency[Actor], number: FromPath[str], data: MultipartBody[OneFile]
    ) -> Attachment:
        """Join a file of at most 10 MiB; the same content twice is kept once."""
        return await replies.attach(who, number, data.file.filename, await data.file.read())

    @get("/{number:str}/files/{attachment:uuid}", operation_id="getOrderFile", media_type="*/*")
    async def get_file(
        self, who: NamedDependency[Actor], number: FromPath[str], attachment: FromPath[UUID]
    ) -> Response[Any]:
        """A file of an order, as a download."""
        return download(await replies.one(who, number, attachment))

    @get("/{number:str}/revisions", operation_id="listOrderRevisions")
    async def listing(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[RevisionOut]:
        """Each sending of the order, the first one first, with what became of its message."""
        return await revisions.listing(who, number)

    @get("/{number:str}/revisions/{revision:int}", operation_id="getOrderRevision")
    async def revision(
        self, who: NamedDependency[Actor], number: FromPath[str], revision: FromPath[int]
    ) -> RevisionFile:
        """The order as it was at that sending."""
        return await revisions.one(who, number, revision)

    @get("/{number:str}/revisions/{revision:int}/pdf", operation_id="getOrderRevisionPdf", media_type="application/pdf")
    async def revision_pdf(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        revision: FromPath[int],
        language: FromQuery[Language] = "fr",
    ) -> Response[bytes]:
        """The PDF as it left; `language=en`: the English copy that went beside it."""
        found: Any = await revisions.pdf(who, number, revision, language=language)
        return pdf_response(found, documents.revision_name(number, revision, language=language))


class OrderLimitApi(Controller):
    path = "/order-limits"
    tags = ["Purchase orders"]
    guards = [may("order.read")]

    @get("/{board:str}", operation_id="listOrderLimits")
    async def listing(self, who: NamedDependency[Actor], board: FromPath[str]) -> list[LimitOut]:
        """The amounts above which the board's orders are authorised by another person, the latest first."""
        return await limits.listing(who, board)

    @post("/{board:str}", operation_id="setOrderLimit", guards=[may("order.limit")])
    async def set_limit(
        self,
        who: NamedDependency[Actor],
        board: FromPath[str],
        data: JSONBody[SetLimit],
        idempotency_key: IdempotencyKey = None,
    ) -> list[LimitOut]:
        """Set the amount from a day on."""

        async def run() -> list[LimitOut]:
            return await limits.set_from(
                who, board, from_day=data.from_day, before_tax_cents=data.before_tax_cents, reason=data.reason
            )

        return await once(who, idempotency_key, ("setOrderLimit", board, data), run, list[LimitOut])
