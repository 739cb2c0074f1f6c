from collections.abc import Sequence
from datetime import date
from typing import BinaryIO, cast

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from directory.imports import operations, queries
from directory.imports.rules import KINDS, SourceFile
from directory.imports.schemas import BatchDetail, BatchOut, ChangeOut, ImportAnswer
from kit.actor import Actor
from kit.errors import Invalid
from kit.http import After, IdempotencyKey, may
from kit.i18n import _
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page
from kit.tabular import LARGEST


class ImportFiles(msgspec.Struct, forbid_unknown_fields=True):
    """The files of one list, together."""

    files: list[UploadFile]


class ImportApi(Controller):
    path = "/imports"
    tags = ["Network"]
    guards = [may(queries.RIGHT)]

    @get(operation_id="listImports")
    async def list_imports(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[BatchOut]:
        """Imports, newest first."""
        return await queries.batches(who, limit=limit, after=after)

    @get("/{number:int}", operation_id="getImport")
    async def get_import(self, who: NamedDependency[Actor], number: FromPath[int]) -> BatchDetail:
        """An import: its counts, the lines refused and its notes."""
        return await queries.one(who, number)

    @get("/{number:int}/changes", operation_id="listImportChanges")
    async def list_changes(
        self,
        who: NamedDependency[Actor],
        number: FromPath[int],
        record: FromQuery[str | None] = None,
        action: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ChangeOut]:
        """What an import changes, record by record (of one kind, by one action): look before you accept."""
        return await queries.changes(who, number, record=record, action=action, limit=limit, after=after)

    @post(operation_id="importList", status_code=200, request_max_body_size=LARGEST)
    async def import_list(
        self,
        who: NamedDependency[Actor],
        kind: FromQuery[str],
        data: MultipartBody[ImportFiles],
        dry_run: FromQuery[bool] = False,
        accept: FromQuery[bool] = False,
        partial: FromQuery[bool] = False,
        as_of: FromQuery[date | None] = None,
    ) -> ImportAnswer:
        """Import boards, schools, buildings or headcounts: staged for a person, or applied with `accept`. Safe to repeat."""
        if kind not in KINDS:
            raise Invalid({"kind": _("« kind » est un de {kinds}.").format(kinds=", ".join(KINDS))})
        return await operations.import_list(
            who, kind, _sources(data.files), dry_run=dry_run, accept=accept, partial=partial, as_of=as_of
        )

    @post("/{number:int}/accept", operation_id="acceptImport", status_code=200)
    async def accept(
        self, who: NamedDependency[Actor], number: FromPath[int], idempotency_key: IdempotencyKey = None
    ) -> ImportAnswer:
        """Apply a staged import, unless the network has changed since."""
        return await once(
            who, idempotency_key, ("acceptImport", number), lambda: operations.accept(who, number), ImportAnswer
        )

    @post("/{number:int}/undo", operation_id="undoImport", status_code=200)
    async def undo(
        self, who: NamedDependency[Actor], number: FromPath[int], idempotency_key: IdempotencyKey = None
    ) -> ImportAnswer:
        """Take back an applied import: what it changed is as before, what it made is closed. The last one first."""
        return await once(
            who, idempotency_key, ("undoImport", number), lambda: operations.undo(who, number), ImportAnswer
        )


def _sources(files: Sequence[UploadFile]) -> list[SourceFile]:
    return [SourceFile(file.filename or "liste", cast(BinaryIO, file.file)) for file in files]
