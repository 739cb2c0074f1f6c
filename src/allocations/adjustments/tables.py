from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.envelopes.tables import Envelope
from allocations.measures.tables import Measure
from kit.columns import cents, count, identity, moment, reference, short, text
from kit.policies import Access, scoped


class AdjustmentUpload(Table, tablename="adjustment_upload"):
    """A file of adjustments to envelopes of a measure and year, applied once. `board` '' where the province uploaded it.

    `state`: `held` (applied, schools not told yet) or `released` (told). `digest`: the file's SHA-256: the same file changes nothing.
    """

    id = identity()
    number = count()
    board = short(6, index=True)
    measure = reference(Measure)
    year = short(9)
    file_name = short(200)
    digest = short(64)
    reason = text()
    state = short(8)
    made_at = moment(null=False)
    made_by: UUID = UUID(null=True, default=None)
    made_by_name = short(200)
    released_at = moment()
    released_by_name = short(200)

    adjustment_upload_number_once = Unique([number])
    adjustment_upload_file_once = Unique([board, measure, year, digest])
    adjustment_upload_state_known = Check("state IN ('held', 'released')")
    adjustment_upload_has_reason = Check("reason <> ''")


class AdjustmentLine(Table, tablename="adjustment_line"):
    """A line of an upload as it was read (`as_read`: its cells, one a line) and what became of it. Cents in the measure's tax basis.

    `school` NULL: a board's envelope, or nobody whom the caller may see (`outcome` `unknown`). `asked_cents` is the change wanted,
    `applied_cents` the change made: a cut never goes below what is reserved, committed and spent.
    """

    id = identity()
    upload = reference(AdjustmentUpload)
    line = count()
    as_read = text()
    board = short(6, index=True)
    school = short(6, null=True)
    envelope = reference(Envelope, null=True)
    outcome = short(12)
    asked_cents = cents(null=True)
    applied_cents = cents()
    before_cents = cents(null=True)
    sentence = text()

    adjustment_line_once = Unique([upload, line])
    adjustment_line_outcome_known = Check("outcome IN ('applied', 'partial', 'unchanged', 'unknown', 'refused')")


scoped(AdjustmentUpload, board="board")
scoped(AdjustmentLine, board="board", access=Access.append)
