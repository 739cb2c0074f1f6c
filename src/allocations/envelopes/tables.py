from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.measures.tables import Measure
from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import cents, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class Envelope(Table, tablename="envelope"):
    """A school's money of one measure and year, in the measure's tax basis; a board's own where `school` is null.

    Free = allocated − reserved − committed − spent.
    """

    id = identity()
    board = reference(Board)
    school = reference(School, null=True)
    measure = reference(Measure)
    year = short(9)
    allocated_cents = cents()
    reserved_cents = cents()
    committed_cents = cents()
    spent_cents = cents()
    made_at = moment(null=False)
    version = row_version()

    envelope_one = Unique([school, measure, year])
    envelope_never_overdrawn = Check("reserved_cents + committed_cents + spent_cents <= allocated_cents")
    envelope_nothing_negative = Check(
        "allocated_cents >= 0 AND reserved_cents >= 0 AND committed_cents >= 0 AND spent_cents >= 0"
    )


class LedgerEntry(Table, tablename="ledger_entry"):
    """Append-only: each change of an envelope's figures with its reason. The envelope's figures are always their sums."""

    id = identity()
    envelope = reference(Envelope)
    board = short(6, index=True)
    school = short(6, index=True)
    at = moment(null=False)
    kind = short(20)
    allocated_cents = cents()
    reserved_cents = cents()
    committed_cents = cents()
    spent_cents = cents()
    reason = text()
    about_kind = short(20)
    about = short(40)
    counterpart = reference(Envelope, null=True, index=False)  # the other side of a transfer, a loan, a carry-over
    actor: UUID = UUID(null=True, default=None)
    actor_name = short(200)

    ledger_entry_has_reason = Check("reason <> ''")
    ledger_entry_kind_one_of = Check(
        "kind IN ('allocation', 'adjustment', 'transfer', 'loan', 'carry_over', 'recovery', 'reservation', 'release',"
        " 'commitment', 'decommitment', 'recommitment', 'recall', 'spending', 'unspending', 'correction')"
    )


class BoardAccountEntry(Table, tablename="board_account_entry"):
    """Append-only: the cents by which what a board pays differs from its envelopes by rounding alone. Positive: the board pays more."""

    id = identity()
    board = reference(Board)
    year = short(9)
    at = moment(null=False)
    cents = cents()
    reason = text()
    about_kind = short(20)
    about = short(40)
    actor: UUID = UUID(null=True, default=None)
    actor_name = short(200)

    board_account_entry_has_reason = Check("reason <> ''")


scoped(Envelope, board="board", school="school")
scoped(LedgerEntry, board="board", school="school", access=Access.append)
scoped(BoardAccountEntry, board="board", access=Access.append)
