"""A board's own envelope of a measure is one a year; the other side of a movement is found from either side."""

from kit.migrating import raw

ID = "2026-11-24T18:00:20:000000"
VERSION = "1.38.0"

SQL = """
CREATE UNIQUE INDEX envelope_of_board_once ON envelope (board, measure, year) WHERE school IS NULL;
CREATE INDEX ledger_entry_counterpart ON ledger_entry (counterpart) WHERE counterpart IS NOT NULL;
CREATE INDEX board_account_entry_of_year ON board_account_entry (board, year, at, id);
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="board envelopes", sql=SQL)
