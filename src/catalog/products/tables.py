from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from catalog.suppliers.tables import Supplier
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
    """A product's price at a supplier from a day on, before tax, with where and when it was seen."""

    id = identity()
    product = reference(Product)
    supplier = reference(Supplier)
    before_tax_cents = cents()
    from_day = day(null=False)
    until_day = day()
    seen_on = day(null=False)
    source = short(300)
    source_note = short(300)
    sample = flag()

    price_positive = Check("before_tax_cents > 0")
    price_days_in_order = Check("until_day >= from_day")
    price_once_a_day = Unique([product, supplier, from_day])


scoped(Product, shared="the catalogue is the same for all", access=Access.read)
scoped(Price, shared="the catalogue is the same for all; local prices come with a board column", access=Access.read)
