"""What waits on a step is found by it; the prices of what was submitted before are those of its day."""

from kit.migrating import raw

ID = "2026-11-24T18:01:37:000000"
VERSION = "1.38.0"

SQL = """
CREATE INDEX selection_waiting_step ON selection (step_role, board) WHERE state = 'submitted' AND step_role <> '';
CREATE INDEX delegation_in_force ON delegation (board, from_day) WHERE superseded_at IS NULL;
-- Whoever has decided on a basket decides on no other step of it.
CREATE UNIQUE INDEX approval_person_once ON approval (selection, person) WHERE voided_at IS NULL;
CREATE INDEX selection_comment_of_selection ON selection_comment (selection, at, id);
UPDATE selection SET priced_on = (submitted_at AT TIME ZONE 'America/Toronto')::date WHERE submitted_at IS NOT NULL;
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="delegation queues", sql=SQL)
