from piccolo.columns import Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.scope import SHARED_OR_OWN
from directory.boards.tables import Board
from kit.columns import day, flag, identity, reference, row_version, short
from kit.policies import Access, scoped


class Supplier(Table, tablename="supplier"):
    """Who sells. NEQ is the Québec enterprise number; the tax numbers are printed on orders. `board`: its own local supplier."""

    id = identity()
    code = short(40)
    board = reference(Board, null=True)
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
    orders_by: Varchar = Varchar(10, default="mail")
    portal_address = short(300)
    language: Varchar = Varchar(2, default="fr")
    sample = flag()
    closed_on = day()
    version = row_version()

    supplier_code_once = Unique([code])
    supplier_orders_known = Check("orders_by IN ('mail', 'portal', 'feed')")
    supplier_language_known = Check("language IN ('fr', 'en')")
    supplier_portal_has_address = Check("orders_by <> 'portal' OR portal_address <> ''")


scoped(Supplier, condition=SHARED_OR_OWN, access=Access.read)
