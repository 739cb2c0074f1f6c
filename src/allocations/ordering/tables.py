from piccolo.constraints import Check
from piccolo.table import Table

from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import identity, moment, reference, row_version, short, text
from kit.policies import scoped


class Ordering(Table, tablename="ordering"):
    """Who submits for a board's schools: their team, or the board. `school` null: the board's default, which others may follow."""

    id = identity()
    board = reference(Board)
    school = reference(School, null=True)
    by = short(8)
    reason = text()
    changed_at = moment(null=False)
    changed_by_name = short(200)
    version = row_version()

    ordering_by_known = Check("by IN ('school', 'board') OR (by = 'default' AND school IS NOT NULL)")


# A school reads its own exception and its board's default: what it may do depends on it.
scoped(
    Ordering,
    board="board",
    school="school",
    condition="school IS NULL AND board IN (SELECT s.board FROM school s"
    " WHERE s.code = ANY ((SELECT string_to_array(current_setting('app.schools', true), ','))::text[]))",
)
