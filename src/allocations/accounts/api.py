from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.accounts import documents, exports, operations, queries
from allocations.accounts.schemas import Accounts, NewTraining, Sign, TrainingRecordOut
from kit.actor import Actor
from kit.errors import Invalid
from kit.exports import csv_answer, xlsx_answer
from kit.http import IdempotencyKey, may
from kit.i18n import _
from kit.idempotency import once


class AccountApi(Controller):
    path = "/accounts"
    tags = ["Year accounts"]
    guards = [may("account.read")]

    @get("/{year:str}", operation_id="getAccounts")
    async def get_accounts(
        self,
        who: NamedDependency[Actor],
        year: FromPath[str],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
    ) -> Accounts:
        """The accounts of a school, a board or all that the caller sees, with who signed them and what has changed since."""
        return await queries.accounts(who, year, board=board, school=school)

    @get("/{year:str}/export", operation_id="exportAccounts", media_type="*/*")
    async def export(
        self,
        who: NamedDependency[Actor],
        year: FromPath[str],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        format: FromQuery[str] = "csv",  # noqa: A002  (its name in the address)
    ) -> Response[Any]:
        """The same as a file: `csv`, `xlsx`, or `pdf` (in French)."""
        found = await queries.accounts(who, year, board=board, school=school)
        name = exports.name_of(found)
        if format == "pdf":
            return Response(
                documents.accounts(found),
                media_type="application/pdf",
                headers={"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"},
            )
        answers = {"csv": csv_answer, "xlsx": xlsx_answer}
        if format not in answers:
            raise Invalid({"format": _("Un fichier est « csv », « xlsx » ou « pdf ».")})
        return answers[format](name, exports.headings(), exports.rows(found))

    @post(
        "/{year:str}/schools/{school:str}/attest", operation_id="attestAccounts", guards=[may("account.attest")],
        status_code=200,
    )  # fmt: skip
    async def attest(
        self, who: NamedDependency[Actor], year: FromPath[str], school: FromPath[str], data: JSONBody[Sign]
    ) -> Accounts:
        """The direction attests a school's figures, those of `digest`. A second press changes nothing."""
        return await operations.attest(who, year, school, digest=data.digest)

    @post(
        "/{year:str}/boards/{board:str}/sign",
        operation_id="signAccounts",
        guards=[may("account.sign")],
        status_code=200,
    )
    async def sign(
        self, who: NamedDependency[Actor], year: FromPath[str], board: FromPath[str], data: JSONBody[Sign]
    ) -> Accounts:
        """The board's finance signs the figures of `digest`."""
        return await operations.sign(who, year, board, digest=data.digest)

    @post(
        "/{year:str}/boards/{board:str}/receive", operation_id="receiveAccounts", guards=[may("account.receive")],
        status_code=200,
    )  # fmt: skip
    async def receive(
        self, who: NamedDependency[Actor], year: FromPath[str], board: FromPath[str], data: JSONBody[Sign]
    ) -> Accounts:
        """The ministry receives what the board signed."""
        return await operations.receive(who, year, board, digest=data.digest)

    @post("/trainings", operation_id="recordTraining", guards=[may("training.record")])
    async def record_training(
        self, who: NamedDependency[Actor], data: JSONBody[NewTraining], idempotency_key: IdempotencyKey = None
    ) -> TrainingRecordOut:
        """Write down that so many persons of a school did a training on a day; no names."""

        async def run() -> TrainingRecordOut:
            return await operations.record_training(who, data)

        return await once(who, idempotency_key, ("recordTraining", data), run, TrainingRecordOut)
