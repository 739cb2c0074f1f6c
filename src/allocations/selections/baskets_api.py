"""What is said of a basket beside its lines: changes, copies, comments, files; lists to take away."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from allocations.selections import baskets, decisions, exports, queries
from allocations.selections.rules import BOARD_COMPOSES, State
from allocations.selections.schemas import (
    CommentOut,
    CopyOf,
    CopyOut,
    FallenOut,
    NewComment,
    SelectionChange,
    SelectionOut,
)
from kit.actor import Actor
from kit.attachments import Attachment, download
from kit.exports import XLSX
from kit.http import IdempotencyKey, IfMatch, may, may_any, version_of
from kit.idempotency import once

COMPOSE = [may_any("selection.compose", BOARD_COMPOSES)]


class OneFile(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    file: UploadFile


class BasketApi(Controller):
    path = "/selections"
    tags = ["Selections"]
    guards = [may("selection.read")]

    @get("/export.csv", operation_id="exportSelectionsCsv", media_type="text/csv")
    async def export_csv(
        self,
        who: NamedDependency[Actor],
        school: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        selection_state: FromQuery[State | None] = None,
    ) -> Response[Any]:
        """The baskets of a filter, whole, as CSV."""
        return await exports.csv(who, school=school, year=year, state=selection_state)

    @get("/export.xlsx", operation_id="exportSelectionsXlsx", media_type=XLSX)
    async def export_xlsx(
        self,
        who: NamedDependency[Actor],
        school: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        selection_state: FromQuery[State | None] = None,
    ) -> Response[Any]:
        """The same as a workbook."""
        return await exports.xlsx(who, school=school, year=year, state=selection_state)

    @patch("/{number:str}", operation_id="changeSelection", guards=COMPOSE)
    async def change(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[SelectionChange],
        if_match: IfMatch = None,
    ) -> Response[SelectionOut]:
        """Change the title, the note, the priority or the wanted day of a draft, or move it to another envelope."""
        changed = await baskets.change(who, number, data, version=version_of(if_match))
        return Response(changed, headers={"ETag": f'"{changed.version}"'})

    @post("/{number:str}/copy", operation_id="copySelection", guards=COMPOSE)
    async def copy(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[CopyOf],
        idempotency_key: IdempotencyKey = None,
    ) -> CopyOut:
        """Begin a new basket of what an earlier one holds, of this year or another; says what is no longer offered."""
        return await once(
            who, idempotency_key, ("copy", number, data), lambda: baskets.copy(who, number, data), CopyOut
        )

    @post(
        "/{number:str}/reprice", operation_id="repriceSelection", guards=[may("order.write")], status_code=200
    )  # fmt: skip
    async def reprice(
        self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None
    ) -> Response[SelectionOut]:
        """Take today's prices for a basket that waits; a higher cost voids its approvals, a lower one frees the difference."""
        changed = await decisions.reprice(who, number, version=version_of(if_match))
        return Response(changed, headers={"ETag": f'"{changed.version}"'})

    @get("/{number:str}/differences", operation_id="getSelectionDifferences")
    async def differences(self, who: NamedDependency[Actor], number: FromPath[str]) -> FallenOut:
        """The last approval that no longer holds, and what is not as it was approved."""
        return await queries.fallen(who, number)

    @get("/{number:str}/comments", operation_id="listSelectionComments")
    async def list_comments(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[CommentOut]:
        """What was written about a basket, oldest first."""
        return await baskets.comments(who, number)

    @post("/{number:str}/comments", operation_id="commentSelection")
    async def comment(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[NewComment],
        idempotency_key: IdempotencyKey = None,
    ) -> list[CommentOut]:
        """Write about a basket, in whatever state it is."""
        return await once(
            who,
            idempotency_key,
            ("comment", number, data),
            lambda: baskets.comment(who, number, data),
            list[CommentOut],
        )

    @get("/{number:str}/files", operation_id="listSelectionFiles")
    async def list_files(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[Attachment]:
        """The files of a basket, oldest first."""
        return await baskets.files(who, number)

    @post("/{number:str}/files", operation_id="attachToSelection")
    async def attach(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: MultipartBody[OneFile],
    ) -> Attachment:
        """Join a file of at most 10 MiB; the same content twice is kept once."""
        return await baskets.attach(who, number, data.file.filename, await data.file.read())

    @get("/{number:str}/files/{attachment:uuid}", operation_id="getSelectionFile", media_type="*/*")
    async def get_file(
        self, who: NamedDependency[Actor], number: FromPath[str], attachment: FromPath[UUID]
    ) -> Response[Any]:
        """A file of a basket, as a download."""
        return download(await baskets.file(who, number, attachment))
