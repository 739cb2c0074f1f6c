from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.orders.tables import OrderLine
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import count, day, flag, identity, moment, reference, row_version, short, text
from kit.policies import scoped


class SupplierAccount(Table, tablename="supplier_account"):
    """The number under which a supplier delivers to a school."""

    id = identity()
    supplier = reference(Supplier)
    account = short(60)
    board = reference(Board)
    school = reference(School)
    closed_on = day()
    version = row_version()

    supplier_account_once = Unique([supplier, board, account])


class SupplierFile(Table, tablename="supplier_file"):
    """A file in which a supplier says how its orders stand, on the day `listed_on`. `board`: whose it is; NULL: the province's."""

    id = identity()
    number = short(24)
    supplier = reference(Supplier)
    board = reference(Board, null=True)
    name = short(200)
    hash = short(64)
    listed_on = day(null=False)
    lines = count()
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)

    supplier_file_number_once = Unique([number])


class SupplierFileLine(Table, tablename="supplier_file_line"):
    """A line as it came, word for word, and what became of it."""

    id = identity()
    file = reference(SupplierFile)
    board = short(6, null=True, index=True)
    line = count()
    cells = text()  # as JSON
    outcome = short(20)
    heading = short(120)
    reason = text()

    supplier_file_line_once = Unique([file, line])
    supplier_file_line_outcome_known = Check("outcome IN ('created', 'changed', 'unchanged', 'unknown', 'refused')")


class SupplierOrderLine(Table, tablename="supplier_order_line"):
    """What a supplier says of one line of its own order today: figures are those of its last file, never added up.

    `order_line`: ours, where it was found. `school`: of that line, else of the account.
    """

    id = identity()
    supplier = reference(Supplier)
    file = reference(SupplierFile)
    file_line = count()
    sales_order = short(60)
    material = short(60)
    customer_order = short(60)
    is_return = flag()
    account = short(60)
    customer = short(200)
    description = short(300)
    ordered = count(null=True)
    outstanding = count(null=True)
    completed = count(null=True)
    ordered_on = day()
    despatched_on = day()
    promised_on = day()
    order_line = reference(OrderLine, null=True)
    board = short(6, null=True, index=True)
    school = short(6, null=True, index=True)
    unknown = short(20)
    at = moment(null=False)
    version = row_version()

    supplier_order_line_once = Unique([supplier, board, sales_order, material, is_return], nulls_distinct=False)
    supplier_order_line_unknown_known = Check("unknown IN ('', 'order', 'customer', 'product')")
    supplier_order_line_figures = Check("ordered >= 0 AND outstanding >= 0 AND completed >= 0")


scoped(SupplierAccount, board="board")
scoped(SupplierFile, board="board")
scoped(SupplierFileLine, board="board")
scoped(SupplierOrderLine, board="board")
