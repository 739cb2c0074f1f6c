from piccolo.columns import Varchar
from piccolo.table import Table

from directory.boards.tables import Board
from directory.regions.tables import Region
from kit.columns import day, flag, identity, reference, row_version, short
from kit.policies import Access, scoped


class School(Table, tablename="school"):
    """An organisation of the network (school, adult or vocational centre), keyed by the ministry's code; not a building.

    Its levels are those of all its rows together; its region is that of its buildings, never of its board's code.
    """

    code: Varchar = Varchar(6, primary_key=True)
    board = reference(Board)
    name = short(200)
    short_name = short(120)
    address_1 = short(200)
    address_2 = short(200)
    postal_code = short(7)
    municipality = short(5)
    municipality_name = short(120)
    website = short(300)
    region = reference(Region, null=True)
    preschool = flag()
    primary = flag()
    secondary = flag()
    vocational = flag()
    adult = flag()
    listed_on = day()
    closed_on = day()
    version = row_version()


class FormerName(Table, tablename="former_name"):
    """A name that a board, school or building bore until a day; search finds it too."""

    id = identity()
    kind = short(10)
    code = short(6, index=True)
    board = short(6)
    name = short(200)
    until = day(null=False)


scoped(School, board="board", school="code", access=Access.read)
scoped(FormerName, board="board", condition="board = (SELECT current_setting('app.board', true))", access=Access.read)
