from decimal import Decimal

from piccolo.columns import UUID, Integer, Numeric
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.orders.tables import OrderLine, PurchaseOrder
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from kit.columns import cents, count, day, flag, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class Invoice(Table, tablename="invoice"):
    """What a supplier asks (or gives back: a credit note) for one order, as printed. Amounts are positive in both."""

    id = identity()
    number = short(24)
    board = reference(Board)
    supplier = reference(Supplier)
    order = reference(PurchaseOrder)
    year = short(9)
    kind = short(12)
    credits: UUID = UUID(null=True, default=None)  # the invoice that a credit note is on
    credit_for = short(12)
    supplier_number = short(60)
    dated = day(null=False)
    due_on = day()
    state = short(12)
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    total_cents = cents()
    gst_ppm: Integer = Integer(default=0)  # the rates that its taxes are checked at
    qst_ppm: Integer = Integer(default=0)
    expected_credit_cents = cents()  # before tax: what the supplier was asked to give back
    booked_cents = cents()  # cents of rounding that its approval put on the board's account
    closed_order = flag()
    note = text()
    entered_at = moment(null=False)
    entered_by: UUID = UUID(null=True, default=None)
    entered_by_name = short(200)
    approved_at = moment()
    approved_by: UUID = UUID(null=True, default=None)
    approved_by_name = short(200)
    paid_on = day()
    payment_reference = short(60)
    end_reason = text()
    version = row_version()

    invoice_number_once = Unique([number])
    invoice_state_known = Check(
        "state IN ('entered', 'matched', 'to_decide', 'approved', 'paid', 'rejected', 'cancelled')"
    )
    invoice_kind_known = Check(
        "kind = 'invoice' AND credits IS NULL AND credit_for = ''"
        " OR kind = 'credit_note' AND credits IS NOT NULL AND credit_for IN ('return', 'price', 'whole')"
    )
    invoice_nothing_negative = Check(
        "before_tax_cents >= 0 AND gst_cents >= 0 AND qst_cents >= 0 AND total_cents >= 0 AND expected_credit_cents >= 0"
    )
    invoice_paid_with_day = Check("(state = 'paid') = (paid_on IS NOT NULL)")


class InvoiceLine(Table, tablename="invoice_line"):
    """A line as printed: goods of an order line, or what is asked besides (écofrais, freight, another). Tax shares included."""

    id = identity()
    invoice = reference(Invoice)
    order_line = reference(OrderLine, null=True)
    board = short(6, index=True)
    school = short(6, index=True)
    position = count()
    kind = short(8)
    description = short(300)
    quantity = count()
    unit_before_tax_cents = cents()
    before_tax_cents = cents()
    taxable = flag()
    gst_cents = cents()
    qst_cents = cents()

    invoice_line_kind_known = Check("kind IN ('goods', 'ecofee', 'freight', 'other')")
    invoice_line_nothing_negative = Check("quantity >= 0 AND unit_before_tax_cents >= 0 AND before_tax_cents >= 0")


class InvoiceCharge(Table, tablename="invoice_charge"):
    """What an invoice costs one order line, extras shared out. Signed: a credit note's are negative.

    `cost_exact`, `ordered_exact`: trillionths of a cent in the envelope's tax basis, of what is invoiced and of the same units
    at the order's price and taxes. Their sums over a line decide its correction, so that no splitting changes it.
    """

    id = identity()
    invoice = reference(Invoice)
    order_line = reference(OrderLine)
    envelope = reference(Envelope)
    board = short(6, index=True)
    school = short(6, index=True)
    quantity = count()
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    gst_rebate_cents = cents()
    qst_rebate_cents = cents()
    charged_cents = cents()
    cost_exact: Numeric = Numeric(digits=(38, 0), default=Decimal(0))
    ordered_exact: Numeric = Numeric(digits=(38, 0), default=Decimal(0))

    invoice_charge_once = Unique([invoice, order_line])


class InvoiceDifference(Table, tablename="invoice_difference"):
    """Where order, receipt and invoice do not agree beyond what the board tolerates; written anew by each match."""

    id = identity()
    invoice = reference(Invoice)
    board = short(6, index=True)
    kind = short(20)
    position = count()
    expected = cents()
    found = cents()
    cents = cents()
    blocking = flag()
    about = short(40)

    invoice_difference_kind_known = Check(
        "kind IN ('quantity', 'price_above', 'price_below', 'unknown_line', 'extra', 'line_amount', 'sum', 'total', 'tax',"
        " 'tax_other_day', 'same_amount', 'room', 'not_returned', 'over_credit')"
    )


class InvoiceDecision(Table, tablename="invoice_decision"):
    """Append-only: what a person decided of an invoice's differences, and why."""

    id = identity()
    invoice = reference(Invoice)
    board = short(6, index=True)
    outcome = short(10)
    reason = text()
    differences = text()
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)

    invoice_decision_outcome_known = Check("outcome IN ('accept', 'credit', 'reject')")
    invoice_decision_has_reason = Check("reason <> ''")


class InvoiceTolerance(Table, tablename="invoice_tolerance"):
    """How far a board lets invoices differ from a day on: a line's amount by the smaller of the two limits, extras by the last.

    No row: no difference is tolerated.
    """

    id = identity()
    board = reference(Board)
    from_day = day(null=False)
    price_ppm: Integer = Integer(default=0)
    price_cents = cents()
    extra_cents = cents()
    set_by_name = short(200)
    set_at = moment(null=False)

    invoice_tolerance_once = Unique([board, from_day])
    invoice_tolerance_range = Check("price_ppm BETWEEN 0 AND 1000000 AND price_cents >= 0 AND extra_cents >= 0")


scoped(
    Invoice,
    board="board",
    condition="EXISTS (SELECT FROM invoice_charge c WHERE c.invoice = invoice.id)",  # the charges that the caller sees
    ministry=Access.read,
)
for table in (InvoiceLine, InvoiceCharge):
    scoped(table, board="board", school="school", access=Access.draft, ministry=Access.read)
scoped(
    InvoiceDifference,
    board="board",
    condition="EXISTS (SELECT FROM invoice_charge c WHERE c.invoice = invoice_difference.invoice)",  # a school counts them
    access=Access.draft,
    ministry=Access.read,
)
scoped(InvoiceDecision, board="board", access=Access.append)
scoped(InvoiceTolerance, board="board", ministry=Access.read)
