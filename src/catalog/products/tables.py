from piccolo.columns import Integer
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from catalog.contracts.tables import Contract
from catalog.scope import SHARED_OR_OWN
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from kit.columns import cents, count, day, flag, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Product(Table, tablename="product"):
    """A thing that can be bought. `tracked` units become assets; the others (pens, mats) are bought and counted, not tagged.

    Languages: NULL where nobody has checked whether interface and documentation are in French.
    """

    id = identity()
    code = short(60)
    category = reference(Category)
    kind = short(60)
    maker = short(120)
    model = short(120)
    name = short(200)
    name_en = short(200)
    description = text()
    useful_life_months = count(null=True)
    warranty_months = count(null=True)
    tracked = flag()
    french_interface = flag(null=True)
    french_documentation = flag(null=True)
    sample = flag()
    closed_on = day()
    version = row_version()

    product_code_once = Unique([code])
    product_life_positive = Check("useful_life_months > 0")


class Price(Table, tablename="price"):
    """A product's price at a supplier from a day on, before tax, a unit, with where and when it was seen.

    `minimum`: from so many units on (a quantity break). `contract`: only for whom it binds. `board`: that board's own price.
    """

    id = identity()
    product = reference(Product)
    supplier = reference(Supplier)
    board = reference(Board, null=True)
    contract = reference(Contract, null=True)
    minimum: Integer = Integer(default=1)
    before_tax_cents = cents()
    from_day = day(null=False)
    until_day = day()
    seen_on = day(null=False)
    source = short(300)
    source_note = short(300)
    sample = flag()

    price_positive = Check("before_tax_cents > 0")
    price_minimum_positive = Check("minimum > 0")
    price_days_in_order = Check("until_day >= from_day")
    price_once_a_day_v2 = Unique([product, supplier, board, contract, minimum, from_day], nulls_distinct=False)


scoped(Product, shared="the catalogue is the same for all", access=Access.read)
scoped(Price, condition=SHARED_OR_OWN, access=Access.read)
