from piccolo.columns import DoublePrecision
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from directory.schools.tables import School
from kit.columns import count, day, identity, reference, short
from kit.policies import Access, scoped


class Headcount(Table, tablename="headcount"):
    """Pupils of a school on 30 September of a school year, by level, with the deprivation indices published beside them.

    A NULL figure is one that was not published: missing is not zero.
    """

    id = identity()
    school = reference(School)
    board = short(6, index=True)
    year = short(9)
    level = short(12)
    counted_on = day(null=False)
    pupils = count(null=True)
    imse = DoublePrecision(null=True, default=None)
    imse_rank = count(null=True)
    sfr = DoublePrecision(null=True, default=None)
    sfr_rank = count(null=True)

    headcount_one = Unique([school, year, level])
    headcount_not_negative = Check("pupils >= 0")
    headcount_level_known = Check("level IN ('preschool', 'primary', 'secondary', 'adult', 'all')")
    headcount_rank_range = Check("imse_rank BETWEEN 1 AND 10 AND sfr_rank BETWEEN 1 AND 10")


scoped(Headcount, board="board", school="school", access=Access.read)
