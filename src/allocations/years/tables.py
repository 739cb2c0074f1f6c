from piccolo.columns import UUID, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.orders.tables import PurchaseOrder
from directory.boards.tables import Board
from kit.columns import cents, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class SchoolYear(Table, tablename="school_year"):
    """Whether a school year may still be written in. A year without a row is open: only closing one makes it."""

    code: Varchar = Varchar(9, primary_key=True)  # 2025-2026
    state = short(12)
    closed_at = moment()
    closed_by: UUID = UUID(null=True, default=None)
    closed_by_name = short(200)
    reason = text()
    version = row_version()

    school_year_stage_state_known = Check("state IN ('open', 'closing', 'closed', 'reporting')")
    school_year_code_whole = Check("code ~ '^[0-9]{4}-[0-9]{4}$'")


class RestEnding(Table, tablename="rest_ending"):
    """What became of an envelope's free money when its year ended, by the measure's rule.

    Once an envelope, and once more for what a late credit or a kept order frees of one whose rest was carried over or recovered.
    `into`: the envelope of the next year that a carried rest went to. A lost rest stays, unspent, where it was.
    """

    id = identity()
    envelope = reference(Envelope)
    board = short(6, index=True)
    school = short(6, index=True)
    year = short(9, index=True)
    rule = short(12)
    cents = cents()
    into = reference(Envelope, null=True, index=False)
    reason = text()
    at = moment(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)

    rest_ending_rule_known = Check("rule IN ('lost', 'carried', 'recovered')")
    rest_ending_not_negative = Check("cents >= 0")


class CommitmentChoice(Table, tablename="commitment_choice"):
    """Append-only: what a board does with an order that has not come when its year ends; the last choice holds.

    keep: it stays on the old year's envelopes, and comes, is invoiced and corrected there. abandon: its rest is given up.
    """

    id = identity()
    order = reference(PurchaseOrder)
    board = reference(Board)
    year = short(9)
    choice = short(8)
    reason = text()
    at = moment(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)

    commitment_choice_known = Check("choice IN ('keep', 'abandon')")
    commitment_choice_has_reason = Check("reason <> ''")


scoped(RestEnding, board="board", school="school", access=Access.append)
scoped(CommitmentChoice, board="board", access=Access.append)
scoped(SchoolYear, shared="a year is closed for the whole province", access=Access.read)
