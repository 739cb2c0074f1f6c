from typing import Annotated, BinaryIO, cast

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from allocations.receipts import codes, files, operations, queries, undoing
from allocations.receipts.schemas import (
    CodesOut,
    FileOut,
    ReadCodes,
    ReceiptHead,
    ReceiptOut,
    Receive,
    UndoReceipt,
)
from kit.actor import Actor
from kit.http import IdempotencyKey, may
from kit.idempotency import once

RECEIVE = [may("receipt.write")]


class OneFile(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


Slip = Annotated[str, msgspec.Meta(max_length=80)]


class ReceiptApi(Controller):
    tags = ["Receipts"]
    guards = [may("order.read")]

    @get("/orders/{number:str}/receipts", operation_id="listReceipts")
    async def list_receipts(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[ReceiptOut]:
        """What came of an order, the latest first."""
        return await queries.of_order(who, number)

    @post("/orders/{number:str}/receipts", operation_id="receiveGoods", guards=RECEIVE)
    async def receive(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Receive],
        idempotency_key: IdempotencyKey = None,
    ) -> ReceiptOut:
        """Receive units of an order's lines, all as said or none. Each tracked unit becomes an asset with its tag."""

        async def run() -> ReceiptOut:
            return await operations.receive(who, number, data)

        return await once(who, idempotency_key, ("receiveGoods", number, data), run, ReceiptOut)

    @post("/orders/{number:str}/codes", operation_id="readCodes", guards=RECEIVE, status_code=200)
    async def read_codes(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[ReadCodes],
        idempotency_key: IdempotencyKey = None,
    ) -> CodesOut:
        """Codes from a scanner or a pasted list: new units are received in one receipt, and each code has its result."""

        async def run() -> CodesOut:
            return await codes.read_codes(who, number, data)

        return await once(who, idempotency_key, ("readCodes", number, data), run, CodesOut)

    @post(
        "/orders/{number:str}/receipt-file",
        operation_id="receiveFile",
        guards=RECEIVE,
        status_code=200,
        request_max_body_size=files.LARGEST + 10_000,
    )
    async def receive_file(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: MultipartBody[OneFile],
        dry_run: FromQuery[bool] = False,
        in_service: FromQuery[bool] = False,
        slip: FromQuery[Slip] = "",
    ) -> FileOut:
        """A CSV file or a workbook: line or product code, quantity, serial numbers. Good lines are received, bad ones told.

        Safe to repeat: the same file is received once.
        """
        head = ReceiptHead(slip=slip, in_service=in_service)
        file = cast(BinaryIO, data.file.file)
        return await files.receive_file(who, number, file, data.file.filename or "liste", head, dry_run=dry_run)

    @post(
        "/orders/{number:str}/lines/{position:int}/serials",
        operation_id="receiveSerials",
        guards=RECEIVE,
        status_code=200,
        request_max_body_size=files.LARGEST + 10_000,
    )
    async def receive_serials(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        position: FromPath[int],
        data: MultipartBody[OneFile],
        dry_run: FromQuery[bool] = False,
    ) -> CodesOut:
        """A file of serial numbers alone, one a line, of one line of the order. Safe to repeat: a serial is received once."""
        new = ReadCodes(codes=[], position=position, keep=not dry_run)
        file = cast(BinaryIO, data.file.file)
        return await files.receive_list(who, number, file, data.file.filename or "liste", new)

    @get("/receipts/{number:str}", operation_id="getReceipt")
    async def get_receipt(self, who: NamedDependency[Actor], number: FromPath[str]) -> ReceiptOut:
        """One receipt."""
        return await queries.one(who, number)

    @post("/receipts/{number:str}/undo", operation_id="undoReceipt", guards=RECEIVE, status_code=200)
    async def undo(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[UndoReceipt],
        idempotency_key: IdempotencyKey = None,
    ) -> ReceiptOut:
        """Take a receipt back, while nothing has touched its assets or its money: its lines await again."""

        async def run() -> ReceiptOut:
            return await undoing.undo(who, number, why=data.why)

        return await once(who, idempotency_key, ("undoReceipt", number, data), run, ReceiptOut)
