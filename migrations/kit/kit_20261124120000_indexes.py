from kit.migrating import raw

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE INDEX event_of_subject ON event (subject_kind, subject, at DESC);
CREATE INDEX event_of_board ON event (board, at DESC);
CREATE INDEX event_of_school ON event (school, at DESC);
CREATE INDEX outbox_waiting ON outbox (not_before) WHERE sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_about ON outbox (about);
CREATE INDEX job_run_waiting ON job_run (due_at) WHERE state IN ('waiting', 'running');
"""


async def forwards():
    return raw(package="kit", moment=ID, words="indexes", sql=SQL)
