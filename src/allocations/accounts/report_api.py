from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from allocations.accounts import reports
from kit.actor import Actor
from kit.attachments import LARGEST, Attachment, download
from kit.http import may


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


class AccountReportApi(Controller):
    path = "/accounts/{year:str}"
    tags = ["Year accounts"]
    guards = [may("account.read")]

    @post(
        "/schools/{school:str}/reports",
        operation_id="attachToSchoolAccounts",
        guards=[may("account.attest")],
        request_max_body_size=LARGEST + 10_000,
    )
    async def attach_to_school(
        self, who: NamedDependency[Actor], year: FromPath[str], school: FromPath[str], data: MultipartBody[Report]
    ) -> Attachment:
        """Join a report of at most 10 MiB to a school's accounts while they are signed; the same content twice is kept once."""
        return await reports.attach(who, year, data.file.filename, await data.file.read(), school=school)

    @post(
        "/boards/{board:str}/reports",
        operation_id="attachToBoardAccounts",
        guards=[may("account.sign")],
        request_max_body_size=LARGEST + 10_000,
    )
    async def attach_to_board(
        self, who: NamedDependency[Actor], year: FromPath[str], board: FromPath[str], data: MultipartBody[Report]
    ) -> Attachment:
        """Join a report to a board's accounts; its signature is asked again."""
        return await reports.attach(who, year, data.file.filename, await data.file.read(), board=board)

    @get("/schools/{school:str}/reports/{attachment:uuid}", operation_id="getSchoolAccountsReport", media_type="*/*")
    async def of_school(
        self,
        who: NamedDependency[Actor],
        year: FromPath[str],
        school: FromPath[str],
        attachment: FromPath[UUID],
    ) -> Response[Any]:
        """A report of a school's accounts, as a download."""
        return download(await reports.one(who, year, attachment, school=school))

    @get("/boards/{board:str}/reports/{attachment:uuid}", operation_id="getBoardAccountsReport", media_type="*/*")
    async def of_board(
        self,
        who: NamedDependency[Actor],
        year: FromPath[str],
        board: FromPath[str],
        attachment: FromPath[UUID],
    ) -> Response[Any]:
        """A report of a board's accounts, as a download."""
        return download(await reports.one(who, year, attachment, board=board))
