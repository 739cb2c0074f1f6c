from piccolo.constraints import Unique
from piccolo.table import Table

from kit.columns import day, flag, identity, row_version, short
from kit.policies import Access, scoped


class Supplier(Table, tablename="supplier"):
    """Who sells. NEQ is the Québec enterprise number; the tax numbers are printed on orders."""

    id = identity()
    code = short(40)
    name = short(200)
    neq = short(10)
    address_1 = short(200)
    address_2 = short(200)
    postal_code = short(7)
    municipality_name = short(120)
    email = short(254)
    phone = short(40)
    gst_number = short(20)
    qst_number = short(20)
    sample = flag()
    closed_on = day()
    version = row_version()

    supplier_code_once = Unique([code])


scoped(Supplier, shared="suppliers are the same for all; local ones come with a board column", access=Access.read)
