from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from catalog.products.tables import Product
from kit.columns import cents, day, identity, reference, short
from kit.policies import Access, scoped


class EcoFee(Table, tablename="eco_fee"):
    """An environmental handling fee a unit (« écofrais »), before tax, from a day on: of one product, or of a kind in a category.

    It is taxable (domain.md 3.3) and invoiced as a line of its own: that of the product `fee`, which nothing receives or tags.
    """

    id = identity()
    category = reference(Category)
    kind = short(60)
    product = reference(Product, null=True)
    fee = reference(Product)
    before_tax_cents = cents()
    from_day = day(null=False)
    until_day = day()
    source = short(300)

    eco_fee_positive = Check("before_tax_cents > 0")
    eco_fee_days_in_order = Check("until_day >= from_day")
    eco_fee_of_one_thing = Check("(kind = '') = (product IS NOT NULL)")
    eco_fee_once = Unique([category, kind, product, from_day], nulls_distinct=False)


scoped(EcoFee, shared="fees are the same for all", access=Access.read)
