"""A serial that went back to its supplier, or was written by mistake, may come again."""

from kit.migrating import raw

ID = "2026-11-24T18:01:00:000000"
VERSION = "1.38.0"

SQL = """
DROP INDEX asset_serial_once;
CREATE UNIQUE INDEX asset_serial_once ON asset (serial_key, fold(maker))
    WHERE serial IS NOT NULL AND state NOT IN ('returned', 'void', 'retired');
"""


async def forwards():
    return raw(package="inventory", moment=ID, words="serials of returned assets", sql=SQL)
