from piccolo.columns import UUID, Bytea
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
from kit.policies import OWN_BOARD, Access, scoped


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
    asked_at = moment()  # who asked for its authorisation, where its amount needs one
    asked_by: UUID = UUID(null=True, default=None)
    asked_by_name = short(200)
    authorised_at = moment()
    authorised_by: UUID = UUID(null=True, default=None)
    authorised_by_name = short(200)
    sent_at = moment()
    sent_by_name = short(200)
    message: UUID = UUID(null=True, default=None)
    requested_on = day()
    sent_how = short(16)  # by hand: how it was handed over; '' where a message carries it
    confirmation = short(60)  # the number by which the supplier confirmed
    acknowledged_on = day()
    acknowledged_at = moment()
    acknowledged_by_name = short(200)
    external_number = short(60)  # the board's own, of its purchasing system
    note = text()
    held_from = short(16)  # the state before it was put on hold; '' where it is not
    held_at = moment()
    hold_reason = text()
    cancelled_at = moment()
    cancelled_by = short(8)
    cancel_reason = text()
    law_reason = text()  # why it is not a purchase split to escape a tender, where the watch on the law asks
    law_reason_by_name = short(200)
    law_reason_at = moment()
    version = row_version()

    purchase_order_number_once = Unique([number])
    purchase_order_sent_how_known = Check("sent_how IN ('', 'portal', 'phone', 'fax', 'post', 'in_person')")
    purchase_order_state_one_of_ten = Check(
        "state IN ('draft', 'to_authorise', 'authorised', 'sent', 'acknowledged', 'part_received', 'received', 'on_hold',"
        " 'closed', 'cancelled')"
    )
    purchase_order_held_from_known = Check(
        "(held_from <> '') = (state = 'on_hold') AND held_from IN ('', 'draft', 'to_authorise', 'authorised', 'sent',"
        " 'acknowledged', 'part_received')"
    )
    purchase_order_cancelled_by_known = Check(
        "cancelled_by IN ('', 'us', 'supplier', 'group') AND (cancelled_by = '' OR state = 'cancelled')"
    )


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
    """So many of a product for one school and building, charged to one envelope. Its price never changes.

    An amendment gives up what a line still awaits (`cancelled`, `abandoned_cents`) and adds a line that `amends` it.
    """

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
    returned = count()  # sent back for credit, of those received; never replaced
    invoiced = count()  # on approved invoices, less what credit notes took back
    settled = count()  # returned and never invoiced, of an order that invoices closed: their money came back
    revision = count()  # the amendment that added it; 0: of the first sending
    amends: UUID = UUID(null=True, default=None, index=True)
    contract: UUID = UUID(null=True, default=None, index=True)
    unit_before_tax_cents = cents()
    before_tax_cents = cents()
    gst_cents = cents()  # its shares of its part's taxes
    qst_cents = cents()
    net_cents = cents()
    charged_cents = cents()
    spent_cents = cents()
    abandoned_cents = cents()  # what is awaited no more gave back to the envelope
    corrected_cents = cents()  # signed: what invoices and credits changed of what is spent
    expected_on = day()
    exception_reason = text()  # why outside a mandatory contract, and who attested it
    attested_by_name = short(200)
    attested_at = moment()
    version = row_version()

    order_line_within = Check("received + cancelled <= quantity AND received >= 0 AND cancelled >= 0 AND quantity > 0")
    order_line_counts_within = Check("returned >= 0 AND returned <= received AND invoiced >= 0 AND revision >= 0")
    order_line_spent_within = Check(
        "spent_cents >= 0 AND abandoned_cents >= 0 AND spent_cents + abandoned_cents <= charged_cents"
    )


class OrderRevision(Table, tablename="order_revision"):
    """An order as it was sent, for ever: 0 is the first sending, each amendment adds one. `content` is JSON of an OrderFile."""

    id = identity()
    order = reference(PurchaseOrder)
    board = short(6, index=True)
    revision = count()
    at = moment(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    reason = text()
    content = text()
    pdf: Bytea = Bytea()
    pdf_english: Bytea = Bytea(null=True, default=None)
    message: UUID = UUID(null=True, default=None)

    order_revision_once = Unique([order, revision])


class OrderGrouping(Table, tablename="order_grouping"):
    """How a board has its orders delivered, so grouped: one order for all, or one for each building or school.

    Below `minimum_before_tax_cents` an order is made all the same, and said to be small. No row: one for all, no minimum.
    """

    id = identity()
    board = reference(Board)
    delivery = short(8)
    minimum_before_tax_cents = cents(null=True)
    version = row_version()

    order_grouping_once = Unique([board])
    order_grouping_delivery_known = Check("delivery IN ('one', 'building', 'school')")
    order_grouping_minimum_positive = Check("minimum_before_tax_cents > 0")


class OrderLimit(Table, tablename="order_limit"):
    """From this day, a board's order above the amount is authorised by a person who did not make it. NULL: none is."""

    id = identity()
    board = reference(Board)
    from_day = day(null=False)
    before_tax_cents = cents(null=True)
    reason = text()
    person_name = short(200)
    at = moment(null=False)

    order_limit_once_a_day = Unique([board, from_day])
    order_limit_not_negative = Check("before_tax_cents >= 0")


scoped(
    PurchaseOrder,
    board="board",
    condition='EXISTS (SELECT FROM order_part p WHERE p."order" = purchase_order.id)',  # the parts that the caller sees
)
scoped(OrderPart, board="board", school="school")
scoped(OrderLine, board="board", school="school")
scoped(OrderRevision, board="board")
# A school reads why its order waits; the operation that has checked the right writes.
scoped(OrderGrouping, board="board", condition=f"board = {OWN_BOARD}", access=Access.read)
scoped(OrderLimit, board="board", condition=f"board = {OWN_BOARD}", access=Access.read)
