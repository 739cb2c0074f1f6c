from datetime import date
from typing import BinaryIO, cast
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from allocations.receipts.api import OneFile
from allocations.supplier_files import accounts, operations, queries, reading
from allocations.supplier_files.rules import DayOrder
from allocations.supplier_files.schemas import (
    AccountOut,
    FileResult,
    NewAccount,
    RawLineOut,
    SupplierFileOut,
    SupplierLineOut,
)
from kit.actor import Actor
from kit.http import After, IdempotencyKey, may
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

WRITE = [may("order.write")]


class SupplierFileApi(Controller):
    tags = ["Suppliers' files"]
    guards = [may("order.read")]

    @get("/supplier-files", operation_id="listSupplierFiles")
    async def list_files(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[SupplierFileOut]:
        """The files that were taken, the newest first."""
        return await queries.list_files(who, limit=limit, after=after)

    @post(
        "/supplier-files",
        operation_id="takeSupplierFile",
        guards=WRITE,
        status_code=200,
        request_max_body_size=reading.LARGEST + 10_000,
    )
    async def take(
        self,
        who: NamedDependency[Actor],
        supplier: FromQuery[str],
        data: MultipartBody[OneFile],
        listed_on: FromQuery[date | None] = None,
        days: FromQuery[DayOrder | None] = None,
        dry_run: FromQuery[bool] = False,
    ) -> FileResult:
        """A supplier's file of its orders: ordered, to come, sent; taken by absolute value, each line with its result.

        Promised days follow it; money never does. Safe to repeat; an older file over a newer is refused.
        """
        file, name = cast(BinaryIO, data.file.file), data.file.filename or "liste"
        return await operations.take(
            who, file, name, supplier=supplier, listed_on=listed_on, days=days, dry_run=dry_run
        )

    @get("/supplier-files/{number:str}", operation_id="getSupplierFile")
    async def get_file(self, who: NamedDependency[Actor], number: FromPath[str]) -> SupplierFileOut:
        """One file."""
        return await queries.file(who, number)

    @get("/supplier-files/{number:str}/lines", operation_id="listSupplierFileLines")
    async def raw_lines(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[RawLineOut]:
        """The lines of a file as they came, and what became of each."""
        return await queries.raw_lines(who, number, limit=limit, after=after)

    @get("/supplier-lines", operation_id="listSupplierLines")
    async def list_lines(
        self,
        who: NamedDependency[Actor],
        supplier: FromQuery[str | None] = None,
        order: FromQuery[str | None] = None,
        unknown: FromQuery[bool] = False,
        in_transit: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SupplierLineOut]:
        """What suppliers say today of their orders; `in_transit`: what they sent and is not received here."""
        return await queries.list_lines(
            who, supplier=supplier, order=order, unknown=unknown, in_transit=in_transit, limit=limit, after=after
        )

    @get("/supplier-accounts", operation_id="listSupplierAccounts")
    async def list_accounts(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[AccountOut]:
        """The numbers under which suppliers deliver to schools."""
        return await queries.list_accounts(who, limit=limit, after=after)

    @post("/supplier-accounts", operation_id="linkSupplierAccount", guards=WRITE)
    async def link_account(
        self, who: NamedDependency[Actor], data: JSONBody[NewAccount], idempotency_key: IdempotencyKey = None
    ) -> AccountOut:
        """Say to which school a supplier delivers under a number."""

        async def run() -> AccountOut:
            return await accounts.link(who, data)

        return await once(who, idempotency_key, ("linkSupplierAccount", data), run, AccountOut)

    @post("/supplier-accounts/{account:uuid}/close", operation_id="closeSupplierAccount", guards=WRITE, status_code=200)
    async def close_account(self, who: NamedDependency[Actor], account: FromPath[UUID]) -> AccountOut:
        """A number under which nothing is delivered any more."""
        return await accounts.close(who, account)
