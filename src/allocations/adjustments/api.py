from typing import Annotated, BinaryIO, cast

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from allocations.adjustments import operations, queries, releasing
from allocations.adjustments.reading import LARGEST
from allocations.adjustments.schemas import LineOut, Released, UploadAnswer, UploadOut
from kit.actor import Actor
from kit.http import After, IdempotencyKey, may
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class AdjustmentFile(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


class AdjustmentApi(Controller):
    path = "/adjustments"
    tags = ["Envelopes"]
    guards = [may("envelope.read")]

    @get(operation_id="listAdjustments")
    async def list_adjustments(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[UploadOut]:
        """Files of adjustments, newest first."""
        return await queries.listing(who, limit=limit, after=after)

    @get("/{number:int}", operation_id="getAdjustments")
    async def get_adjustments(self, who: NamedDependency[Actor], number: FromPath[int]) -> UploadOut:
        """A file of adjustments: how many of its lines became what."""
        return await queries.one(who, number)

    @get("/{number:int}/lines", operation_id="listAdjustmentLines")
    async def list_lines(
        self,
        who: NamedDependency[Actor],
        number: FromPath[int],
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[LineOut]:
        """Each line as it was, what it asked and what was applied."""
        return await queries.lines(who, number, limit=limit, after=after)

    @post(
        operation_id="uploadAdjustments",
        guards=[may(operations.RIGHT)],
        status_code=200,
        request_max_body_size=LARGEST + 10_000,
    )
    async def upload(
        self,
        who: NamedDependency[Actor],
        data: MultipartBody[AdjustmentFile],
        measure: FromQuery[str],
        year: FromQuery[str],
        reason: FromQuery[Annotated[str, msgspec.Meta(max_length=300)]],
        dry_run: FromQuery[bool] = False,
    ) -> UploadAnswer:
        """Change envelopes by a CSV file or a workbook: a code, and a change or an amount. Safe to repeat: once a file.

        Each line has its result; a cut never goes below what is reserved, committed and spent.
        """
        file = cast(BinaryIO, data.file.file)
        return await operations.upload(
            who, measure, year, file, data.file.filename or "liste", reason=reason, dry_run=dry_run
        )

    @post("/{number:int}/release", operation_id="releaseAdjustments", guards=[may(operations.RIGHT)], status_code=200)
    async def release(
        self, who: NamedDependency[Actor], number: FromPath[int], idempotency_key: IdempotencyKey = None
    ) -> Released:
        """Tell the schools whose envelopes the file changed. Until then they are not."""
        return await once(
            who, idempotency_key, ("releaseAdjustments", number), lambda: releasing.release(who, number), Released
        )
