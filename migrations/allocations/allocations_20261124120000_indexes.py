from kit.migrating import raw

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE INDEX ledger_entry_of_envelope ON ledger_entry (envelope, at, id);
CREATE INDEX selection_queue ON selection (board, submitted_at) WHERE state IN ('submitted', 'approved');
CREATE INDEX selection_of_school ON selection (school, number);
-- What is chosen is ordered once; what a cancelled order gave back may be ordered again.
CREATE UNIQUE INDEX order_line_item_live ON order_line (item) WHERE cancelled = 0;
CREATE INDEX purchase_order_of_board ON purchase_order (board, number);
CREATE UNIQUE INDEX purchase_order_external_once ON purchase_order (board, year, external_number) WHERE external_number <> '';
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="queues and indexes", sql=SQL)
