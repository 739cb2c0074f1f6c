from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from allocations.receipts import operations, queries
from allocations.receipts.schemas import ReceiptOut, Receive
from kit.actor import Actor
from kit.http import IdempotencyKey, may
from kit.idempotency import once


class ReceiptApi(Controller):
    tags = ["Receipts"]
    guards = [may("order.read")]

    @get("/orders/{number:str}/receipts", operation_id="listReceipts")
    async def list_receipts(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[ReceiptOut]:
        """What came of an order, the latest first."""
        return await queries.of_order(who, number)

    @post("/orders/{number:str}/receipts", operation_id="receiveGoods", guards=[may("receipt.write")])
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

    @get("/receipts/{number:str}", operation_id="getReceipt")
    async def get_receipt(self, who: NamedDependency[Actor], number: FromPath[str]) -> ReceiptOut:
        """One receipt."""
        return await queries.one(who, number)
