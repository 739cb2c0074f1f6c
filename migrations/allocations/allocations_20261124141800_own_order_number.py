"""A board's own order number serves once in that board, whatever its case and spaces."""

from kit.migrating import raw

ID = "2026-11-24T14:18:00:000000"
VERSION = "1.38.0"

# Nothing has written the column before this migration, so no number can clash.
SQL = """
DROP INDEX purchase_order_external_once;
CREATE UNIQUE INDEX purchase_order_own_number_once
    ON purchase_order (board, lower(regexp_replace(external_number, '\\s', '', 'g'))) WHERE external_number <> '';
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="own order number", sql=SQL)
