from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.selections.tables import Selection, SelectionItem
from catalog.products.tables import Product
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from directory.buildings.tables import Building
from directory.schools.tables import School
from kit.columns import cents, count, day, identity, moment, reference, row_version, short, text
from kit.policies import scoped


class PurchaseOrder(Table, tablename="purchase_order"):
    """A board's order to one supplier. Its taxes are the sums of its baskets' parts, never computed anew (`design.md`, Money)."""

    id = identity()
    number = short(24)
    board = reference(Board)
    supplier = reference(Supplier)
    year = short(9)
    state = short(16)
    revision = count()
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    total_cents = cents()
    net_cents = cents()
    made_at = moment(null=False)
    made_by: UUID = UUID(null=True, default=None)
    made_by_name = short(200)
    sent_at = moment()
    sent_by_name = short(200)
    message: UUID = UUID(null=True, default=None)
    requested_on = day()
    sent_how = short(16)  # by hand: how it was handed over; '' where a message carries it
    confirmation = short(60)  # what the supplier answered to an order handed over
    external_number = short(60)  # the board's own, of its purchasing system
    note = text()
    cancelled_at = moment()
    cancel_reason = text()
    version = row_version()

    purchase_order_number_once = Unique([number])
    purchase_order_sent_how_known = Check("sent_how IN ('', 'portal', 'phone', 'fax', 'post', 'in_person')")
    purchase_order_state_known = Check("state IN ('draft', 'sent', 'part_received', 'received', 'closed', 'cancelled')")


class OrderPart(Table, tablename="order_part"):
    """What one selection (so one envelope) pays of an order, priced exactly as its basket was."""

    id = identity()
    order = reference(PurchaseOrder)
    selection = reference(Selection)
    envelope = reference(Envelope)
    board = short(6, index=True)
    school = short(6, index=True)
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    gst_rebate_cents = cents()
    qst_rebate_cents = cents()
    net_cents = cents()
    charged_cents = cents()

    order_part_once = Unique([order, selection])


class OrderLine(Table, tablename="order_line"):
    """So many of a product for one school and building, charged to one envelope."""

    id = identity()
    order = reference(PurchaseOrder)
    part = reference(OrderPart)
    item = reference(SelectionItem)
    envelope = reference(Envelope)
    board = reference(Board)
    school = reference(School)
    building = reference(Building, null=True)
    product = reference(Product)
    description = short(300)
    position = count()
    quantity = count()
    received = count()
    cancelled = count()
    unit_before_tax_cents = cents()
    before_tax_cents = cents()
    net_cents = cents()
    charged_cents = cents()
    spent_cents = cents()
    abandoned_cents = cents()  # what its closed order gave back to the envelope
    expected_on = day()
    version = row_version()

    order_line_within = Check("received + cancelled <= quantity AND received >= 0 AND cancelled >= 0 AND quantity > 0")
    order_line_spent_within = Check(
        "spent_cents >= 0 AND abandoned_cents >= 0 AND spent_cents + abandoned_cents <= charged_cents"
    )


scoped(
    PurchaseOrder,
    board="board",
    condition='EXISTS (SELECT FROM order_part p WHERE p."order" = purchase_order.id)',  # the parts that the caller sees
)
scoped(OrderPart, board="board", school="school")
scoped(OrderLine, board="board", school="school")
