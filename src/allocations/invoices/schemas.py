"""What crosses HTTP, the CLI and files about invoices. Amounts are cents, as printed, positive in credit notes too."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from allocations.invoices.rules import CreditFor, Kind, LineKind, Outcome, State
from kit.events import EventOut
from kit.tabular import Refusal

MOST_CENTS = 100_000_000_00
MOST_LINES = 1_000
Cents = Annotated[int, Meta(ge=0, le=MOST_CENTS)]
Units = Annotated[int, Meta(ge=0, le=1_000_000)]
Reason = Annotated[str, Meta(max_length=2_000)]


class NewInvoiceLine(Struct, kw_only=True, forbid_unknown_fields=True):
    """Goods of the order line at `position`, or of all the order's lines of `product` (shared out: what came first).

    `before_tax_cents`: the printed amount, where it is not quantity × unit price. Other kinds are what is asked besides goods.
    """

    kind: LineKind = LineKind.goods
    position: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    product: Annotated[str, Meta(max_length=60)] = ""
    description: Annotated[str, Meta(max_length=300)] = ""
    quantity: Units = 1
    unit_before_tax_cents: Cents = 0
    before_tax_cents: Cents | None = None
    taxable: bool = True


class InvoicePaper(Struct, kw_only=True, forbid_unknown_fields=True):
    """A paper as printed. A credit note names the invoice that it is on (`credits`) and what it is for."""

    supplier_number: Annotated[str, Meta(min_length=1, max_length=60)]
    dated: date
    due_on: date | None = None
    kind: Kind = Kind.invoice
    credits: Annotated[str, Meta(max_length=24)] | None = None
    credit_for: CreditFor | None = None
    lines: Annotated[list[NewInvoiceLine], Meta(max_length=MOST_LINES)] = []
    before_tax_cents: Cents
    gst_cents: Cents
    qst_cents: Cents
    total_cents: Cents
    note: Annotated[str, Meta(max_length=2_000)] = ""


class NewInvoice(InvoicePaper, kw_only=True, forbid_unknown_fields=True):
    """A paper on an order (`BC-…`)."""

    order: Annotated[str, Meta(max_length=24)]


class Decide(Struct, kw_only=True, forbid_unknown_fields=True):
    """`credit`: accept, and ask the supplier for so many cents before tax back (all that is above, where not said)."""

    outcome: Outcome
    reason: Reason
    credit_cents: Cents | None = None


class Pay(Struct, kw_only=True, forbid_unknown_fields=True):
    reference: Annotated[str, Meta(min_length=1, max_length=60)]
    paid_on: date | None = None


class Why(Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class InvoiceLineOut(Struct, kw_only=True):
    """A printed line. `order_position`: the order line's, None where it is on none. Taxes are its shares."""

    position: int
    kind: LineKind
    order_position: int | None
    product: str
    description: str
    school: str
    quantity: int
    unit_before_tax_cents: int
    before_tax_cents: int
    taxable: bool
    gst_cents: int
    qst_cents: int


class ChargeOut(Struct, kw_only=True):
    """Ordered, received and invoiced of one order line, and what this invoice costs it; signed in a credit note.

    `charged_cents`: in the envelope's tax basis. `invoiced`: on approved invoices.
    """

    position: int
    description: str
    school: str
    envelope: UUID
    measure: str
    ordered: int
    received: int
    returned: int
    invoiced: int
    quantity: int
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    charged_cents: int


class DifferenceOut(Struct, kw_only=True):
    """A difference in one sentence; a blocking one cannot be accepted."""

    kind: str
    position: int
    expected: int
    found: int
    cents: int
    about: str
    blocking: bool
    sentence: str


class DecisionOut(Struct, kw_only=True):
    outcome: Outcome
    reason: str
    differences: str
    person_name: str
    at: datetime


class InvoiceOut(Struct, kw_only=True):
    """An invoice without its lines. A school reads what its own lines cost. `gaps`: how many differences."""

    number: str
    board: str
    board_name: str
    supplier: str
    supplier_name: str
    order: str
    year: str
    kind: Kind
    credits: str | None
    credit_for: str
    supplier_number: str
    dated: date
    due_on: date | None
    state: State
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    total_cents: int
    expected_credit_cents: int
    gaps: int
    blocked: bool
    note: str
    entered_at: datetime
    entered_by_name: str
    approved_at: datetime | None
    approved_by_name: str
    paid_on: date | None
    payment_reference: str
    end_reason: str
    version: int


class InvoiceFile(Struct, kw_only=True):
    """An invoice whole. `booked_cents`: cents of rounding that its approval put on the board's account.

    `extract`: the caller sees the part of some schools only, amounts included.
    """

    invoice: InvoiceOut
    gst_ppm: int
    qst_ppm: int
    booked_cents: int
    lines: list[InvoiceLineOut]
    charges: list[ChargeOut]
    differences: list[DifferenceOut]
    decisions: list[DecisionOut]
    credit_notes: list[str]
    extract: bool
    timeline: list[EventOut]


class Counts(Struct, kw_only=True):
    """How many invoices of a board are in each state."""

    board: str
    board_name: str
    states: dict[str, int]


class UninvoicedLine(Struct, kw_only=True):
    """Units received and not invoiced of an order line; `uninvoiced_cents`: of what is spent, in the envelope's tax basis."""

    order: str
    position: int
    supplier: str
    supplier_name: str
    description: str
    school: str
    envelope: UUID
    measure: str
    received: int
    returned: int
    invoiced: int
    uninvoiced: int
    uninvoiced_cents: int


class ExpectedCredit(Struct, kw_only=True):
    """A credit that a supplier owes: for units sent back and invoiced (`return`), or asked for at a decision (`decision`).

    `cents` before tax.
    """

    why: str
    order: str
    position: int
    invoice: str | None
    supplier: str
    supplier_name: str
    description: str
    units: int
    cents: int


class ImportedInvoice(Struct, kw_only=True):
    """What became of one paper of a file: `created`, `unchanged` (it was there already) or `refused`, with the sentence.

    `line`: of the file, where the paper begins. `number`: ours. `gaps`: how many differences it was found to have.
    """

    line: int
    result: str
    supplier_number: str
    order: str
    number: str = ""
    state: str = ""
    gaps: int = 0
    reason: str = ""


class InvoicesImported(Struct, kw_only=True):
    """`read` counts lines; `created`, `unchanged` count papers; `refused` lists lines that could not be read."""

    read: int
    created: int
    unchanged: int
    invoices: list[ImportedInvoice]
    refused: list[Refusal]
    notes: list[str]


class StatementLine(Struct, kw_only=True):
    """A paper of a statement, or one of ours that it does not name. Cents with taxes, negative for a credit note.

    `verdict`: same, amount (they differ), paid (already), absent (not entered), ours (the statement does not name it).
    """

    supplier_number: str
    dated: date | None
    verdict: str
    number: str
    their_cents: int
    our_cents: int


class StatementOut(Struct, kw_only=True):
    """A supplier's statement against our invoices. `our_cents`: of what is not paid."""

    supplier: str
    lines: list[StatementLine]
    their_cents: int
    our_cents: int
    refused: list[Refusal]


class ToleranceIn(Struct, kw_only=True, forbid_unknown_fields=True):
    """From a day on. A line's amount may differ by the smaller of the two; extras by `extra_cents` in all."""

    from_day: date
    price_ppm: Annotated[int, Meta(ge=0, le=1_000_000)]
    price_cents: Cents
    extra_cents: Cents = 0


class ToleranceOut(Struct, kw_only=True):
    board: str
    from_day: date
    price_ppm: int
    price_cents: int
    extra_cents: int
    set_by_name: str
    set_at: datetime
