from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.orders.tables import OrderLine, PurchaseOrder
from catalog.products.tables import Product
from directory.boards.tables import Board
from kit.columns import cents, count, day, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class Receipt(Table, tablename="receipt"):
    """Goods of one order that arrived together."""

    id = identity()
    number = short(24)
    order = reference(PurchaseOrder)
    board = reference(Board)
    received_on = day(null=False)
    slip = short(80)
    note = text()
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)
    file_hash = short(64)  # of the file that said it, so that the same file is not received twice

    receipt_number_once = Unique([number])


class ReceiptLine(Table, tablename="receipt_line"):
    """So many units of an order line, at the order's price; `charged_cents` is what turned from committed into spent."""

    id = identity()
    receipt = reference(Receipt)
    order_line = reference(OrderLine)
    board = short(6, index=True)
    school = short(6, index=True)
    quantity = count()
    net_cents = cents()
    charged_cents = cents()

    receipt_line_some = Check("quantity > 0")


class ReceiptUndone(Table, tablename="receipt_undone"):
    """A receipt that was written by mistake: what it made is void, what it spent is committed again."""

    id = identity()
    receipt = reference(Receipt)
    board = short(6, index=True)
    why = text()
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)

    receipt_undone_once = Unique([receipt])


class ReceiptIssue(Table, tablename="receipt_issue"):
    """Units that came and are not received: damaged, wrong, or more than was ordered. The line awaits as before.

    `product`: what came in its place, where it is known. `receipt`: the one that took them in replacement, once that is the outcome.
    """

    id = identity()
    number = short(24)
    order = reference(PurchaseOrder)
    order_line = reference(OrderLine)
    receipt = reference(Receipt, null=True)
    board = reference(Board)
    school = short(6, index=True)
    kind = short(16)
    quantity = count()
    product = reference(Product, null=True)
    outcome = short(16)
    note = text()
    slip = short(80)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)
    settled_at = moment()
    settled_by_name = short(200)
    version = row_version()

    receipt_issue_number_once = Unique([number])
    receipt_issue_some = Check("quantity > 0")
    receipt_issue_kind_known = Check("kind IN ('damaged', 'wrong', 'over')")
    receipt_issue_outcome_known = Check("outcome IN ('set_aside', 'returned', 'accepted')")


scoped(
    Receipt,
    board="board",
    condition="EXISTS (SELECT FROM receipt_line l WHERE l.receipt = receipt.id)",  # the lines that the caller sees
    access=Access.append,
)
scoped(ReceiptLine, board="board", school="school", access=Access.append)
scoped(
    ReceiptUndone,
    board="board",
    condition="EXISTS (SELECT FROM receipt r WHERE r.id = receipt_undone.receipt)",
    access=Access.append,
)
scoped(ReceiptIssue, board="board", school="school")
