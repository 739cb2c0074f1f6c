from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.measures.tables import Measure
from directory.boards.tables import Board
from kit.columns import cents, flag, identity, moment, reference, row_version, short, text
from kit.policies import OWN_SCHOOLS, scoped


class Reallocation(Table, tablename="reallocation"):
    """Money that a board moved between two envelopes of one measure and year: for good (transfer), or to be given back (loan).

    The schools are those of the envelopes; '' is the board's own. `automatic`: lent by the pool, which takes it back by itself.
    """

    id = identity()
    number = short(24)
    board = reference(Board)
    measure = reference(Measure)
    year = short(9)
    kind = short(10)
    source = reference(Envelope)
    target = reference(Envelope)
    source_school = short(6, index=True)
    target_school = short(6, index=True)
    amount_cents = cents()
    returned_cents = cents()
    automatic = flag()
    reason = text()
    made_at = moment(null=False)
    made_by: UUID = UUID(null=True, default=None)
    made_by_name = short(200)
    version = row_version()

    reallocation_number_once = Unique([number])
    reallocation_kind_known = Check("kind IN ('transfer', 'loan')")
    reallocation_some = Check("amount_cents > 0 AND returned_cents BETWEEN 0 AND amount_cents")
    reallocation_between_two = Check("source <> target")
    reallocation_has_reason = Check("reason <> ''")


class EnvelopePool(Table, tablename="envelope_pool"):
    """A board shares the envelopes of a measure and year: what one school does not use covers, as loans, what another lacks."""

    id = identity()
    board = reference(Board)
    measure = reference(Measure)
    year = short(9)
    shared = flag()
    reason = text()
    changed_at = moment(null=False)
    changed_by_name = short(200)
    version = row_version()

    envelope_pool_once = Unique([board, measure, year])


scoped(
    Reallocation,
    board="board",
    condition=f"source_school = ANY {OWN_SCHOOLS} OR target_school = ANY {OWN_SCHOOLS}",  # each side sees it
)
scoped(EnvelopePool, board="board")
