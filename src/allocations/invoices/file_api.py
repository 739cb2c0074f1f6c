"""Lists of invoices by file, and the papers themselves."""

from typing import Any, BinaryIO, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from allocations.invoices import files, papers, statements
from allocations.invoices.schemas import InvoicesImported, StatementOut
from kit.actor import Actor
from kit.attachments import LARGEST, Attachment, download
from kit.http import may


class OneFile(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


class InvoiceFileApi(Controller):
    path = "/invoices"
    tags = ["Invoices"]
    guards = [may("invoice.read")]

    @post(
        "/import",
        operation_id="importInvoices",
        guards=[may("invoice.write")],
        status_code=200,
        request_max_body_size=files.LARGEST + 10_000,
    )
    async def import_invoices(
        self, who: NamedDependency[Actor], data: MultipartBody[OneFile], dry_run: FromQuery[bool] = False
    ) -> InvoicesImported:
        """A CSV file or a workbook, one row a line of an invoice: each paper is entered or refused by itself. Safe to repeat."""
        file = cast(BinaryIO, data.file.file)
        return await files.import_invoices(who, file, data.file.filename or "factures", dry_run=dry_run)

    @post(
        "/statement",
        operation_id="compareStatement",
        guards=[may("invoice.write")],
        status_code=200,
        request_max_body_size=files.LARGEST + 10_000,
    )
    async def statement(
        self, who: NamedDependency[Actor], supplier: FromQuery[str], data: MultipartBody[OneFile]
    ) -> StatementOut:
        """Compare a supplier's statement of account (number, date, total) with what is entered; no invoice is touched."""
        file = cast(BinaryIO, data.file.file)
        return await statements.compare(who, supplier, file, data.file.filename or "releve")

    @get("/{number:str}/papers", operation_id="listInvoicePapers")
    async def papers(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[Attachment]:
        """The scans and files of an invoice."""
        return await papers.papers_of(who, number)

    @post(
        "/{number:str}/papers",
        operation_id="attachInvoicePaper",
        guards=[may("invoice.write")],
        request_max_body_size=LARGEST + 10_000,
    )
    async def attach(
        self, who: NamedDependency[Actor], number: FromPath[str], data: MultipartBody[OneFile]
    ) -> Attachment:
        """Keep a file with an invoice: PDF, picture, document or table, 10 MiB at most. The same one is kept once."""
        return await papers.attach_paper(who, number, data.file.filename or "facture", await data.file.read())

    @get(
        "/{number:str}/papers/{attachment:uuid}",
        operation_id="getInvoicePaper",
        media_type="*/*",
    )
    async def paper(
        self, who: NamedDependency[Actor], number: FromPath[str], attachment: FromPath[UUID]
    ) -> Response[Any]:
        """One file of an invoice, as a download."""
        return download(await papers.paper(who, number, attachment))

    @post(
        "/{number:str}/papers/{attachment:uuid}/remove",
        operation_id="removeInvoicePaper",
        guards=[may("invoice.write")],
        status_code=204,
    )
    async def remove(self, who: NamedDependency[Actor], number: FromPath[str], attachment: FromPath[UUID]) -> None:
        """Take a file off an invoice."""
        await papers.remove_paper(who, number, attachment)
