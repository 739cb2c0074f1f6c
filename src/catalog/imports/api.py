from io import BytesIO
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from catalog.imports.exporting import rows_of
from catalog.imports.operations import import_sheet
from catalog.imports.reading import LARGEST
from catalog.imports.schemas import CatalogueImported
from catalog.imports.sheets import SHEETS
from kit.actor import Actor
from kit.errors import Invalid
from kit.exports import XLSX, csv_answer, xlsx_answer
from kit.http import may
from kit.i18n import _


class SheetFile(msgspec.Struct, forbid_unknown_fields=True):
    """One table (CSV or XLSX)."""

    file: UploadFile


class SheetApi(Controller):
    path = "/catalogue"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get("/{kind:str}/export.csv", operation_id="exportCatalogueCsv", media_type="text/csv")
    async def export_csv(self, who: NamedDependency[Actor], kind: FromPath[str]) -> Response[Any]:
        """Suppliers, contracts, products, prices, trainings or bundles as a table that `importCatalogue` takes back unchanged."""
        _check(kind)
        return csv_answer(f"catalogue-{kind}", *await rows_of(who, kind))

    @get("/{kind:str}/export.xlsx", operation_id="exportCatalogueXlsx", media_type=XLSX)
    async def export_xlsx(self, who: NamedDependency[Actor], kind: FromPath[str]) -> Response[Any]:
        """The same as a workbook."""
        _check(kind)
        return xlsx_answer(f"catalogue-{kind}", *await rows_of(who, kind))

    @post("/{kind:str}/import", operation_id="importCatalogue", status_code=200, request_max_body_size=LARGEST)
    async def import_table(
        self,
        who: NamedDependency[Actor],
        kind: FromPath[str],
        data: MultipartBody[SheetFile],
        dry_run: FromQuery[bool] = False,
    ) -> CatalogueImported:
        """Load such a table; `dry_run` only says what would change. Lines that are wrong are refused, the others apply.

        A second time changes nothing.
        """
        _check(kind)
        return await import_sheet(who, kind, BytesIO(await data.file.read()), data.file.filename, dry_run=dry_run)


def _check(kind: str) -> None:
    if kind not in SHEETS:
        raise Invalid({"kind": _("« kind » est un de {kinds}.").format(kinds=", ".join(SHEETS))})
