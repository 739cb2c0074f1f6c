from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from directory.boards.tables import Board
from directory.people.tables import Role
from kit.columns import cents, count, day, identity, moment, reference, short
from kit.policies import OWN_BOARD, Access, scoped


class Delegation(Table, tablename="delegation"):
    """Who of a board decides on a kind of purchase, between two days. Never changed: what replaces it has a day of its own.

    `measure_kind` '' and `category` null: of every kind, of every category. The most precise one decides.
    """

    id = identity()
    board = reference(Board)
    measure_kind = short(12)
    category = reference(Category, null=True)
    from_day = day(null=False)
    until_day = day()
    superseded_at = moment()
    made_by: UUID = UUID(null=True, default=None)
    made_by_name = short(200)
    made_at = moment(null=False)

    delegation_measure_kind_known = Check("measure_kind IN ('', 'investment', 'operating')")
    delegation_days_in_order = Check("until_day IS NULL OR until_day >= from_day")


class DelegationStep(Table, tablename="delegation_step"):
    """A step of a delegation: who holds `role` decides up to `limit_cents` (null: without limit), in the measure's tax basis."""

    id = identity()
    delegation = reference(Delegation)
    board = short(6, index=True)
    position = count()
    role = reference(Role)
    limit_cents = cents(null=True)

    delegation_step_once = Unique([delegation, position])
    delegation_step_some = Check("position > 0 AND (limit_cents IS NULL OR limit_cents > 0)")


# A board's schools read to whom a basket of theirs goes.
for table in (Delegation, DelegationStep):
    scoped(table, board="board", condition=f"board = {OWN_BOARD}", access=Access.read, ministry=Access.read)
