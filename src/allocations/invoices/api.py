from typing import Any

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.invoices import approving, entering, exports, owed, paying, queries, tolerances
from allocations.invoices.rules import Kind, State
from allocations.invoices.schemas import (
    Counts,
    Decide,
    ExpectedCredit,
    InvoiceFile,
    InvoiceOut,
    InvoicePaper,
    NewInvoice,
    Pay,
    ToleranceIn,
    ToleranceOut,
    UninvoicedLine,
    Why,
)
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, signed_in, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class InvoiceApi(Controller):
    path = "/invoices"
    tags = ["Invoices"]
    guards = [may("invoice.read")]

    @get(operation_id="listInvoices")
    async def list_invoices(
        self,
        who: NamedDependency[Actor],
        invoice_state: FromQuery[State | None] = None,
        kind: FromQuery[Kind | None] = None,
        order: FromQuery[str] = "",
        supplier: FromQuery[str] = "",
        year: FromQuery[str | None] = None,
        q: FromQuery[str] = "",
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[InvoiceOut]:
        """Invoices and credit notes: those to decide first, then the newest. `q` looks in numbers and the supplier's name."""
        return await queries.list_invoices(
            who,
            state=invoice_state,
            kind=kind,
            order=order,
            supplier=supplier,
            year=year,
            text=q,
            limit=limit,
            after=after,
        )

    @get("/export", operation_id="exportInvoices", media_type="*/*")
    async def export(
        self,
        who: NamedDependency[Actor],
        file_format: FromQuery[str] = "csv",
        invoice_state: FromQuery[State | None] = None,
        kind: FromQuery[Kind | None] = None,
        year: FromQuery[str | None] = None,
        q: FromQuery[str] = "",
    ) -> Response[Any]:
        """Every invoice of the filters, as CSV or XLSX (`file_format`), amounts in dollars."""
        return await exports.invoices(who, file_format, state=invoice_state, kind=kind, year=year, text=q)

    @get("/uninvoiced", operation_id="listUninvoiced")
    async def uninvoiced(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[UninvoicedLine]:
        """What is received and not invoiced, oldest order first."""
        return await owed.uninvoiced(who, limit=limit, after=after)

    @get("/expected-credits", operation_id="listExpectedCredits")
    async def expected_credits(self, who: NamedDependency[Actor]) -> list[ExpectedCredit]:
        """Credits that suppliers owe: for goods sent back, or asked for when an invoice was decided."""
        return await owed.expected_credits(who)

    @post(operation_id="enterInvoice", guards=[may("invoice.write")])
    async def enter(
        self, who: NamedDependency[Actor], data: JSONBody[NewInvoice], idempotency_key: IdempotencyKey = None
    ) -> InvoiceFile:
        """Enter a supplier's invoice or credit note on an order, and match it with what was ordered and received."""

        async def run() -> InvoiceFile:
            return await entering.enter(who, data)

        return await once(who, idempotency_key, ("enterInvoice", data), run, InvoiceFile)

    @get("/{number:str}", operation_id="getInvoice")
    async def get_invoice(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[InvoiceFile]:
        """An invoice whole. The `ETag` is what `If-Match` wants."""
        file = await queries.one(who, number)
        return Response(file, headers={"ETag": f'"{file.invoice.version}"'})

    @put("/{number:str}", operation_id="changeInvoice", guards=[may("invoice.write")])
    async def change(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[InvoicePaper], if_match: IfMatch = None
    ) -> InvoiceFile:
        """Write an invoice anew while it is not approved, and match it again."""
        return await entering.change(who, number, data, version=version_of(if_match))

    @post("/{number:str}/match", operation_id="matchInvoice", guards=[may("invoice.write")], status_code=200)
    async def match(self, who: NamedDependency[Actor], number: FromPath[str]) -> InvoiceFile:
        """Match an invoice again with what came since."""
        return await entering.rematch(who, number)

    @post("/{number:str}/approve", operation_id="approveInvoice", guards=[may("invoice.approve")], status_code=200)
    async def approve(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> InvoiceFile:
        """Approve an invoice that matches: envelopes are corrected to the cent, an order that it ends closes."""

        async def run() -> InvoiceFile:
            return await approving.approve(who, number, version=version_of(if_match))

        return await once(who, idempotency_key, ("approveInvoice", number), run, InvoiceFile)

    @post("/{number:str}/decide", operation_id="decideInvoice", guards=[may("invoice.decide")], status_code=200)
    async def decide(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Decide],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> InvoiceFile:
        """Decide an invoice's differences, as another person than who entered it: accept, accept and ask for a credit, reject."""

        async def run() -> InvoiceFile:
            return await approving.decide(who, number, data, version=version_of(if_match))

        return await once(who, idempotency_key, ("decideInvoice", number, data), run, InvoiceFile)

    @post("/{number:str}/pay", operation_id="payInvoice", guards=[may("invoice.write")], status_code=200)
    async def pay(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Pay],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> InvoiceFile:
        """Write when an approved invoice was paid, and the payment's reference."""

        async def run() -> InvoiceFile:
            return await paying.pay(who, number, data, version=version_of(if_match))

        return await once(who, idempotency_key, ("payInvoice", number, data), run, InvoiceFile)

    @post("/{number:str}/unpay", operation_id="unpayInvoice", guards=[may("invoice.write")], status_code=200)
    async def unpay(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Why], if_match: IfMatch = None
    ) -> InvoiceFile:
        """Take a payment off that was written by mistake."""
        return await paying.unpay(who, number, reason=data.reason, version=version_of(if_match))

    @post("/{number:str}/cancel", operation_id="cancelInvoice", guards=[may("invoice.write")], status_code=200)
    async def cancel(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Why], if_match: IfMatch = None
    ) -> InvoiceFile:
        """Take an invoice back that is not paid; what its approval moved comes back to the cent."""
        return await paying.cancel(who, number, reason=data.reason, version=version_of(if_match))


class InvoiceCountApi(Controller):
    """Beside the others: the ministry reads counts and no invoice."""

    path = "/invoice-counts"
    tags = ["Invoices"]
    guards = [signed_in]

    @get(operation_id="countInvoices")
    async def counts(self, who: NamedDependency[Actor]) -> list[Counts]:
        """How many invoices are in each state, by board."""
        return await queries.counts(who)


class InvoiceToleranceApi(Controller):
    path = "/invoice-tolerances"
    tags = ["Invoices"]
    guards = [may("invoice.read")]

    @get(operation_id="listInvoiceTolerances")
    async def listing(self, who: NamedDependency[Actor]) -> list[ToleranceOut]:
        """How far invoices of the own board may differ, the latest first; none: no difference is tolerated."""
        return await tolerances.listing(who)

    @post(operation_id="setInvoiceTolerance", guards=[may("tolerance.write")], status_code=200)
    async def set_tolerance(self, who: NamedDependency[Actor], data: JSONBody[ToleranceIn]) -> ToleranceOut:
        """Say how far invoices may differ from a day on."""
        return await tolerances.set_tolerance(who, data)
