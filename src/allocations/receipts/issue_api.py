from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from allocations.receipts import issue_queries, issues, settling
from allocations.receipts.api import RECEIVE, OneFile
from allocations.receipts.schemas import IssueOut, ReportIssues, SettleIssue
from kit import attachments
from kit.actor import Actor
from kit.attachments import Attachment
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class ReceiptIssueApi(Controller):
    tags = ["Receipts"]
    guards = [may("order.read")]

    @get("/receipt-issues", operation_id="listReceiptIssues")
    async def list_issues(
        self,
        who: NamedDependency[Actor],
        order: FromQuery[str | None] = None,
        unsettled: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[IssueOut]:
        """What came damaged, wrong or too many, the newest first; `unsettled`: what is still set aside."""
        return await issue_queries.list_issues(who, order=order, unsettled=unsettled, limit=limit, after=after)

    @get("/receipt-issues/{number:str}", operation_id="getReceiptIssue")
    async def get_issue(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[IssueOut]:
        """One of them. The `ETag` is what `If-Match` wants."""
        found = await issue_queries.one(who, number)
        return Response(found, headers={"ETag": f'"{found.version}"'})

    @post("/orders/{number:str}/issues", operation_id="reportReceiptIssues", guards=RECEIVE)
    async def report(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[ReportIssues],
        idempotency_key: IdempotencyKey = None,
    ) -> list[IssueOut]:
        """Say what came damaged, wrong or too many: it is not received, and its line awaits as before."""

        async def run() -> list[IssueOut]:
            return await issues.report(who, number, data)

        return await once(who, idempotency_key, ("reportReceiptIssues", number, data), run, list[IssueOut])

    @post("/receipt-issues/{number:str}/settle", operation_id="settleReceiptIssue", guards=RECEIVE, status_code=200)
    async def settle(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[SettleIssue],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> IssueOut:
        """Say what became of units set aside: given back, or accepted in replacement, and so received."""

        async def run() -> IssueOut:
            return await settling.settle(who, number, data, version=version_of(if_match))

        return await once(who, idempotency_key, ("settleReceiptIssue", number, data), run, IssueOut)

    @get("/receipt-issues/{number:str}/photos", operation_id="listReceiptIssuePhotos")
    async def photos(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[Attachment]:
        """The files that show it."""
        return await issue_queries.photos(who, number)

    @post(
        "/receipt-issues/{number:str}/photos",
        operation_id="attachReceiptIssuePhoto",
        guards=RECEIVE,
        request_max_body_size=attachments.LARGEST + 10_000,
    )
    async def attach(
        self, who: NamedDependency[Actor], number: FromPath[str], data: MultipartBody[OneFile]
    ) -> Attachment:
        """Keep a photo of it; the same content twice is kept once."""
        return await issues.attach(who, number, name=data.file.filename or "photo", content=await data.file.read())

    @get("/receipt-issues/{number:str}/photos/{attachment:uuid}", operation_id="getReceiptIssuePhoto", media_type="*/*")
    async def photo(
        self, who: NamedDependency[Actor], number: FromPath[str], attachment: FromPath[UUID]
    ) -> Response[bytes]:
        """One of the files, to keep."""
        return attachments.download(await issue_queries.photo(who, number, attachment))
