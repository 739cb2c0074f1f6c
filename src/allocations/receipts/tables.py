from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.orders.tables import OrderLine, PurchaseOrder
from directory.boards.tables import Board
from kit.columns import cents, count, day, identity, moment, reference, short, text
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


scoped(
    Receipt,
    board="board",
    condition="EXISTS (SELECT FROM receipt_line l WHERE l.receipt = receipt.id)",  # the lines that the caller sees
    access=Access.append,
)
scoped(ReceiptLine, board="board", school="school", access=Access.append)
