from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.returns import documents, operations, queries
from allocations.returns.rules import Kind, State
from allocations.returns.schemas import CancelReturn, GiveRma, NewReturn, ReturnOut, SettleReturn
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, may_any, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

RECEIVE = [may("receipt.write")]
SETTLE = [may_any("receipt.write", "invoice.write")]


class ReturnApi(Controller):
    tags = ["Returns"]
    guards = [may("order.read")]

    @get("/returns", operation_id="listReturns")
    async def list_returns(
        self,
        who: NamedDependency[Actor],
        order: FromQuery[str | None] = None,
        kind: FromQuery[Kind | None] = None,
        return_state: FromQuery[State | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ReturnOut]:
        """Returns, the newest first; `kind=credit` and `return_state=awaited` are the credits that suppliers still owe."""
        return await queries.list_returns(who, order=order, kind=kind, state=return_state, limit=limit, after=after)

    @post("/orders/{number:str}/returns", operation_id="returnGoods", guards=RECEIVE)
    async def send_back(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[NewReturn],
        idempotency_key: IdempotencyKey = None,
    ) -> ReturnOut:
        """Send received units back, all as said or none: for others, which are awaited again, or for a credit."""

        async def run() -> ReturnOut:
            return await operations.send_back(who, number, data)

        return await once(who, idempotency_key, ("returnGoods", number, data), run, ReturnOut)

    @get("/returns/{number:str}", operation_id="getReturn")
    async def get_return(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[ReturnOut]:
        """One return. The `ETag` is what `If-Match` wants."""
        found = await queries.one(who, number)
        return Response(found, headers={"ETag": f'"{found.version}"'})

    @get("/returns/{number:str}/slip", operation_id="getReturnSlip", media_type="application/pdf")
    async def slip(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[Any]:
        """The slip that goes with the goods, in French."""
        return Response(
            documents.return_slip(await queries.one(who, number)),
            media_type="application/pdf",
            headers={"content-disposition": f'inline; filename="{number}.pdf"'},
        )

    @post("/returns/{number:str}/rma", operation_id="giveReturnAuthorisation", guards=RECEIVE, status_code=200)
    async def give_rma(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[GiveRma], if_match: IfMatch = None
    ) -> ReturnOut:
        """Write the supplier's authorisation number."""
        return await operations.give_rma(who, number, rma=data.rma, version=version_of(if_match))

    @post("/returns/{number:str}/settle", operation_id="settleReturn", guards=SETTLE, status_code=200)
    async def settle(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[SettleReturn], if_match: IfMatch = None
    ) -> ReturnOut:
        """Say that what it waited for has come. Money moves by the credit note alone, but for what is never invoiced."""
        return await operations.settle(
            who, number, note=data.note, never_invoiced=data.never_invoiced, version=version_of(if_match)
        )

    @post("/returns/{number:str}/cancel", operation_id="cancelReturn", guards=RECEIVE, status_code=200)
    async def cancel(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[CancelReturn], if_match: IfMatch = None
    ) -> ReturnOut:
        """A return that did not happen: its units are received again, its devices out of service until looked at."""
        return await operations.cancel(who, number, reason=data.reason, version=version_of(if_match))
