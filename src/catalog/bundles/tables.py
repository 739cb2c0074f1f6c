from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from catalog.products.tables import Product
from catalog.trainings.tables import Training
from kit.columns import count, day, flag, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Bundle(Table, tablename="bundle"):
    """A « combo numérique »: products with quantities, and the self-training and accompaniment that go with them."""

    id = identity()
    slug = short(80)
    name = short(200)
    name_en = short(200)
    category = reference(Category)
    description = text()
    description_en = text()
    for_preschool = flag()
    for_primary = flag()
    for_secondary = flag()
    for_adult = flag()
    sample = flag()
    source = short(300)
    closed_on = day()
    version = row_version()

    bundle_slug_once = Unique([slug])


class BundleLine(Table, tablename="bundle_line"):
    """So many of a product in one bundle."""

    id = identity()
    bundle = reference(Bundle)
    product = reference(Product)
    quantity = count()
    position = count()

    bundle_line_once = Unique([bundle, product])
    bundle_line_some = Check("quantity > 0")


class BundleTraining(Table, tablename="bundle_training"):
    """A training tied to a bundle."""

    id = identity()
    bundle = reference(Bundle)
    training = reference(Training)

    bundle_training_once = Unique([bundle, training])


for table in (Bundle, BundleLine, BundleTraining):
    scoped(table, shared="the catalogue is the same for all", access=Access.read)
