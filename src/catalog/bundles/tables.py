from piccolo.columns import Bytea
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from catalog.products.tables import Product
from catalog.trainings.tables import Training
from kit.columns import count, day, flag, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class Bundle(Table, tablename="bundle"):
    """One edition of a « combo numérique »: products with quantities, and the self-training and accompaniment that go with them.

    draft → published → retired. Once published, what it holds never changes: a basket's line points at the edition it chose, and
    a change is the next edition. `closed_on`: no longer offered from that day on; a retired edition without it was followed by
    another. Of one slug at most one edition is published, and at most one is a draft (indexes of a migration).
    """

    id = identity()
    slug = short(80)
    edition = count(default=1)
    state = short(10, default="draft")
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
    pupils_each = count(null=True)  # recommended size: one for so many pupils
    published_on = day()
    closed_on = day()
    version = row_version()

    bundle_edition_once = Unique([slug, edition])
    bundle_state_known = Check("state IN ('draft', 'published', 'retired')")
    bundle_edition_counts = Check("edition > 0")
    bundle_recommended_some = Check("pupils_each > 0")


class BundleLine(Table, tablename="bundle_line"):
    """So many of a product, or of an edition of another bundle, in one edition of a bundle.

    `optional`: taken or not as the school likes. Lines of one `choice` are alternatives: one of them is taken. `taken`: the
    default of such a line; any other line is always taken.
    """

    id = identity()
    bundle = reference(Bundle)
    product = reference(Product, null=True)
    nested = reference(Bundle, null=True)
    quantity = count()
    optional = flag()
    choice = short(60)
    taken = flag(default=True)
    position = count()

    bundle_line_once = Unique([bundle, product])
    bundle_line_nested_once = Unique([bundle, nested])
    bundle_line_some = Check("quantity > 0")
    bundle_line_one_thing = Check("num_nonnulls(product, nested) = 1")
    bundle_line_one_way = Check("(choice = '' OR NOT optional) AND (taken OR optional OR choice <> '')")


class BundleTraining(Table, tablename="bundle_training"):
    """A self-training or an accompaniment that goes with an edition of a bundle; `quantity` places or visits of it."""

    id = identity()
    bundle = reference(Bundle)
    training = reference(Training)
    quantity = count(default=1)

    bundle_training_once = Unique([bundle, training])
    bundle_training_some = Check("quantity > 0")


class BundlePhoto(Table, tablename="bundle_photo"):
    """A picture of a bundle, in whichever edition; a new one takes its place. `words` say what it shows, to whoever cannot see it."""

    id = identity()
    slug = short(80)
    media_type = short(80)
    content: Bytea = Bytea(default=b"")
    sha256 = short(64)
    words = short(300)
    words_en = short(300)
    at = moment(null=False)

    bundle_photo_once = Unique([slug])


# Drafts are seen by those who write them: the ministry and the system.
scoped(Bundle, condition="state <> 'draft'", access=Access.read)
scoped(BundleLine, shared="the catalogue is the same for all", access=Access.read)
scoped(BundleTraining, shared="the catalogue is the same for all", access=Access.read)
scoped(BundlePhoto, shared="the catalogue is the same for all", access=Access.read)
