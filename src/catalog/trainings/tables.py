from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from kit.columns import count, day, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Training(Table, tablename="training"):
    """A self-training (« autoformation ») or an accompaniment for a category of equipment."""

    id = identity()
    code = short(60)
    category = reference(Category)
    kind = short(16)
    name = short(200)
    name_en = short(200)
    description = text()
    minutes = count(null=True)
    address = short(300)
    closed_on = day()
    version = row_version()

    training_code_once = Unique([code])
    training_kind_known = Check("kind IN ('self_training', 'accompaniment')")


scoped(Training, shared="the catalogue is the same for all", access=Access.read)
