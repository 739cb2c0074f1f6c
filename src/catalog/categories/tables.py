from piccolo.columns import Varchar
from piccolo.table import Table

from kit.columns import count, day, short
from kit.policies import Access, scoped


class Category(Table, tablename="category"):
    """A category of equipment (robotique, laboratoire créatif, flotte d'appareils). A row, so that a fourth needs no release."""

    code: Varchar = Varchar(40, primary_key=True)
    name = short(80)
    name_en = short(80)
    position = count()
    closed_on = day()


scoped(Category, shared="the ministry's categories are the same for all", access=Access.read)
