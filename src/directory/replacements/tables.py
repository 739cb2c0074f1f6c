from piccolo.columns import UUID
from piccolo.constraints import Check
from piccolo.table import Table

from directory.boards.tables import Board
from directory.people.tables import Person
from kit.columns import day, identity, moment, reference, short, text
from kit.policies import OWN_ACTOR, Access, scoped


class Replacement(Table, tablename="replacement"):
    """Somebody decides for an absent person in a board, between two days: what the absent may approve there, and nothing else."""

    id = identity()
    board = reference(Board)
    absent = reference(Person)
    absent_name = short(200)
    deputy = reference(Person)
    deputy_name = short(200)
    from_day = day(null=False)
    until_day = day(null=False)
    reason = text()
    named_by: UUID = UUID(null=True, default=None)
    named_by_name = short(200)
    made_at = moment(null=False)
    ended_at = moment()

    replacement_of_another = Check("absent <> deputy")
    replacement_days_in_order = Check("until_day >= from_day")


# In a school one reads of one's own absences, and for whom one decides.
_ONE_S_OWN = f"{OWN_ACTOR} IN (absent::text, deputy::text)"
scoped(Replacement, board="board", condition=_ONE_S_OWN, access=Access.read, ministry=None)
