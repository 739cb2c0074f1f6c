from piccolo.columns import Varchar
from piccolo.table import Table

from kit.columns import reference, short
from kit.policies import Access, scoped


class Region(Table, tablename="region"):
    """An administrative region; two digits."""

    code: Varchar = Varchar(2, primary_key=True)
    name = short(80)


class MunicipalityPrefix(Table, tablename="municipality_prefix"):
    """The region of a municipality by the first two digits of its code. Source: the ministry's list, see the migration."""

    prefix: Varchar = Varchar(2, primary_key=True)
    region = reference(Region)


class MunicipalityException(Table, tablename="municipality_exception"):
    """A municipality that lies in another region than its prefix says."""

    municipality: Varchar = Varchar(5, primary_key=True)
    region = reference(Region)


for table in (Region, MunicipalityPrefix, MunicipalityException):
    scoped(table, shared="geography is public", access=Access.read)
