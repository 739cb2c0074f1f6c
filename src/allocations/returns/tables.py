from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.orders.tables import OrderLine, PurchaseOrder
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from inventory.assets.tables import Asset
from kit.columns import cents, count, day, identity, moment, reference, row_version, short, text
from kit.policies import scoped


class GoodsReturn(Table, tablename="goods_return"):
    """Received units that went back to their supplier together, for others (`replacement`) or for their money (`credit`).

    `rma`: the supplier's authorisation. What it waits for comes as a receipt of the same lines, or as a credit note.
    """

    id = identity()
    number = short(24)
    order = reference(PurchaseOrder)
    supplier = reference(Supplier)
    board = reference(Board)
    kind = short(16)
    state = short(16)
    reason = text()
    rma = short(60)
    returned_on = day(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)
    settled_at = moment()
    settled_by_name = short(200)
    settled_note = text()
    version = row_version()

    goods_return_number_once = Unique([number])
    goods_return_kind_known = Check("kind IN ('replacement', 'credit')")
    goods_return_state_known = Check("state IN ('awaited', 'settled', 'cancelled')")


class GoodsReturnLine(Table, tablename="goods_return_line"):
    """One tagged device, or so many units of an untracked line, that went back."""

    id = identity()
    goods_return = reference(GoodsReturn)
    order_line = reference(OrderLine)
    asset = reference(Asset, null=True)
    board = short(6, index=True)
    school = short(6, index=True)
    quantity = count()
    charged_cents = cents()  # what turned from spent into committed; 0 where a credit is awaited

    goods_return_line_some = Check("quantity > 0")
    goods_return_device_alone = Check("asset IS NULL OR quantity = 1")


scoped(
    GoodsReturn,
    board="board",
    condition="EXISTS (SELECT FROM goods_return_line l WHERE l.goods_return = goods_return.id)",
)
scoped(GoodsReturnLine, board="board", school="school")
