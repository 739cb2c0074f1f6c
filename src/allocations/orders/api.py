from typing import Any, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.orders import (
    cancelling,
    closing,
    documents,
    handing,
    numbering,
    operations,
    previewing,
    queries,
    waiting,
)
from allocations.orders.grouping_schemas import Build, Plan, Preview, PreviewBuild
from allocations.orders.rules import State
from allocations.orders.schemas import Cancel, HandOver, OrderFile, OrderOut, OwnNumber, Promise, Reason
from kit.actor import Actor
from kit.errors import NotFound
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, MAXIMUM_LIMIT, Page

Language = Literal["fr", "en"]


class OrderApi(Controller):
    path = "/orders"
    tags = ["Purchase orders"]
    guards = [may("order.read")]

    @get(operation_id="listOrders")
    async def list_orders(
        self,
        who: NamedDependency[Actor],
        order_state: FromQuery[State | None] = None,
        late: FromQuery[bool] = False,
        year: FromQuery[str | None] = None,
        q: FromQuery[str] = "",
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[OrderOut]:
        """Orders with a line past its promised day first, then the newest; `late`: only the former.

        `q` looks in the number, the board's own number, the supplier's confirmation and name.
        """
        return await queries.list_orders(who, state=order_state, late=late, year=year, text=q, limit=limit, after=after)

    @get("/waiting", operation_id="previewOrders", guards=[may("order.write")])
    async def waiting(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = MAXIMUM_LIMIT, after: After = None
    ) -> Preview:
        """Approved choices that wait to be ordered, the first approved first, what stays aside counted in."""
        return await waiting.preview(who, limit=limit, after=after)

    @post("/preview", operation_id="previewBuild", guards=[may("order.write")], status_code=200)
    async def preview(self, who: NamedDependency[Actor], data: JSONBody[PreviewBuild]) -> Plan:
        """Exactly what building would do now: orders with their lines and amounts, what stays aside and why. Nothing is written."""
        return await previewing.preview(who, selections=data.selections, justified=data.justified)

    @post("/build", operation_id="buildOrders", guards=[may("order.write")])
    async def build(
        self, who: NamedDependency[Actor], data: JSONBody[Build], idempotency_key: IdempotencyKey = None
    ) -> list[OrderOut]:
        """Draft the orders that the preview says out of approved choices. Money stays reserved until each is sent."""

        async def run() -> list[OrderOut]:
            return await operations.build(
                who,
                selections=data.selections,
                requested_on=data.requested_on,
                justification=data.justification,
                reason=data.reason,
            )

        return await once(who, idempotency_key, ("buildOrders", data), run, list[OrderOut])

    @get("/{number:str}", operation_id="getOrder")
    async def get_order(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[OrderFile]:
        """An order with its lines. The `ETag` is what `If-Match` wants."""
        return _versioned(await queries.one(who, number))

    @get("/{number:str}/pdf", operation_id="getOrderPdf", media_type="application/pdf")
    async def pdf(
        self, who: NamedDependency[Actor], number: FromPath[str], language: FromQuery[Language] = "fr"
    ) -> Response[bytes]:
        """The order as it stands, in French; `language=en`: an English copy, for a recognised body's supplier."""
        return pdf_answer(await queries.one(who, number), language=language)

    @post("/{number:str}/send", operation_id="sendOrder", guards=[may("order.send")], status_code=200)
    async def send(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderFile:
        """Commit the money and send the order; the message waits two minutes, during which `recall` takes it back."""

        async def run() -> OrderFile:
            return await operations.send(who, number, version=version_of(if_match))

        return await once(who, idempotency_key, ("sendOrder", number), run, OrderFile)

    @post("/{number:str}/recall", operation_id="recallOrder", guards=[may("order.send")], status_code=200)
    async def recall(self, who: NamedDependency[Actor], number: FromPath[str]) -> OrderFile:
        """Take a sending back while its message has not left; one handed over by hand, while nothing has come."""
        return await operations.recall(who, number)

    @post("/{number:str}/hand-over", operation_id="handOverOrder", guards=[may("order.send")], status_code=200)
    async def hand_over(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[HandOver],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderFile:
        """Say that the order was handed over by hand, and how: a draft's money is committed, and no message leaves."""

        async def run() -> OrderFile:
            version = version_of(if_match)
            return await handing.hand_over(who, number, how=data.how, confirmation=data.confirmation, version=version)

        return await once(who, idempotency_key, ("handOverOrder", number, data), run, OrderFile)

    @post("/{number:str}/own-number", operation_id="giveOrderOwnNumber", guards=[may("order.write")], status_code=200)
    async def own_number(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[OwnNumber], if_match: IfMatch = None
    ) -> OrderFile:
        """Write the number of the order in the board's own purchasing system; it serves once in a board."""
        return await numbering.give_own_number(who, number, own=data.external_number, version=version_of(if_match))

    @post("/{number:str}/cancel", operation_id="cancelOrder", guards=[may("order.write")], status_code=200)
    async def cancel(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Cancel], if_match: IfMatch = None
    ) -> OrderFile:
        """Cancel an order of which nothing has come; its choices can be ordered again."""
        return await cancelling.cancel(who, number, reason=data.reason, by=data.by, version=version_of(if_match))

    @post("/{number:str}/close", operation_id="closeOrder", guards=[may("order.write")], status_code=200)
    async def close(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Reason], if_match: IfMatch = None
    ) -> OrderFile:
        """Give up what an order still awaits: the rest of its money is free again."""
        return await closing.close(who, number, reason=data.reason, version=version_of(if_match))

    @post("/{number:str}/promise", operation_id="dateOrder", guards=[may("order.write")], status_code=200)
    async def promise(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Promise], if_match: IfMatch = None
    ) -> OrderFile:
        """Write the day that the supplier promises."""
        return await operations.promise(
            who, number, expected_on=data.expected_on, lines=data.lines, version=version_of(if_match)
        )


def _versioned(file: OrderFile) -> Response[OrderFile]:
    return Response(file, headers={"ETag": f'"{file.order.version}"'})


def pdf_answer(file: OrderFile, *, language: Language = "fr") -> Response[Any]:
    """The PDF, under the order's number. Raises NotFound for an English copy of a body that is not a recognised one."""
    if language == "en" and not file.english:
        raise NotFound()
    return pdf_response(documents.purchase_order(file, language=language), documents.file_name(file, language=language))


def pdf_response(content: bytes, name: str) -> Response[Any]:
    return Response(
        content, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"'}
    )
