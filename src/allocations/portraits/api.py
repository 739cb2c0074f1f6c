from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from allocations.portraits import documents, exports, queries
from allocations.portraits.schemas import Portrait
from kit.actor import Actor
from kit.errors import Invalid
from kit.exports import csv_answer, xlsx_answer
from kit.http import may
from kit.i18n import _


class PortraitApi(Controller):
    path = "/accounts/portrait"
    tags = ["Year accounts"]
    guards = [may("account.read")]

    @get(operation_id="getFinancialPortrait")
    async def get_portrait(
        self,
        who: NamedDependency[Actor],
        year: FromQuery[list[str] | None] = None,
        board: FromQuery[str | None] = None,
    ) -> Portrait:
        """Budget and expense of the network (or of a board) by programme and measure, by region, by board, several years side by side.

        `year` may come several times; without it, the last five that have envelopes. Every column adds up.
        """
        return await queries.portrait(who, year or (), board=board)

    @get("/export", operation_id="exportFinancialPortrait", media_type="*/*")
    async def export(
        self,
        who: NamedDependency[Actor],
        year: FromQuery[list[str] | None] = None,
        board: FromQuery[str | None] = None,
        by: FromQuery[str] = "measure",
        format: FromQuery[str] = "csv",  # noqa: A002  (its name in the address)
    ) -> Response[Any]:
        """One of its tables as `csv` or `xlsx` (`by`: `measure`, `region` or `board`), exact; or all as `pdf`, rounded, in French."""
        if format == "pdf":
            found, *trees = await queries.trees(who, year or (), board=board)
            return Response(
                documents.portrait(found, *trees),
                media_type="application/pdf",
                headers={
                    "content-disposition": f'inline; filename="{exports.name_of(found)}.pdf"',
                    "cache-control": "no-store",
                },
            )
        answers = {"csv": csv_answer, "xlsx": xlsx_answer}
        if format not in answers:
            raise Invalid({"format": _("Un fichier est « csv », « xlsx » ou « pdf ».")})
        found = await queries.portrait(who, year or (), board=board)
        rows = list(exports.rows(found, by))
        return answers[format](exports.name_of(found, by), exports.headings(found, by), rows)
