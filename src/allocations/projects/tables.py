from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.measures.tables import Measure
from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import cents, day, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class ProjectCall(Table, tablename="call_for_projects"):  # not project_call: that is the index of a project's call
    """A call for projects of a measure and school year: proposals are handed in from `opens_on` to `closes_on`, both included."""

    id = identity()
    measure = reference(Measure)
    year = short(9)
    opens_on = day(null=False)
    closes_on = day(null=False)
    note = text()
    version = row_version()

    project_call_one = Unique([measure, year])
    project_call_days_in_order = Check("opens_on <= closes_on")


class Project(Table, tablename="project"):
    """A proposal of a school, or of a board (`school` NULL), in answer to a call. Cents in the measure's tax basis.

    draft → submitted → approved (`approved_cents`, at most what is asked; given to `envelope`) → reported, or refused.
    """

    id = identity()
    number = short(40)
    call = reference(ProjectCall)
    board = reference(Board)
    school = reference(School, null=True)
    envelope = reference(Envelope, null=True)
    title = short(200)
    description = text()
    state = short(10)
    asked_cents = cents()
    approved_cents = cents(null=True)
    reason = text()
    report = text()
    made_at = moment(null=False)
    made_by_name = short(200)
    submitted_at = moment()
    submitted_by: UUID = UUID(null=True, default=None)
    submitted_by_name = short(200)
    decided_at = moment()
    decided_by_name = short(200)
    reported_at = moment()
    reported_by_name = short(200)
    version = row_version()

    project_number_once = Unique([number])
    project_state_known = Check("state IN ('draft', 'submitted', 'approved', 'refused', 'reported')")
    project_asks_something = Check("asked_cents > 0")
    project_never_more_than_asked = Check("approved_cents > 0 AND approved_cents <= asked_cents")
    project_refused_with_reason = Check("state <> 'refused' OR reason <> ''")
    project_approved_with_amount = Check("(state IN ('approved', 'reported')) = (approved_cents IS NOT NULL)")


scoped(ProjectCall, shared="a call is public", access=Access.read)
scoped(Project, board="board", school="school")
